import type { ReactNode } from "react";

interface ChoiceProps {
  label: string;
  value: string | number;
  onChange: (value: string) => void;
  children: ReactNode;
  className?: string;
  /** The label goes where a page is too narrow for all of the bar, or for a bar that has more to say. */
  short?: boolean | "sooner";
  /** Stands for the label, and where the bar is short of room for the chosen word too. */
  icon?: ReactNode;
}

/** A choice with its name in the same frame, as wide as what is chosen. */
export function Choice({ label, value, onChange, children, className = "", icon, short = false }: ChoiceProps) {
  return (
    <label
      title={icon === undefined ? undefined : `${label}: ${value}`}
      className={`touch relative inline-flex h-8 min-w-0 items-center rounded-lg border border-line bg-surface has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${className}`}
    >
      {icon}
      <span className={icon === undefined ? `pl-3 whitespace-nowrap text-muted ${toShortness(short)}` : "sr-only"}>{label}</span>
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={`h-full min-w-0 flex-1 truncate rounded-lg bg-surface pr-2 pl-2 font-semibold [field-sizing:content] focus-visible:outline-none${icon === undefined ? "" : " max-[96rem]:absolute max-[96rem]:inset-0 max-[96rem]:opacity-0"}`}
      >
        {children}
      </select>
    </label>
  );
}

function toShortness(short: boolean | "sooner"): string {
  if (short === "sooner") return "max-[96rem]:sr-only";
  return short ? "max-[85rem]:sr-only" : "";
}
