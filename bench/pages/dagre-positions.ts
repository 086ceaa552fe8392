import { Graph, layout } from "@dagrejs/dagre";
import type { WireEdge, WireNode } from "@/lib/kiali/wire";

export const BOX = { width: 120, height: 40 } as const;

export interface Positions {
  at: Map<string, { x: number; y: number }>;
  width: number;
  height: number;
}

/** The layout Kiali uses by default, as a page does it that has no worker: here and now. */
export function toDagrePositions(nodes: readonly WireNode[], edges: readonly WireEdge[]): Positions {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 20, ranksep: 80 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { ...BOX });
  for (const { id, source, target } of edges) graph.setEdge(source, target, {}, id);
  layout(graph);
  const at = new Map(nodes.map(({ id }) => [id, { x: graph.node(id).x ?? 0, y: graph.node(id).y ?? 0 }]));
  const all = [...at.values()];
  return { at, width: Math.max(...all.map(({ x }) => x)) + BOX.width, height: Math.max(...all.map(({ y }) => y)) + BOX.height };
}
