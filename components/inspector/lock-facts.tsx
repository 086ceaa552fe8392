import type { Evidence, Mark } from "@/lib/mesh/evidence";
import { formatPercent } from "@/lib/mesh/figures";
import type { Lock } from "@/lib/mesh/lock";
import { CommandLine } from "../frame/command-line";
import { LockIcon } from "../locks/LockIcon";
import { LOCK_WORDS } from "../locks/lock-path";
import { toAgo, toClock } from "../words/age";
import { Name } from "../words/name";
import { toWholeCommand } from "./proof-commands";

const MARKS: Record<Mark, string> = { policy: "Policy", enforced: "Enforced", "first-hand": "First hand", observed: "Observed" };

/** "mixed 73 %", "refused ×4": the lock's word with its number. */
export function toLockWords(lock: Lock): string {
  if (lock.state === "mixed" && lock.percent !== null) return `mixed ${formatPercent(lock.percent)}`;
  if (lock.state === "refused") return `refused ×${lock.refused}`;
  return LOCK_WORDS[lock.state];
}

/** A lock with its reason, what would change it, and who said so. @param kubectl how the target's commands begin */
export function LockFacts({ lock, now, kubectl }: { lock: Lock; now: number; kubectl: string }) {
  return (
    <>
      <p className="flex items-center gap-2 font-semibold" data-lock-state={lock.state}>
        <LockIcon state={lock.state} size={24} label={null} />
        {toLockWords(lock)}
        {lock.state !== "refused" && lock.refused > 0 && <span className="text-refused">{lock.refused} refused</span>}
      </p>
      {lock.reason !== null && (
        <div className="flex min-w-0 flex-col gap-1.5">
          <p className="any-name" data-reason={lock.reason.code}>
            <Name>{lock.reason.text}</Name>
          </p>
          {lock.reason.fix !== undefined && (
            <p className="any-name text-muted">
              <Name>{lock.reason.fix}</Name>
            </p>
          )}
          {lock.reason.command !== undefined && (
            <CommandLine command={toWholeCommand(lock.reason.command, kubectl)} label={lock.reason.fix ?? "look into it"} />
          )}
        </div>
      )}
      <EvidenceList evidence={lock.evidence} now={now} />
    </>
  );
}

function EvidenceList({ evidence, now }: { evidence: readonly Evidence[]; now: number }) {
  if (evidence.length === 0) return <p className="text-muted">Nobody has measured it.</p>;
  return (
    <ul className="flex flex-col gap-1.5" aria-label="Evidence">
      {evidence.map((piece) => (
        <li key={`${piece.mark} ${piece.source} ${piece.says}`} className="any-name border-l-2 border-line pl-2.5" data-evidence={piece.mark}>
          <Name>{piece.says}</Name>
          <span className="block text-muted">
            {MARKS[piece.mark]}
            {piece.deduced && ", deduced"} · <Name>{piece.source}</Name> · {toClock(piece.at)}, {toAgo(now - piece.at)}
            {piece.windowSeconds !== undefined && ` · over ${piece.windowSeconds} s`}
          </span>
        </li>
      ))}
    </ul>
  );
}
