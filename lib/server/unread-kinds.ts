import type { UnreadKind } from "@/lib/api/rights";
import type { SourceStatus } from "@/lib/api/state";
import type { WatchState } from "@/lib/kubernetes/watch-state";

/** What stays unknown while a kind cannot be read; where nothing was ever read, nothing is claimed from it. */
const HIDES: Record<string, string> = {
  Namespace: "which namespaces ask for sidecars or for ambient mode; pods without a sidecar are then of unknown standing",
  Pod: "workloads, who has a sidecar, callers and targets of probes",
  Service: "which port a workload serves on, so the policy behind a line, its caller's side and the target of probes",
  PeerAuthentication: "every policy: modes, the switch and why a lock is as it is",
  DestinationRule: "what a caller's sidecar was told to send, so why a line is plaintext",
  Gateway: "which workload is the ingress gateway, and its address",
  VirtualService: "where the gateway's routes lead",
  ConfigMap: "the mesh's own configuration; Istio's defaults are shown instead",
};

/** Kinds that only Istio brings. */
const ISTIO = new Set(["PeerAuthentication", "DestinationRule", "Gateway", "VirtualService"]);
/** Kinds without which there is no policy side; the others are told of, and done without. */
const POLICY = "PeerAuthentication";
const NEEDED = [POLICY, "Pod", "Namespace"];
/** From good to bad: what can be waited for is better than what cannot. */
const ORDER: WatchState["state"][] = ["ok", "connecting", "stale", "absent", "forbidden", "down"];

export const NO_ISTIO =
  "Istio is not installed here: the API server has no PeerAuthentication (security.istio.io). Install Istio (istioctl install), or start Padlock with another --context.";

/**
 * Every kind that cannot be read though the API server answers, with what that hides. While the server itself is away, the source says so for all.
 * @param states by kind; of single objects by `kind namespace/name`
 */
export function toUnreadKinds(states: ReadonlyMap<string, WatchState>): UnreadKind[] {
  const answers = [...states.values()].some(({ state }) => state === "ok" || state === "forbidden" || state === "absent");
  return [...states].flatMap(([key, { state, reason }]) => {
    if (!answers || state === "ok" || state === "connecting") return [];
    const [kind = key] = key.split(" ");
    return [
      { kind: key, state, reason: state === "absent" && ISTIO.has(kind) ? NO_ISTIO : (reason ?? "no reason was given"), hides: HIDES[kind] ?? "what they say" },
    ];
  });
}

/** How the Kubernetes API is, as a source of policies: the worst state among the kinds that are needed, with its reason. */
export function toSourceStatus(states: ReadonlyMap<string, WatchState>): SourceStatus {
  const known = NEEDED.flatMap((kind) => (states.has(kind) ? [kind] : []));
  // Without policies there is no policy side; without pods or namespaces there is, and what is missing is told beside it.
  const needed = known.flatMap((kind) => {
    const state = states.get(kind);
    return state === undefined || (kind !== POLICY && state.state === "forbidden") ? [] : [state];
  });
  if (known.length < NEEDED.length && needed.every((state) => state.state === "ok")) {
    return { state: "connecting", reason: null, since: Date.now(), lastGood: null, nextTry: null };
  }
  const worst = needed.reduce((bad, state) => (ORDER.indexOf(state.state) > ORDER.indexOf(bad.state) ? state : bad));
  const lastGood = needed.reduce<number | null>(
    (least, state) => (state.lastGood === null || least === null ? null : Math.min(least, state.lastGood)),
    Number.POSITIVE_INFINITY,
  );
  const noIstio = worst.state === "absent" && states.get(POLICY)?.state === "absent";
  return { state: worst.state, reason: noIstio ? NO_ISTIO : worst.reason, since: worst.since, lastGood, nextTry: worst.nextTry };
}

/** A watch that stood open was good until it broke, however long ago its last event was. */
export function withLastGood(before: WatchState | undefined, state: WatchState): WatchState {
  const known = Math.max(state.lastGood ?? 0, before?.lastGood ?? 0, before?.state === "ok" && state.state !== "ok" ? state.since : 0);
  return { ...state, lastGood: known === 0 ? null : known };
}
