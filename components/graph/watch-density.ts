/** Moving the window to a screen of another density changes no size, so nothing else would tell. Each query speaks of one density only. */
export function watchDensity(onChange: () => void): () => void {
  let query: MediaQueryList;
  const changed = () => {
    arm();
    onChange();
  };
  const arm = () => {
    query?.removeEventListener("change", changed);
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", changed);
  };
  arm();
  return () => query.removeEventListener("change", changed);
}
