/** Asks the browser for the full screen; where it will not (no press came before, or a frame forbids it), the page fills its window all the same. */
export function enterFullScreen(): void {
  if (!document.fullscreenEnabled || document.fullscreenElement !== null) return;
  document.documentElement.requestFullscreen().catch(() => {
    // Refused: the projector then fills the window.
  });
}

export function leaveFullScreen(): void {
  if (document.fullscreenElement === null) return;
  document.exitFullscreen().catch(() => {
    // Left by the browser itself meanwhile.
  });
}
