import { aggregateLocks } from "./aggregate-locks";
import type { ObserverStatus } from "./edge-facts";
import type { GraphEdge, GraphNode } from "./graph";
import { toOneWayLock, toPolicy, toSidecar } from "./graph-edges";
import type { GraphInput } from "./graph-input";
import type { Place } from "./graph-places";
import type { Lock } from "./lock";
import { toUnobservedReason } from "./lock-reasons";
import { isGateway } from "./observed-traffic";

/** The graph's lines by the node they lead to and come from: looked up once a node, of which there may be thousands. */
export interface LinesByEnd {
  incoming: ReadonlyMap<string, readonly GraphEdge[]>;
  outgoing: ReadonlyMap<string, readonly GraphEdge[]>;
}

export function toLinesByEnd(edges: readonly GraphEdge[]): LinesByEnd {
  const by = (toEnd: (edge: GraphEdge) => string) => {
    const lines = new Map<string, GraphEdge[]>();
    for (const edge of edges) {
      const list = lines.get(toEnd(edge));
      if (list) list.push(edge);
      else lines.set(toEnd(edge), [edge]);
    }
    return lines;
  };
  return { incoming: by(({ target }) => target), outgoing: by(({ source }) => source) };
}

export function toNode(place: Place, lines: LinesByEnd, input: GraphInput, observer: ObserverStatus): GraphNode {
  const { id, kind, namespace, name, cluster, workload, observed } = place;
  const incoming = lines.incoming.get(id) ?? [];
  const outgoing = lines.outgoing.get(id) ?? [];
  const version = workload?.version ?? observed?.version ?? null;
  const sidecar = toSidecar(place);
  const outside = namespace === null || !input.view.namespaces.includes(namespace);
  return {
    id,
    kind,
    namespace,
    cluster,
    name,
    workloadKind: workload?.kind ?? null,
    version,
    title: toTitle(name, workload?.app ?? observed?.app ?? null, version),
    subtitle: toSubtitle(place, { outside, version, sidecar, isCaller: id === input.callers["with-sidecar"] }),
    sidecar,
    isGateway: isGateway(place),
    outside,
    idle: ![...incoming, ...outgoing].some(hasTraffic),
    policy: toPolicy(workload, input),
    lock: toServedLock(incoming, input, observer),
    rateIn: toRate(incoming),
    rateOut: toRate(outgoing),
  };
}

/** One lock for the traffic that some lines bring; ordinary TLS from the person's side is none of the mesh's. */
export function toServedLock(incoming: readonly GraphEdge[], { view: { windowSeconds }, config }: GraphInput, observer: ObserverStatus): Lock {
  const lines = incoming.filter(({ kind }) => kind === "mesh");
  const [client] = incoming;
  if (lines.length === 0 && client !== undefined) return toOneWayLock({ calls: [] });
  if (lines.length === 0) {
    return {
      state: "not-measured",
      percent: null,
      refused: 0,
      reason:
        observer.state === "ok"
          ? { code: "idle", text: `Nothing was served here in the last ${windowSeconds} s.`, fix: "Send some calls." }
          : toUnobservedReason(observer, config.rootNamespace),
      evidence: [],
    };
  }
  return aggregateLocks(
    lines.map(({ lock }) => lock),
    lines.map((edge) => toWeight(edge, windowSeconds)),
  );
}

/**
 * How much a line counts in a sum, requests/s. Bytes are not requests, so a TCP line counts like one call in the window. A line that only our own calls
 * know counts by them when its encryption was measured; otherwise each click would open the sum until Kiali catches up.
 */
function toWeight({ protocol, health, own, lock }: GraphEdge, windowSeconds: number): number {
  if (health.rate > 0) return protocol === "tcp" ? 1 / windowSeconds : health.rate;
  return lock.state === "not-measured" ? 0 : own.served / windowSeconds;
}

export function hasTraffic({ health, own }: GraphEdge): boolean {
  return health.rate > 0 || own.served + own.failed + own.refused > 0;
}

function toRate(edges: readonly GraphEdge[]): number {
  return edges.reduce((sum, { protocol, health }) => (protocol === "tcp" ? sum : sum + health.rate), 0);
}

/** `purchase-history-v1` with version v1 is drawn as `purchase-history` over `v1`. */
function toTitle(name: string, app: string | null, version: string | null): string {
  return app !== null && version !== null && name === `${app}-${version}` ? app : name;
}

function toSubtitle(
  { kind, namespace, cluster, workload, observed }: Place,
  { outside, version, sidecar, isCaller }: { outside: boolean; version: string | null; sidecar: GraphNode["sidecar"]; isCaller: boolean },
): string {
  if (kind === "client") return "TLS, one way";
  if (kind === "unidentified") return "no identity";
  const where = workload?.isGateway || observed?.isGateway ? "ingress gateway" : outside ? namespace : isCaller ? "caller with sidecar" : version;
  const words = [where, sidecar === "none" ? "no sidecar" : sidecar === "ambient" ? "ambient" : null, kind === "service" ? "service" : null, cluster];
  return words.filter((word) => word !== null && word !== "").join(" · ");
}
