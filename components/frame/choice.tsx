import type { ReactNode } from "react";

interface ChoiceProps {
  label: string;
  value: string | number;
  onChange: (value: string) => void;
  children: ReactNode;
  className?: string;
  /** Where room is short what is chosen says enough. */
  quiet?: boolean;
}

/** A choice with its name in the same frame, as wide as what is chosen. */
export function Choice({ label, value, onChange, children, className = "", quiet = false }: ChoiceProps) {
  return (
    <label
      className={`touch inline-flex h-8 min-w-0 items-center rounded-lg border border-line bg-surface has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${className}`}
    >
      <span className={`pl-3 whitespace-nowrap text-muted ${quiet ? "max-2xl:sr-only" : ""}`}>{label}</span>
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-full min-w-0 flex-1 truncate rounded-lg bg-surface pr-2 pl-1.5 font-semibold [field-sizing:content] focus-visible:outline-none"
      >
        {children}
      </select>
    </label>
  );
}
