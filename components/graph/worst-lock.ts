import type { Lock, LockState } from "@/lib/mesh/lock";
import { LOCK_WORDS } from "../locks/lock-path";

/** Gravest first: a caller turned away, then what is open, then what nobody measured; closed only when all that carries traffic is. */
export const GRAVEST: readonly LockState[] = ["refused", "plaintext", "mixed", "not-measured", "mutual-tls"];

/** Locks by state. What carried no traffic counts for none of them: "no data" must not hide what was measured. */
export interface Tally {
  states: Record<LockState, number>;
  idle: number;
}

export interface Worst {
  lock: Lock;
  tally: Tally;
  /** How many locks are in the worst state. */
  count: number;
}

/**
 * The gravest of many locks, with how many there are of each. It is that lock, not a mean: its reason is a member's own, led by the count.
 * @param of what is counted, singular: "workload", "line"
 */
export function toWorst(members: readonly { lock: Lock; idle: boolean }[], of: string): Worst {
  const busy = members.filter(({ idle }) => !idle).map(({ lock }) => lock);
  const states: Record<LockState, number> = { "mutual-tls": 0, mixed: 0, plaintext: 0, refused: 0, "not-measured": 0 };
  for (const { state } of busy) states[state]++;
  const tally = { states, idle: members.length - busy.length };
  const refused = members.reduce((sum, { lock }) => sum + lock.refused, 0);
  const state = GRAVEST.find((candidate) => states[candidate] > 0);
  if (state === undefined) return { lock: { ...NO_TRAFFIC, refused, reason: members[0]?.lock.reason ?? null }, tally, count: 0 };
  const alike = busy.filter((lock) => lock.state === state);
  // Of several mixed ones the least share is the worst.
  const gravest = alike.reduce((worst, lock) => ((lock.percent ?? 100) < (worst.percent ?? 100) ? lock : worst));
  const lead = `${alike.length} of ${members.length} ${of}${members.length === 1 ? "" : "s"}: ${LOCK_WORDS[state]}.`;
  const reason = gravest.reason && { ...gravest.reason, text: `${lead} ${gravest.reason.text}` };
  return { lock: { ...gravest, refused, reason }, tally, count: alike.length };
}

const NO_TRAFFIC: Lock = { state: "not-measured", percent: null, refused: 0, reason: null, evidence: [] };

/** "2 plaintext, 9 mutual TLS, 1 idle": gravest first. */
export function toTallyWords({ states, idle }: Tally): string {
  const parts = GRAVEST.filter((state) => states[state] > 0).map((state) => `${states[state]} ${LOCK_WORDS[state]}`);
  return [...parts, ...(idle > 0 ? [`${idle} idle`] : [])].join(", ");
}
