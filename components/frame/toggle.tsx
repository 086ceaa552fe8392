"use client";

interface ToggleProps {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
}

/** A switch with its word beside it. */
export function Toggle({ label, on, onChange }: ToggleProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      onClick={() => onChange(!on)}
      className="touch inline-flex items-center gap-2 rounded text-left text-[13px] text-muted hover:text-ink"
    >
      <span
        aria-hidden="true"
        className={`inline-flex h-4 w-7 shrink-0 items-center rounded-full border p-px ${on ? "justify-end border-accent bg-accent" : "border-unknown bg-surface"}`}
      >
        <span className={`size-3 rounded-full ${on ? "bg-accent-ink" : "bg-unknown"}`} />
      </span>
      {label}
    </button>
  );
}
