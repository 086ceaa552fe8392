import type { LiveState, RunStatus } from "@/lib/api/state";

/** "What just happened" is not older than this, ms. */
const JUST = 60_000;
/** Long enough to be read, before the streams have the word again, ms. */
const READ = 4_000;

/** What the mode means for callers, as Istio defines it; said while nothing has just happened. */
const STANDING = {
  STRICT: "Only callers with an identity of the mesh are let in.",
  PERMISSIVE: "Both are let in: mutual TLS from sidecars, plaintext from everyone else.",
  DISABLE: "Mutual TLS is switched off.",
} as const;

/** The projector's caption: what just happened, what the streams meet, or what holds. */
export function toCaption({ journal, posture, run }: Pick<LiveState, "journal" | "posture" | "run">, now: number): string {
  const latest = journal.at(-1);
  const age = latest === undefined ? Number.POSITIVE_INFINITY : now - latest.at;
  const streams = toStreamsCaption(run.current);
  if (latest !== undefined && age < (streams === null ? JUST : READ)) return latest.says;
  return streams ?? (posture.mode === null ? "" : STANDING[posture.mode]);
}

/** What three callers at once meet, once one of them is turned away; null = nothing to say of them. */
function toStreamsCaption(run: RunStatus | null): string | null {
  if (run?.kind !== "keep-sending") return null;
  const refused = run.byCaller["without-sidecar"]?.refused ?? 0;
  if (refused === 0) return null;
  const others = [run.byCaller.gateway, run.byCaller["with-sidecar"]].filter((count) => count !== undefined);
  const areServed = others.length > 0 && others.every(({ served, refused: away, failed, unreachable }) => served > 0 && away + failed + unreachable === 0);
  return `Without a sidecar: ${refused} ${refused === 1 ? "call" : "calls"} turned away.${areServed ? " The others are served." : ""}`;
}
