/** Copies text. @returns false when the browser does not let a page; it is then for the person to select */
export async function copy(text: string): Promise<boolean> {
  // Only a page on this machine or over https has the clipboard.
  if (!("clipboard" in navigator)) return copyBySelection(text);
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

/** The way from before the clipboard; the field stands beside the pressed button, because a modal dialog makes everything outside it inert. */
function copyBySelection(text: string): boolean {
  const pressed = document.activeElement;
  const place = pressed?.parentElement ?? document.body;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.style.cssText = "position:fixed;top:0;left:0;opacity:0";
  place.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (pressed instanceof HTMLElement) pressed.focus();
  return done;
}
