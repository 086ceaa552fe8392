import type { Call } from "./calls";
import type { EdgeFacts } from "./edge-facts";
import type { Evidence } from "./evidence";
import { toMixedPercent } from "./figures";
import { type FirstHand, judgeFirstHand } from "./first-hand";
import type { Lock, LockState } from "./lock";
import { toNotMeasuredReason, toOldWindowReason, toPlaintextReason, toRefusedReason } from "./lock-reasons";
import { type ObservedMeasure, toObservedEvidence, toObservedMeasure } from "./observed-measure";

type Measured = Exclude<ObservedMeasure, { state: "not-measured" }>;

/**
 * The lock of one line. Kiali's window decides while nothing changed within it; after a change our own calls on new connections do, and what
 * the window still holds goes into the reason. No state but `not-measured` comes without evidence.
 */
export function decideEdgeLock(facts: EdgeFacts): Lock {
  const { observed, observer, dataAt, now, windowSeconds, lastChangeAt } = facts;
  const calls = facts.calls.filter(({ startedAt }) => startedAt >= now - windowSeconds * 1_000);
  const refused = calls.filter(({ outcome }) => outcome === "refused").length;
  const changedInWindow = lastChangeAt !== null && lastChangeAt > (dataAt ?? now) - windowSeconds * 1_000;
  const firstHand = judgeFirstHand(calls, changedInWindow ? lastChangeAt : null);

  const reading: ObservedMeasure = observed === null ? { state: "not-measured", because: "idle" } : toObservedMeasure(observed);
  const measured =
    observer.state === "ok" && dataAt !== null && observed !== null && reading.state !== "not-measured" ? { reading, dataAt, rate: observed.rate } : null;

  if (measured === null) {
    // What was met before the change is still what was met; the reason says of when it is.
    const older =
      firstHand === null && changedInWindow
        ? judgeFirstHand(
            calls.filter(({ startedAt }) => startedAt < lastChangeAt),
            null,
          )
        : null;
    // Without Kiali only what is newer than its last word speaks; a refusal it never knows of.
    const speaks = (said: FirstHand) => observer.state === "ok" || said.state === "refused" || dataAt === null || said.at > dataAt;
    if (firstHand !== null && speaks(firstHand)) return fromFirstHand({ ...facts, calls }, firstHand, refused, null);
    if (older !== null && speaks(older))
      return { state: older.state, percent: older.percent, refused, reason: toOldWindowReason(facts), evidence: older.evidence };
    const because = reading.state === "not-measured" ? reading.because : "idle";
    return { state: "not-measured", percent: null, refused, reason: toNotMeasuredReason({ ...facts, calls }, because), evidence: [] };
  }
  if (changedInWindow && firstHand !== null) return fromFirstHand({ ...facts, calls }, firstHand, refused, measured.reading);
  return fromObserved({ ...facts, calls }, measured, refused, changedInWindow);
}

function fromFirstHand(facts: EdgeFacts, firstHand: FirstHand, refused: number, window: Measured | null): Lock {
  const { state, percent } = firstHand;
  const before = toBefore(facts, firstHand, window);
  const evidence =
    window !== null && facts.dataAt !== null ? [...firstHand.evidence, toObservedEvidence(window, facts.dataAt, facts.windowSeconds)] : firstHand.evidence;
  const lock = { state, percent, refused, evidence };
  if (state === "mutual-tls") return { ...lock, reason: null };
  if (state === "refused") return { ...lock, reason: toRefusedReason(facts, before) };
  const reason = toPlaintextReason(facts);
  return { ...lock, reason: before === null ? reason : { ...reason, text: `${reason.text} ${before}` } };
}

/** What the window still holds from before the change, when it differs from what holds now. */
function toBefore({ lastChangeAt, formatTime, calls }: EdgeFacts, { state }: FirstHand, window: Measured | null): string | null {
  if (lastChangeAt === null) return null;
  const survives = calls.some(({ newConnection, outcome, startedAt }) => !newConnection && outcome === "served" && startedAt >= lastChangeAt);
  const kept = survives && state === "refused" ? " A connection from before it was still served." : "";
  const was = window?.state ?? toServedBefore(calls, lastChangeAt);
  if (was === null || was === state) return kept === "" ? null : kept.trim();
  const word = was === "mutual-tls" ? "mutual TLS" : was === "mixed" ? "in part mutual TLS" : "plaintext";
  return `It was ${word} until ${formatTime(lastChangeAt)}.${kept}`;
}

function toServedBefore(calls: readonly Call[], changedAt: number): "mutual-tls" | "plaintext" | null {
  const last = calls.filter(({ startedAt, outcome, evidence }) => startedAt < changedAt && outcome === "served" && evidence.length > 0).at(-1);
  return last?.encryption === "mutual-tls" || last?.encryption === "plaintext" ? last.encryption : null;
}

function fromObserved(facts: EdgeFacts, measured: { reading: Measured; dataAt: number; rate: number }, refused: number, changedInWindow: boolean): Lock {
  const { reading, dataAt, rate } = measured;
  const evidence = [toObservedEvidence(reading, dataAt, facts.windowSeconds)];
  const { state, percent } = withOwnCalls(reading, rate * facts.windowSeconds, facts.calls, dataAt, evidence);
  // A closed lock needs no excuse while the rules still say mutual TLS; when they do not, its figures may be of before.
  const isCurrent = !changedInWindow || (state === "mutual-tls" && facts.client?.sends === "mutual-tls");
  const reason = !isCurrent ? toOldWindowReason(facts) : state === "mutual-tls" ? null : toPlaintextReason(facts);
  return { state, percent: state === "plaintext" ? null : percent, refused, reason, evidence };
}

/**
 * Own calls beside Kiali's figures. One that contradicts a pure figure makes it mixed, whenever it was: the proxies report late and Kiali rounds, so
 * the figure may not hold it. A mixed figure takes in only what Kiali cannot have counted. Adds to `evidence` what it used.
 */
function withOwnCalls(
  reading: Measured,
  requests: number,
  calls: readonly Call[],
  dataAt: number,
  evidence: Evidence[],
): { state: LockState; percent: number } {
  const considered = calls.filter(
    ({ startedAt, outcome, newConnection }) => outcome === "served" && newConnection && (reading.state !== "mixed" || startedAt > dataAt),
  );
  const own = judgeFirstHand(considered, null);
  if (own === null || own.state === "refused" || (own.state === reading.state && own.state !== "mixed")) return reading;
  const share = own.percent ?? 0;
  evidence.push(...own.evidence);
  return { state: "mixed", percent: toMixedPercent((reading.percent * requests + share * considered.length) / (requests + considered.length)) };
}
