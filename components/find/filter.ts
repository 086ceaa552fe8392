import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import { toMatches, toMatchingLines } from "./search";

/** What of the graph a person wants to see. Applied once, before graph and table alike, so that both show the same. */
export interface Filter {
  /** Words of a name or namespace, or of what is known of a line: plaintext, refused, 503; empty = everything. */
  search: string;
  /** Id of the node that is looked at with its neighbours. */
  focus: string | null;
  /** Lines over mutual TLS without a refusal go. */
  onlyNotMutual: boolean;
  hideIdle: boolean;
}

export const NO_FILTER: Filter = { search: "", focus: null, onlyNotMutual: false, hideIdle: false };

export interface Hidden {
  nodes: number;
  edges: number;
  /** Of the hidden nodes, those that went because they are idle. */
  idle: number;
}

export interface Filtered {
  /** The same object when nothing is filtered. */
  graph: MeshGraph;
  hidden: Hidden;
  /** Nodes that match the search themselves, best first; null without a search. */
  matches: GraphNode[] | null;
  /** Lines that were found by what is known of them, not by an end's name. */
  foundLines: number;
}

export function isFiltering({ search, focus, onlyNotMutual, hideIdle }: Filter): boolean {
  return search.trim() !== "" || focus !== null || onlyNotMutual || hideIdle;
}

/**
 * Each wish takes away; together they leave what all of them leave. A node that is looked for keeps its lines and their other ends: a name alone says
 * nothing about who talks to whom. Namespaces stay: their locks speak of all their traffic, whatever is shown of it.
 */
export function toFiltered(graph: MeshGraph, filter: Filter): Filtered {
  if (!isFiltering(filter)) return { graph, hidden: { nodes: 0, edges: 0, idle: 0 }, matches: null, foundLines: 0 };
  let { nodes, edges } = graph;
  let idle = 0;

  const matches = filter.search.trim() === "" ? null : toMatches(graph.nodes, filter.search);
  let foundLines = 0;
  if (matches !== null) {
    const found = new Set(matches.map(({ id }) => id));
    const lines = toMatchingLines(graph, filter.search);
    foundLines = edges.filter(({ id, source, target }) => lines.has(id) && !found.has(source) && !found.has(target)).length;
    ({ nodes, edges } = toNeighbourhood(nodes, edges, found, lines));
  }
  if (filter.focus !== null) ({ nodes, edges } = toNeighbourhood(nodes, edges, new Set([filter.focus])));
  if (filter.onlyNotMutual) {
    edges = edges.filter(isNotMutual);
    const ends = toEnds(edges);
    nodes = nodes.filter(({ id }) => ends.has(id));
  }
  if (filter.hideIdle) {
    edges = edges.filter((edge) => !isIdleEdge(edge));
    const ends = toEnds(edges);
    const busy = nodes.filter((node) => !node.idle || ends.has(node.id));
    idle = nodes.length - busy.length;
    nodes = busy;
  }

  const hidden = { nodes: graph.nodes.length - nodes.length, edges: graph.edges.length - edges.length, idle };
  if (hidden.nodes === 0 && hidden.edges === 0) return { graph, hidden, matches, foundLines };
  return { graph: { ...graph, nodes, edges, empty: nodes.length === 0 ? toNothingLeft(graph, filter) : graph.empty }, hidden, matches, foundLines };
}

/** Neither the window nor our own calls, refused ones included, have anything for it. */
export function isIdleEdge({ health, own, lock }: GraphEdge): boolean {
  return !(health.rate > 0) && own.served + own.failed + own.refused + lock.refused === 0;
}

/** Ordinary TLS is not mutual; a line that turned somebody away is shown although what it served was. */
function isNotMutual({ lock }: GraphEdge): boolean {
  return lock.state !== "mutual-tls" || lock.refused > 0;
}

function toEnds(edges: readonly GraphEdge[]): Set<string> {
  return new Set(edges.flatMap(({ source, target }) => [source, target]));
}

/** The nodes themselves, the lines at them and those wanted for themselves, and the other ends of both. */
function toNeighbourhood(
  nodes: GraphNode[],
  edges: GraphEdge[],
  ids: ReadonlySet<string>,
  lines: ReadonlySet<string> = NONE,
): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const near = edges.filter(({ id, source, target }) => ids.has(source) || ids.has(target) || lines.has(id));
  const ends = toEnds(near);
  return { nodes: nodes.filter(({ id }) => ids.has(id) || ends.has(id)), edges: near };
}

const NONE: ReadonlySet<string> = new Set();

function toNothingLeft(graph: MeshGraph, { search, focus, onlyNotMutual }: Filter): MeshGraph["empty"] {
  const next = "“Show all” above brings the rest back.";
  const text = search.trim();
  if (graph.nodes.length === 0) return graph.empty;
  if (text !== "" && toMatches(graph.nodes, text).length + toMatchingLines(graph, text).size === 0)
    return { cause: `Nothing here has “${text}” in its name or its state.`, next };
  if (focus !== null && !graph.nodes.some(({ id }) => id === focus)) return { cause: "The workload that was looked at is not in the picture now.", next };
  if (onlyNotMutual && graph.edges.length > 0 && !graph.edges.some(isNotMutual)) return { cause: "Every line of the picture is mutual TLS.", next };
  return { cause: "Nothing is left of the picture.", next };
}
