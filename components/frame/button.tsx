import type { ButtonHTMLAttributes } from "react";

const LOOKS = {
  primary: "bg-accent text-accent-ink hover:brightness-110",
  plain: "border border-line bg-surface text-ink hover:bg-sunken",
  danger: "bg-refused text-surface hover:brightness-110",
} as const;

export function Button({ look = "plain", className = "", ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { look?: keyof typeof LOOKS }) {
  return (
    <button
      type="button"
      className={`inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-lg px-3.5 font-semibold whitespace-nowrap disabled:cursor-not-allowed disabled:opacity-50 ${LOOKS[look]} ${className}`}
      {...rest}
    />
  );
}

export function Key({ children }: { children: string }) {
  return <kbd className="rounded border border-b-2 border-line bg-sunken px-1.5 text-[11px]/4 font-semibold text-muted">{children}</kbd>;
}
