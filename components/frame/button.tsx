import type { ButtonHTMLAttributes } from "react";

/** `strong` is for what takes something away or stops it; magenta stays with "refused". */
const LOOKS = {
  primary: "font-semibold border-transparent bg-accent text-accent-ink enabled:hover:brightness-110",
  plain: "font-semibold border-line bg-surface text-ink enabled:hover:bg-sunken",
  strong: "font-semibold border-transparent bg-ink text-surface enabled:hover:opacity-90",
  quiet: "border-line bg-surface text-ink enabled:hover:bg-sunken",
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOKS;
  small?: boolean;
  /** The key that does the same, shown and told to assistive technology. */
  shortcut?: string;
}

export function Button({ look = "plain", small = false, shortcut, className = "", children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      aria-keyshortcuts={shortcut}
      className={`touch inline-flex shrink-0 items-center justify-center gap-2 rounded-lg border whitespace-nowrap disabled:border-line disabled:bg-sunken disabled:text-muted ${small ? "h-8 px-3" : "h-9 px-3.5"} ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {children}
      {shortcut !== undefined && <Key on={rest.disabled ? "plain" : look}>{shortcut}</Key>}
    </button>
  );
}

const KEY_LOOKS = {
  plain: "border-line bg-sunken text-muted",
  quiet: "border-line bg-sunken text-muted",
  primary: "font-semibold border-accent-ink/50 text-accent-ink",
  strong: "border-surface/50 text-surface",
} as const;

/** A key cap; where there is no keyboard it is left away. */
export function Key({ on = "plain", children }: { on?: keyof typeof KEY_LOOKS; children: string }) {
  return (
    <span aria-hidden="true" className="max-sm:hidden pointer-coarse:hidden">
      <kbd className={`rounded border border-b-2 px-1.5 font-sans text-[11px]/4 font-semibold ${KEY_LOOKS[on]}`}>{children}</kbd>
    </span>
  );
}
