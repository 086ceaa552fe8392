import type { Call } from "./calls";
import type { Evidence } from "./evidence";
import type { LockState } from "./lock";

/** What our own calls on one line say, taken together. */
export interface FirstHand {
  state: Exclude<LockState, "not-measured">;
  percent: number | null;
  /** Start of the newest call it rests on. */
  at: number;
  evidence: Evidence[];
}

type Kind = "mutual-tls" | "plaintext" | "refused" | "served";

/**
 * Judges calls on new connections; others may ride on what was agreed before a change. After a change one turn from one result to another is the
 * change taking effect, and what came after the turn decides. More turns mean that the server's pods differ: then everything counts.
 * @param since last change, epoch ms; null = none known, so a turn has no explanation and everything counts
 * @returns null when they do not tell
 */
export function judgeFirstHand(calls: readonly Call[], since: number | null): FirstHand | null {
  const results = calls
    .filter((call) => call.newConnection && (since === null || call.startedAt >= since))
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map((call) => ({ call, kind: toKind(call) }));
  const telling = results.filter(({ kind }) => kind !== "served" && kind !== null);
  const last = telling.at(-1);
  if (last === undefined) return null;
  const turns = telling.filter(({ kind }, index) => index > 0 && kind !== telling[index - 1]?.kind).length;
  const counted = since !== null && turns === 1 ? telling.filter(({ kind }) => kind === last.kind) : telling;
  const of = (wanted: Kind) => counted.filter(({ kind }) => kind === wanted).map(({ call }) => call);
  const [mutual, plaintext, refused] = [of("mutual-tls"), of("plaintext"), of("refused")];
  const measured = mutual.length + plaintext.length;
  if (measured > 0) {
    const evidence = [...toClaimEvidence(mutual), ...toClaimEvidence(plaintext)];
    const state = plaintext.length === 0 ? "mutual-tls" : mutual.length === 0 ? "plaintext" : "mixed";
    return { state, percent: state === "plaintext" ? null : (mutual.length / measured) * 100, at: newest([...mutual, ...plaintext]), evidence };
  }
  // Where something was served and nobody knows how, a refusal must not speak for all; before the refusals it may be the change taking effect.
  const firstRefusedAt = refused[0]?.startedAt ?? 0;
  if (results.some(({ call, kind }) => kind === "served" && (since === null || call.startedAt > firstRefusedAt))) return null;
  return { state: "refused", percent: null, at: newest(refused), evidence: toRefusalEvidence(refused) };
}

function toKind({ outcome, encryption, evidence }: Call): Kind | null {
  if (outcome === "refused") return "refused";
  if (outcome !== "served") return null;
  return (encryption === "mutual-tls" || encryption === "plaintext") && evidence.length > 0 ? encryption : "served";
}

/** The newest call speaks for its kind. */
function toClaimEvidence(calls: readonly Call[]): Evidence[] {
  return calls.at(-1)?.evidence ?? [];
}

export function toRefusalEvidence(calls: readonly Call[]): Evidence[] {
  const call = calls.at(-1);
  return call === undefined
    ? []
    : [{ mark: "first-hand", source: "our own call", at: call.endedAt, says: call.message ?? "the connection was broken off before an answer" }];
}

function newest(calls: readonly Call[]): number {
  return calls.reduce((latest, { startedAt }) => Math.max(latest, startedAt), Number.NEGATIVE_INFINITY);
}
