import type { Evidence } from "./evidence";
import { formatCount, toMixedPercent } from "./figures";
import type { Lock } from "./lock";

/** Pieces of evidence an aggregate carries; each line keeps its own. */
const MAX_EVIDENCE = 8;
/** Keeps a line that only our own calls know from vanishing beside Kiali's rates. */
const LEAST_WEIGHT = 1e-6;

/**
 * One lock for many lines (a workload's, a namespace's, the mesh's). Any plaintext makes it mixed; a line with traffic that nobody measured keeps it
 * from being closed. Refused lines serve nothing, so they only count.
 * @param weights request rates, one a lock; 0 = no traffic that Kiali knows
 */
export function aggregateLocks(locks: readonly Lock[], weights: readonly number[]): Lock {
  const lines = locks.map((lock, index) => ({ lock, weight: toWeight(weights[index]) })).toSorted((a, b) => b.weight - a.weight);
  const refused = locks.reduce((sum, lock) => sum + lock.refused, 0);
  const measured = lines.filter(({ lock: { state } }) => state === "mutual-tls" || state === "mixed" || state === "plaintext");
  const unmeasured = lines.filter(({ lock, weight }) => lock.state === "not-measured" && weight > 0);
  const evidence = toEvidence(measured.map(({ lock }) => lock));

  if (measured.length === 0) {
    const turnedAway = lines.find(({ lock }) => lock.state === "refused");
    if (turnedAway !== undefined && unmeasured.length === 0) {
      const away = lines.filter(({ lock }) => lock.state === "refused").map(({ lock }) => lock);
      return { state: "refused", percent: null, refused, reason: turnedAway.lock.reason, evidence: toEvidence(away) };
    }
    const why = unmeasured[0] ?? lines.find(({ lock }) => lock.state === "not-measured" && lock.reason?.code !== "idle") ?? lines[0];
    return { state: "not-measured", percent: null, refused, reason: why?.lock.reason ?? null, evidence: [] };
  }

  const open = measured.find(({ lock }) => lock.state !== "mutual-tls");
  if (open === undefined) {
    const [first] = unmeasured;
    if (first === undefined)
      return { state: "mutual-tls", percent: 100, refused, reason: measured.find(({ lock }) => lock.reason !== null)?.lock.reason ?? null, evidence };
    const lead = `${formatCount(unmeasured.length, "line")} of ${measured.length + unmeasured.length} not measured, the others are mutual TLS.`;
    const reason = first.lock.reason === null ? null : { ...first.lock.reason, text: `${lead} ${first.lock.reason.text}` };
    return { state: "not-measured", percent: null, refused, reason, evidence };
  }
  if (measured.every(({ lock }) => lock.state === "plaintext")) return { state: "plaintext", percent: null, refused, reason: open.lock.reason, evidence };
  return { state: "mixed", percent: toMixedPercent(toShare(measured)), refused, reason: open.lock.reason, evidence };
}

function toShare(measured: readonly { lock: Lock; weight: number }[]): number {
  let total = 0;
  let mutual = 0;
  for (const { lock, weight } of measured) {
    const counted = Math.max(weight, LEAST_WEIGHT);
    total += counted;
    mutual += counted * (lock.state === "plaintext" ? 0 : (lock.percent ?? 0) / 100);
  }
  return (mutual / total) * 100;
}

/** The newest of each saying. */
function toEvidence(locks: readonly Lock[]): Evidence[] {
  const newest = new Map<string, Evidence>();
  for (const evidence of locks.flatMap((lock) => lock.evidence)) {
    const key = `${evidence.mark} ${evidence.source} ${evidence.says}`;
    const known = newest.get(key);
    if (known === undefined || known.at < evidence.at) newest.set(key, evidence);
  }
  return [...newest.values()].toSorted((a, b) => b.at - a.at).slice(0, MAX_EVIDENCE);
}

function toWeight(weight: number | undefined): number {
  return weight !== undefined && Number.isFinite(weight) && weight > 0 ? weight : 0;
}
