import { toObservedGraph } from "@/lib/kiali/to-observed";
import { parseGraph, parseJson } from "@/lib/kiali/wire";
import { assembleGraph } from "@/lib/mesh/assemble-graph";
import type { MeshGraph } from "@/lib/mesh/graph";

/** What Padlock makes of Kiali's answer where nothing else is known: no policies, no workloads, no calls of its own. */
export function toMeshGraph(json: string): MeshGraph {
  const graph = parseGraph(parseJson(json));
  const receivedAt = graph.timestamp * 1000;
  const observed = toObservedGraph(graph, receivedAt);
  const namespaces = [...new Set(observed.nodes.map(({ namespace }) => namespace))];
  return assembleGraph({
    now: receivedAt,
    view: { namespaces, windowSeconds: graph.duration },
    config: { rootNamespace: "istio-system", trustDomain: "cluster.local", enableAutoMtls: true, read: true },
    namespaces: [],
    workloads: [],
    services: [],
    policies: [],
    destinationRules: [],
    observed,
    kiali: { state: "ok", reason: null },
    calls: [],
    callers: { gateway: null, "with-sidecar": null, "without-sidecar": null },
    checkTimesByTarget: new Map(),
    lastChangeByNamespace: new Map(),
    scrapeSeconds: 1,
    formatTime: (at) => new Date(at).toISOString(),
  });
}
