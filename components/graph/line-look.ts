import type { GraphEdge } from "@/lib/mesh/graph";
import type { LockState } from "@/lib/mesh/lock";
import { LOCK_TOKENS } from "../locks/lock-path";
import { percentText } from "./label";
import type { EdgeFlow, ModelEdge, ModelOptions, Pattern, Plate, PlatePart, Tone } from "./model";
import { toPresence } from "./refusal-age";

/** What a line says: health by its colour, protection by its pattern, both in the words and the lock on it and in its dots. Pure. */
export type LineLook = Pick<ModelEdge, "tone" | "pattern" | "plate" | "flow" | "presence">;

/**
 * @param everyLock false = closed ones are left away
 * @param windowSeconds over which refusals fade
 */
export function toLineLook(edge: GraphEdge, options: ModelOptions, everyLock: boolean, windowSeconds: number): LineLook {
  const served = toServedState(edge, options);
  return {
    tone: toTone(edge, served),
    pattern: toPattern(edge, served, options),
    plate: toPlate(edge, options, everyLock),
    flow: toFlow(edge, served, options),
    presence: edge.lock.refused > 0 ? toPresence(edge.own.lastRefusedAt, options.now ?? 0, windowSeconds) : 1,
  };
}

const positive = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);

/** Neither the window nor our own calls have anything for it. */
function isIdle(edge: GraphEdge): boolean {
  return positive(edge.health.rate) === 0 && edge.own.served + edge.own.failed === 0;
}

function hasErrors(edge: GraphEdge): boolean {
  return positive(edge.health.errorPercent ?? 0) > 0 || edge.own.failed > 0;
}

/** A bundle's lock is its worst; its line and dots say how the whole of it was served. */
function toServedState({ id, lock }: GraphEdge, { folded }: ModelOptions): LockState {
  const states = folded?.bundles.get(id)?.tally.states;
  if (states === undefined) return lock.state;
  if (states.mixed > 0 || (states.plaintext > 0 && states["mutual-tls"] > 0)) return "mixed";
  return (["plaintext", "not-measured", "mutual-tls", "refused"] as const).find((state) => states[state] > 0) ?? lock.state;
}

function toTone(edge: GraphEdge, served: LockState): Tone {
  if (served === "refused") return "refused";
  if (isIdle(edge)) return "idle";
  return hasErrors(edge) ? "errors" : "answered";
}

function toPattern(edge: GraphEdge, served: LockState, { showLocks }: ModelOptions): Pattern {
  if (served === "refused") return "refused";
  if (isIdle(edge)) return "idle";
  if (!showLocks || edge.kind === "one-way-tls" || served === "mutual-tls") return "solid";
  return served;
}

function toPlate(edge: GraphEdge, { showLocks, folded }: ModelOptions, everyLock: boolean): Plate | null {
  const parts: PlatePart[] = [];
  const state = edge.lock.state;
  const oneWay = edge.kind === "one-way-tls";
  if (showLocks && oneWay) parts.push({ text: "TLS, one way", token: "muted" });
  const bundle = folded?.bundles.get(edge.id);
  if (bundle !== undefined) {
    const lines = bundle.tally.idle + Object.values(bundle.tally.states).reduce((sum, count) => sum + count, 0);
    if (showLocks && !oneWay && bundle.count > 0 && state !== "mutual-tls") parts.push({ text: `${bundle.count} of ${lines}`, token: LOCK_TOKENS[state] });
  } else if (showLocks && state === "mixed") {
    const text = percentText(edge.lock);
    if (text) parts.push({ text, token: "mtls" });
  }
  if (edge.lock.refused > 0) parts.push({ text: `${edge.lock.refused} refused`, token: "refused" });
  const errorPercent = positive(edge.health.errorPercent ?? 0);
  if (errorPercent > 0) parts.push({ text: `${errorPercent < 1 ? "< 1" : Math.min(100, Math.round(errorPercent))} % errors`, token: "bad" });
  const quiet = !everyLock && (state === "mutual-tls" || isIdle(edge)) && state !== "refused";
  const lock = state === "refused" || (showLocks && !oneWay && !quiet) ? state : null;
  if (lock === null && parts.length === 0) return null;
  // Beside the shield the number says it; beside another lock it needs its word.
  const short =
    state === "refused" && lock !== null ? parts.map((part) => (part.token === "refused" ? { ...part, text: `×${edge.lock.refused}` } : part)) : null;
  return short === null ? { lock, parts } : { lock, parts, short };
}

function toFlow(edge: GraphEdge, served: LockState, { showLocks, folded }: ModelOptions): EdgeFlow {
  // A bundle's percent is its worst line's and says nothing of the whole.
  const percent = folded?.bundles.has(edge.id) ? null : edge.lock.percent;
  const measured = showLocks && edge.kind === "mesh";
  const share = served === "mutual-tls" ? 1 : served === "plaintext" ? 0 : served === "mixed" && percent !== null ? percent / 100 : null;
  return {
    // Nothing is served there any more: what the window still holds is in the lock's reason, not in dots that pass a lock that turns them away.
    rate: served === "refused" ? 0 : positive(edge.health.rate),
    tcp: edge.protocol === "tcp",
    errors: Math.min(1, positive(edge.health.errorPercent ?? 0) / 100),
    mutualTls: measured && share !== null ? Math.min(1, Math.max(0, share)) : null,
    refused: edge.lock.refused,
  };
}
