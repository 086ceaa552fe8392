import type { GraphEdge, GraphNode, MeshGraph } from "./graph";

/** What turns one graph into the next: of a thousand nodes mostly a handful. A field that is absent did not change. */
export interface GraphChange {
  nodes?: ListChange<GraphNode>;
  edges?: ListChange<GraphEdge>;
  /** Everything else of the graph, each part whole. */
  rest?: Partial<Omit<MeshGraph, "nodes" | "edges">>;
}

export interface ListChange<Item> {
  /** Items that are new or not what they were, whole; new ones come last, in this order. */
  set: Item[];
  /** Ids that are gone. */
  removed: string[];
  /** Ids in their order; absent when they stand as they stood, without the removed and with the new ones at the end. */
  order?: string[];
}

interface Identified {
  id: string;
}

/** @returns null where ids are not unique: then only the whole graph says what is meant */
export function toGraphChange(before: MeshGraph, after: MeshGraph): GraphChange | null {
  const { nodes: nodesBefore, edges: edgesBefore, ...restBefore } = before;
  const { nodes: nodesAfter, edges: edgesAfter, ...restAfter } = after;
  const nodes = toListChange(nodesBefore, nodesAfter);
  const edges = toListChange(edgesBefore, edgesAfter);
  if (nodes === "ambiguous" || edges === "ambiguous") return null;
  const parts = Object.entries(restAfter).filter(([name, part]) => !isSame(restBefore[name as keyof typeof restBefore], part));
  return {
    ...(nodes && { nodes }),
    ...(edges && { edges }),
    ...(parts.length > 0 && { rest: Object.fromEntries(parts) }),
  };
}

/** The next graph. What did not change is the same object as before, so that whoever draws it can tell by looking at that alone. */
export function applyGraphChange(graph: MeshGraph, { nodes, edges, rest }: GraphChange): MeshGraph {
  return {
    ...graph,
    ...rest,
    nodes: nodes ? applyListChange(graph.nodes, nodes) : graph.nodes,
    edges: edges ? applyListChange(graph.edges, edges) : graph.edges,
  };
}

function toListChange<Item extends Identified>(before: readonly Item[], after: readonly Item[]): ListChange<Item> | null | "ambiguous" {
  const old = new Map(before.map((item) => [item.id, item]));
  const next = new Set(after.map(({ id }) => id));
  if (old.size < before.length || next.size < after.length) return "ambiguous";
  const set = after.filter((item) => !isSame(old.get(item.id), item));
  const removed = before.flatMap(({ id }) => (next.has(id) ? [] : [id]));
  const change: ListChange<Item> = { set, removed };
  const inPlace = applyListChange(before, change);
  const isInOrder = inPlace.every(({ id }, index) => id === after[index]?.id);
  if (!isInOrder) change.order = after.map(({ id }) => id);
  return isInOrder && set.length + removed.length === 0 ? null : change;
}

function applyListChange<Item extends Identified>(before: readonly Item[], { set, removed, order }: ListChange<Item>): Item[] {
  const items = new Map(before.map((item) => [item.id, item]));
  for (const id of removed) items.delete(id);
  for (const item of set) items.set(item.id, item);
  return order ? order.flatMap((id) => items.get(id) ?? []) : [...items.values()];
}

/** As JSON sees them: a field that is undefined is none. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  let fields = 0;
  for (const name of Object.keys(a) as (keyof typeof a)[]) {
    if (a[name] === undefined) continue;
    fields++;
    if (!Object.hasOwn(b, name) || !isSame(a[name], b[name])) return false;
  }
  for (const name of Object.keys(b) as (keyof typeof b)[]) if (b[name] !== undefined) fields--;
  return fields === 0;
}
