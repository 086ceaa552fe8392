import { LOCK_STATES } from "@/lib/mesh/lock";
import { LockIcon } from "../locks/LockIcon";
import { LOCK_WORDS } from "../locks/lock-path";

/** What the drawing itself says: shapes and patterns first, colour repeats them. */
const DRAWN = [
  { words: "sidecar", draw: <rect x={8} y={3} width={5} height={18} rx={2.5} fill="var(--mtls)" /> },
  { words: "no sidecar", draw: <rect x={2} y={5} width={20} height={14} rx={4} fill="none" stroke="var(--plain)" strokeWidth={2} strokeDasharray="4 3" /> },
  { words: "answered", draw: <path d="M1 12h22" stroke="var(--ok)" strokeWidth={3} /> },
  { words: "answered in plaintext", draw: <path d="M0 12h24" stroke="var(--ok)" strokeWidth={3} strokeDasharray="7 4" /> },
] as const;

/** The five locks in words, and the marks of the picture beside them. */
export function Legend({ size = 18, withMarks = false, className = "" }: { size?: number; withMarks?: boolean; className?: string }) {
  return (
    <ul className={`flex flex-wrap items-center gap-x-[1.3em] gap-y-1 text-muted ${className}`} aria-label="What the marks mean">
      {LOCK_STATES.map((state) => (
        <li key={state} className="inline-flex items-center gap-[0.45em] whitespace-nowrap">
          <LockIcon state={state} size={size} label={null} />
          {LOCK_WORDS[state]}
        </li>
      ))}
      {withMarks &&
        DRAWN.map(({ words, draw }) => (
          <li key={words} className="inline-flex items-center gap-[0.45em] whitespace-nowrap">
            <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" className="shrink-0">
              {draw}
            </svg>
            {words}
          </li>
        ))}
    </ul>
  );
}
