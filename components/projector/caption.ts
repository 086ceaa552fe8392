import type { LiveState } from "@/lib/api/state";

/** "What just happened" is not older than this, ms. */
const JUST = 60_000;

/** What the mode means for callers, as Istio defines it; said while nothing has just happened. */
const STANDING = {
  STRICT: "Only callers with an identity of the mesh are let in.",
  PERMISSIVE: "Both are let in: mutual TLS from sidecars, plaintext from everyone else.",
  DISABLE: "Mutual TLS is switched off.",
} as const;

/** The projector's caption: the newest thing that happened, or what holds. */
export function toCaption({ journal, posture }: Pick<LiveState, "journal" | "posture">, now: number): string {
  const latest = journal.at(-1);
  if (latest !== undefined && now - latest.at < JUST) return latest.says;
  return posture.mode === null ? "" : STANDING[posture.mode];
}
