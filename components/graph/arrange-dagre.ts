import { Graph, type GraphLabel, layout, type NodeLabel } from "@dagrejs/dagre";
import type { Arrange, Gaps, Positions } from "./layout";

/** Above so many boxes the tight tree that network simplex begins with has to do: half the time for lines that are a little longer. */
const SIMPLEX_UP_TO = 40;

/** Space between two boxes of a column. */
export const toRowGap = ({ across }: Gaps): number => across / 2;

/** Ranking by dagre (network simplex, crossing reduction, Brandes-Köpf coordinates). Good up to a few hundred nodes; its time grows steeply after that. */
export const arrangeWithDagre: Arrange = (boxes, edges, gaps) => {
  const graph = new Graph<GraphLabel, NodeLabel, object>();
  const ranker = boxes.length > SIMPLEX_UP_TO ? "tight-tree" : "network-simplex";
  graph.setGraph({ rankdir: "LR", ranker, ranksep: gaps.along, nodesep: toRowGap(gaps), edgesep: toRowGap(gaps) / 2 });
  graph.setDefaultEdgeLabel(() => ({}));
  // dagre keeps nodes as properties of an object: numbers as names keep `__proto__` out.
  const names = new Map(boxes.map((box, index) => [box.key, String(index)]));
  for (const box of boxes) graph.setNode(names.get(box.key) as string, { width: box.width, height: box.height });
  for (const [source, target] of edges) {
    const [from, to] = [names.get(source), names.get(target)];
    if (from !== undefined && to !== undefined && from !== to) graph.setEdge(from, to, {});
  }
  layout(graph);
  const positions: Positions = new Map();
  for (const box of boxes) {
    const { x = 0, y = 0 } = graph.node(names.get(box.key) as string);
    positions.set(box.key, { x, y });
  }
  return positions;
};
