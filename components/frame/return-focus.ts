/** How long a control may be out of use before its focus is given up, ms. */
const PATIENCE = 10_000;

/**
 * Gives a control the focus back once it is in use again, unless the person has gone elsewhere meanwhile: a browser drops the focus of a
 * control that is out of use while the dialog above it closes.
 */
export function returnFocus(to: Element | null): void {
  if (!(to instanceof HTMLElement)) return;
  const isWanted = () => to.isConnected && isNowhere(document.activeElement);
  const attempt = () => {
    if (!isWanted()) return true;
    to.focus();
    return document.activeElement === to;
  };
  if (attempt()) return;
  const observer = new MutationObserver(() => {
    if (attempt()) end();
  });
  const limit = setTimeout(() => end(), PATIENCE);
  const end = () => {
    observer.disconnect();
    clearTimeout(limit);
  };
  observer.observe(to, { attributes: true, attributeFilter: ["disabled"] });
}

/** What is in a closed dialog keeps the focus until the browser draws again. */
function isNowhere(focused: Element | null): boolean {
  return focused === null || focused === document.body || focused.closest("dialog:not([open])") !== null;
}
