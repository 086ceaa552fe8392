import { add, type GraphEdge, mergeEdgeTraffic, type TrafficMap } from "./traffic-map";

/**
 * Kiali's graphType=service: takes the workloads out of a graph with injected services, so that services call services. Callers that
 * nobody calls stay, because the traffic starts there. Of edges that fall together the first keeps its security; Kiali drops the others'.
 */
export function toServiceGraph(map: TrafficMap): TrafficMap {
  const reduced: TrafficMap = new Map();
  for (const [id, node] of map) {
    if (node.nodeType !== "service") {
      if (!node.flags.has("isRoot")) continue;
      node.edges = node.edges.filter(({ dest }) => dest.nodeType === "service");
      if (node.edges.length === 0) continue;
      delete node.rates.httpOut;
      for (const { rates } of node.edges) add(node.rates, "httpOut", rates.http ?? 0);
      reduced.set(id, node);
      continue;
    }
    reduced.set(id, node);
    delete node.rates.httpOut;
    const onward: GraphEdge[] = [];
    for (const { dest: workload } of node.edges) {
      for (const edge of workload.edges) {
        if (edge.dest.nodeType !== "service") continue;
        const present = onward.find(({ dest }) => dest.id === edge.dest.id);
        add(node.rates, "httpOut", edge.rates.http ?? 0);
        if (present === undefined) onward.push(Object.assign(edge, { source: node }));
        else mergeEdgeTraffic(edge, present);
      }
    }
    node.edges = onward;
  }
  return reduced;
}
