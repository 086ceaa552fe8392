import { LOCK_STATES } from "@/lib/mesh/lock";
import { LockIcon } from "../locks/LockIcon";
import { LOCK_WORDS } from "../locks/lock-path";

/** The five locks in words. */
export function Legend({ size = 18, className = "" }: { size?: number; className?: string }) {
  return (
    <ul className={`flex flex-wrap items-center gap-x-[1.3em] gap-y-1 text-muted ${className}`} aria-label="What the locks mean">
      {LOCK_STATES.map((state) => (
        <li key={state} className="inline-flex items-center gap-[0.45em] whitespace-nowrap">
          <LockIcon state={state} size={size} label={null} />
          {LOCK_WORDS[state]}
        </li>
      ))}
    </ul>
  );
}
