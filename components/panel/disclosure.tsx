"use client";

interface DisclosureProps {
  children: string;
  open: boolean;
  onToggle: (open: boolean) => void;
  /** Where the word alone does not tell what opens. */
  label?: string;
  /** Within a line of text: as tall for a finger, without pulling the lines apart. */
  inline?: boolean;
}

/** A word in an act's heading that opens something below it. */
export function Disclosure({ children, open, onToggle, label, inline = false }: DisclosureProps) {
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-label={label}
      onClick={() => onToggle(!open)}
      className={`rounded font-semibold text-ink underline decoration-line decoration-2 underline-offset-4 hover:decoration-current ${inline ? "-mx-2 -my-[11px] px-2 py-[11px]" : "touch -my-1 py-1"}`}
    >
      {children}
    </button>
  );
}
