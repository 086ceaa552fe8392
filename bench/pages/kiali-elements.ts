import { parseGraph, parseJson, type WireEdge, type WireNode } from "@/lib/kiali/wire";

/** What the baselines draw: nodes, edges and rates as Kiali sends them, nothing judged. */
export function readElements(json: string): { nodes: WireNode[]; edges: (WireEdge & { rate: number })[] } {
  const { nodes, edges } = parseGraph(parseJson(json));
  return { nodes, edges: edges.map((edge) => ({ ...edge, rate: Number(edge.rates["http"] ?? 0) })) };
}
