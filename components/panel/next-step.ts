import type { LiveState } from "@/lib/api/state";
import type { Call } from "@/lib/mesh/calls";

/** The next step of the lab's story, from where things stand. */
export interface NextStep {
  says: string;
  /** The key that does it; null = there is nothing to press. */
  key: "L" | "K" | "T" | "U" | "M" | "R" | null;
}

/** @returns null where a source that the story needs does not answer: then the cause comes before the story */
export function toNextStep(state: LiveState): NextStep | null {
  const { sources, switch: current, run } = state;
  if (sources.kubernetes.state !== "ok") return null;
  if (run.current?.kind === "keep-sending") return toStreamStep(state);
  if (run.current?.kind === "calls") return { says: "Your calls are on their way: follow the dots.", key: null };
  const { change } = current;
  const changedAt = change?.storedAt ?? null;
  if (change !== null && changedAt !== null && change.enforcedAt === null && change.unverified === null)
    return { says: "Stored. Now it is checked with new connections whether the proxies follow.", key: null };
  if (change?.enforcedAt === null && change.unverified !== null) return toUnseenStep(state, change.mode, changedAt);
  if (state.posture.mode === "STRICT") return toStrictStep(state, changedAt);
  if (state.posture.mode === "PERMISSIVE") return toPermissiveStep(state, changedAt);
  return state.posture.mode === "DISABLE" ? { says: "DISABLE: nobody encrypts. Switch to STRICT and see who is left.", key: "T" } : null;
}

function toStreamStep(state: LiveState): NextStep {
  if (state.posture.mode !== "STRICT") return { says: "Three streams are running. Switch to STRICT and watch the one without sidecar.", key: "T" };
  const refused = state.run.current?.byCaller["without-sidecar"]?.refused ?? 0;
  return refused > 0
    ? { says: "The stream without sidecar is turned away, the other two go on. Stop them when it was seen.", key: "K" }
    : { says: "STRICT is stored: watch the stream without sidecar.", key: null };
}

/** What is stored but was not seen at the proxies is not said to hold; why, stands below the steps. */
function toUnseenStep({ calls, mesh }: LiveState, mode: string, changedAt: number | null): NextStep | null {
  const says = `${mode} is stored, but was not seen at the proxies. A call`;
  if (mesh.callers["without-sidecar"].name !== null) {
    return isSince(calls.lastProbe["without-sidecar"], changedAt) ? null : { says: `${says} without sidecar shows what they do.`, key: "U" };
  }
  if (mesh.callers["with-sidecar"].name === null || isSince(calls.lastProbe["with-sidecar"], changedAt)) return null;
  return { says: `${says} with sidecar is still possible.`, key: "M" };
}

function toPermissiveStep({ calls, mesh, posture, sources }: LiveState, changedAt: number | null): NextStep | null {
  const { gateway } = calls.totals;
  if (gateway.served + gateway.failed + gateway.refused + gateway.unreachable === 0)
    return sources.gateway.state === "ok" ? { says: "Send ten calls through the gateway and watch the locks.", key: "L" } : null;
  if (isSince(calls.lastProbe["without-sidecar"], changedAt)) return { says: "Both are let in under PERMISSIVE. Switch to STRICT.", key: "T" };
  if (mesh.callers["without-sidecar"].name === null) return { says: "Switch to STRICT.", key: "T" };
  const already = posture.lock.state === "mutual-tls" || posture.lock.state === "mixed";
  return {
    says: already ? "Sidecars use mutual TLS among themselves already. Now a call without sidecar." : "Now a call from the caller without sidecar.",
    key: "U",
  };
}

function toStrictStep({ calls, mesh }: LiveState, changedAt: number | null): NextStep | null {
  const bare = calls.lastProbe["without-sidecar"];
  const meshed = calls.lastProbe["with-sidecar"];
  if (mesh.callers["without-sidecar"].name !== null && !isSince(bare, changedAt))
    return { says: "STRICT holds. Make the call without sidecar again.", key: "U" };
  if (mesh.callers["with-sidecar"].name !== null && !isSince(meshed, changedAt)) {
    return { says: bare?.outcome === "refused" ? "Turned away. Now the caller with sidecar." : "Now the caller with sidecar.", key: "M" };
  }
  return bare?.outcome === "refused" ? { says: "Turned away, as it should be: Why tells what decided. Reset brings back the start.", key: "R" } : null;
}

function isSince(call: Call | null, changedAt: number | null): boolean {
  return call !== null && (changedAt === null || call.startedAt >= changedAt);
}
