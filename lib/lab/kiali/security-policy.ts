import type { LabelName, Metrics } from "./metrics";
import { isServiceInjected, type RequestedNamespace, sumBy, type TrafficOptions, toPeers } from "./namespace-traffic";
import { type GraphType, type Peer, type TrafficMap, toNodeId } from "./traffic-map";

const SECURITY_LABELS = [
  "source_cluster",
  "source_workload_namespace",
  "source_workload",
  "source_canonical_service",
  "source_canonical_revision",
  "source_principal",
  "destination_cluster",
  "destination_service_namespace",
  "destination_service_name",
  "destination_workload_namespace",
  "destination_workload",
  "destination_canonical_service",
  "destination_canonical_revision",
  "destination_principal",
  "connection_security_policy",
] as const satisfies readonly LabelName[];

interface EdgeSecurity {
  /** Requests per second by connection_security_policy. A later series of the same policy replaces the earlier one, as in Kiali. */
  policies: Map<string, number>;
  /** Those of the first series. */
  sourcePrincipal: string;
  destPrincipal: string;
}

/**
 * Kiali's `securityPolicy` appender: writes the share of mutual TLS and both principals on the edges, from what the destinations' sidecars
 * reported; the sources' never know. Several series may be drawn as one edge; Kiali then keeps the first principals and the last rate of
 * each policy, so shares of merged edges are approximate, here as there.
 */
export function appendSecurityPolicy(map: TrafficMap, metrics: Metrics, namespace: RequestedNamespace, options: TrafficOptions): void {
  const { rates, graphType } = options;
  if (map.size === 0 || (rates.http !== "requests" && rates.grpc !== "requests")) return;
  const reporter = "destination";
  const name = namespace.name;
  const series = [
    ...metrics.rate({ reporter, source_workload_namespace: { not: name }, destination_service_namespace: name }, namespace.durationSeconds, options.queryTime),
    ...metrics.rate({ reporter, source_workload_namespace: name }, namespace.durationSeconds, options.queryTime),
  ];
  const byEdge = new Map<string, EdgeSecurity>();
  for (const { labels, value } of sumBy(series, SECURITY_LABELS)) {
    const { source, dest, service } = toPeers(labels);
    const ends: [Peer, Peer][] = isServiceInjected(dest, options)
      ? [
          [source, service],
          [service, dest],
        ]
      : [[source, dest]];
    for (const [from, to] of ends) {
      const key = toEdgeKey(from, to, graphType);
      if (key === undefined) continue;
      let security = byEdge.get(key);
      if (security === undefined) {
        security = { policies: new Map(), sourcePrincipal: labels.source_principal, destPrincipal: labels.destination_principal };
        byEdge.set(key, security);
      }
      security.policies.set(labels.connection_security_policy, value);
    }
  }
  for (const node of map.values()) {
    for (const edge of node.edges) {
      const security = byEdge.get(`${edge.source.id} ${edge.dest.id}`);
      if (security === undefined) continue;
      let mutual = 0;
      let all = 0;
      for (const [policy, rate] of security.policies) {
        all += rate;
        if (policy === "mutual_tls") mutual = rate;
      }
      if (mutual > 0) edge.mtlsPercent = (mutual / all) * 100;
      edge.sourcePrincipal = security.sourcePrincipal;
      edge.destPrincipal = security.destPrincipal;
    }
  }
}

function toEdgeKey(from: Peer, to: Peer, graphType: GraphType): string | undefined {
  const source = toNodeId(from, graphType);
  const dest = toNodeId(to, graphType);
  return source && dest && `${source.id} ${dest.id}`;
}
