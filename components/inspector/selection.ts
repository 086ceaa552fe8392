import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";

/** What the id in the address bar stands for in the picture of now. */
export type Selection =
  | { kind: "edge"; edge: GraphEdge; source: GraphNode | null; target: GraphNode | null }
  | { kind: "node"; node: GraphNode; incoming: GraphEdge[]; outgoing: GraphEdge[] }
  /** It was there, or a link says so, and is not now. */
  | { kind: "gone" };

/** @returns null when nothing is selected */
export function toSelection(graph: MeshGraph, id: string | null): Selection | null {
  if (id === null) return null;
  const find = (nodeId: string) => graph.nodes.find((node) => node.id === nodeId) ?? null;
  const edge = graph.edges.find((candidate) => candidate.id === id);
  if (edge !== undefined) return { kind: "edge", edge, source: find(edge.source), target: find(edge.target) };
  const node = find(id);
  if (node === null) return { kind: "gone" };
  return { kind: "node", node, incoming: graph.edges.filter((line) => line.target === id), outgoing: graph.edges.filter((line) => line.source === id) };
}
