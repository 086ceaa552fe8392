import type { LockState } from "@/lib/mesh/lock";
import { LOCK_GRID, LOCK_SHAPES, LOCK_TOKENS, LOCK_WORDS } from "./lock-path";

interface LockIconProps {
  state: LockState;
  /** CSS pixels; 20 is the least at which the five shapes are told apart on a screen, 32 on a projector. */
  size?: number;
  /** Words for a screen reader; `null` when the word stands beside the lock. Without it the state's own word. */
  label?: string | null;
  className?: string;
}

/** A lock in its state's colour (`--mtls`, `--plain`, `--refused`, `--unknown` of the page). */
export function LockIcon({ state, size = 20, label = LOCK_WORDS[state], className }: LockIconProps) {
  const shapes = LOCK_SHAPES[state].map((shape) =>
    shape.stroke === null ? (
      <path key={shape.d} d={shape.d} fill="currentColor" fillRule="evenodd" />
    ) : (
      <path
        key={shape.d}
        d={shape.d}
        fill="none"
        stroke="currentColor"
        strokeWidth={shape.stroke}
        strokeLinecap={shape.dash ? "butt" : "round"}
        strokeLinejoin="round"
        strokeDasharray={shape.dash?.join(" ")}
      />
    ),
  );
  const common = {
    width: size,
    height: size,
    viewBox: `0 0 ${LOCK_GRID} ${LOCK_GRID}`,
    className,
    "data-lock": state,
    style: { color: `var(--${LOCK_TOKENS[state]})`, flex: "none" },
  };
  if (label === null) {
    return (
      <svg {...common} aria-hidden="true">
        {shapes}
      </svg>
    );
  }
  return (
    <svg {...common} role="img" aria-label={label}>
      <title>{label}</title>
      {shapes}
    </svg>
  );
}
