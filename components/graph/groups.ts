import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import { toBundle } from "./bundle";
import { isGroup, type TreeGroup, type TreeItem, toNamespaceGroup } from "./group-tree";
import { toWorst, type Worst } from "./worst-lock";

/**
 * Before the first stage: what is too many to look at becomes groups, by namespace and then by the first words of the names. Each shows its worst lock and
 * unfolds in place. Pure. The table is not folded: it lists, and can be searched.
 */
export interface Group extends Worst {
  id: string;
  title: string;
  members: number;
  /** The namespace it stands for as a whole; null for a part of one. */
  namespace: string | null;
}

export interface Folded {
  /** The same object when nothing is folded. */
  graph: MeshGraph;
  /** The groups drawn, by their node's id. */
  groups: ReadonlyMap<string, Group>;
  /** Several lines drawn as one, by that one's id. */
  bundles: ReadonlyMap<string, Worst>;
  /** Where a node or line that is not drawn itself is drawn: id of group or bundle. */
  homes: ReadonlyMap<string, string>;
  /** Id of what is drawn → id of the unfolded group it came out of. */
  origins: ReadonlyMap<string, string>;
  /** Unfolded groups, outer before inner. */
  unfolded: readonly { id: string; title: string }[];
}

export type GroupsChoice = "auto" | "on" | "off";

/** Above this many workloads the picture folds by itself. */
export const FOLD_ABOVE = 60;

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

export function isFolding(graph: MeshGraph, choice: GroupsChoice): boolean {
  return choice === "on" || (choice === "auto" && isMany(graph));
}

function isMany(graph: MeshGraph): boolean {
  return graph.nodes.filter(canFold).length > FOLD_ABOVE;
}

/** Those that the story needs stay themselves: the person, the gateways, a caller nobody could name. */
function canFold(node: GraphNode): node is GraphNode & { namespace: string } {
  return (node.kind === "workload" || node.kind === "service") && !node.isGateway && node.namespace !== null;
}

/** The graph as it is. */
export function toUnfolded(graph: MeshGraph): Folded {
  return { graph, groups: NOTHING, bundles: NOTHING, homes: NOTHING, origins: NOTHING, unfolded: [] };
}

/** @param open ids of groups that are unfolded */
export function toFolded(graph: MeshGraph, choice: GroupsChoice, open: readonly string[]): Folded {
  if (!isFolding(graph, choice)) return toUnfolded(graph);
  const opened = new Set(open);
  const groups = new Map<string, Group>();
  const homes = new Map<string, string>();
  const origins = new Map<string, string>();
  const unfolded: { id: string; title: string }[] = [];
  const drawn: GraphNode[] = [];
  const serving = toServing(graph.edges);

  const walk = (items: readonly TreeItem[], origin: string | null, namespace: string | null): void => {
    for (const item of items) {
      if (origin !== null) origins.set(item.id, origin);
      if (!isGroup(item)) drawn.push(item);
      else if (opened.has(item.id)) {
        unfolded.push({ id: item.id, title: item.title });
        walk(item.items(), item.id, null);
      } else {
        const group = toGroup(item, namespace, serving);
        groups.set(item.id, group);
        for (const member of item.members) homes.set(member.id, item.id);
        drawn.push(toGroupNode(item, group));
      }
    }
  };

  const alone = toLoneFrame(graph);
  for (const root of toRoots(graph)) {
    if (!isGroup(root)) drawn.push(root);
    else if (root.title === alone) walk(root.items(), null, null);
    else walk([root], null, root.title);
  }
  const { edges, bundles } = foldEdges(graph.edges, homes);
  return { graph: { ...graph, nodes: drawn, edges }, groups, bundles, homes, origins, unfolded };
}

/** Ids of the groups to unfold so that a node is drawn itself; none when it is. */
export function toFoldPath(graph: MeshGraph, choice: GroupsChoice, id: string): string[] {
  if (!isFolding(graph, choice)) return [];
  const alone = toLoneFrame(graph);
  const path: string[] = [];
  let items: TreeItem[] = toRoots(graph);
  for (;;) {
    const home = items.find((item): item is TreeGroup => isGroup(item) && item.members.some((member) => member.id === id));
    if (home === undefined) return path;
    if (path.length > 0 || home.title !== alone) path.push(home.id);
    items = home.items();
    if (items.every((item) => !isGroup(item))) return path;
  }
}

/** Namespaces with several workloads as groups; what does not fold, as it is. */
function toRoots(graph: MeshGraph): TreeItem[] {
  const byNamespace = new Map<string, GraphNode[]>();
  const single: GraphNode[] = [];
  for (const node of graph.nodes) {
    if (!canFold(node)) {
      single.push(node);
      continue;
    }
    const members = byNamespace.get(node.namespace);
    if (members) members.push(node);
    else byNamespace.set(node.namespace, [node]);
  }
  const roots = [...byNamespace].map(
    ([namespace, members]): TreeItem => (members.length === 1 && members[0] ? members[0] : toNamespaceGroup(namespace, members)),
  );
  return [...single, ...roots];
}

/** Where one namespace is all that is looked at, folding it to one box would leave nothing to see: it starts unfolded when there is much in it. */
function toLoneFrame(graph: MeshGraph): string | null {
  const inhabited = new Set(graph.nodes.filter((node) => !node.outside).map(({ namespace }) => namespace));
  const frames = graph.namespaces.filter(({ name }) => inhabited.has(name));
  return frames.length === 1 && isMany(graph) ? (frames[0]?.name ?? null) : null;
}

function toServing(edges: readonly GraphEdge[]): Set<string> {
  return new Set(edges.filter(isBusy).map(({ target }) => target));
}

/** It carried something of the mesh: traffic of the window, or calls of our own, refused ones included. */
export function isBusy({ kind, health, own, lock }: GraphEdge): boolean {
  return kind === "mesh" && (health.rate > 0 || own.served + own.failed + own.refused + lock.refused > 0);
}

function toGroup({ id, title, members }: TreeGroup, namespace: string | null, serving: ReadonlySet<string>): Group {
  const worst = toWorst(
    members.map((member) => ({ lock: member.lock, idle: !serving.has(member.id) })),
    "workload",
  );
  return { ...worst, id, title, members: members.length, namespace };
}

function toGroupNode({ id, title, members }: TreeGroup, { lock, namespace }: Group): GraphNode {
  const [first] = members;
  return {
    id,
    kind: "workload",
    namespace: first?.namespace ?? null,
    name: title,
    version: null,
    title,
    subtitle: `${members.length} workloads`,
    sidecar: "unknown",
    isGateway: false,
    outside: namespace !== null || (first?.outside ?? true),
    idle: members.every((member) => member.idle),
    policy: null,
    lock,
    rateIn: sum(members.map(({ rateIn }) => rateIn)),
    rateOut: sum(members.map(({ rateOut }) => rateOut)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => (Number.isFinite(value) ? total + value : total), 0);
}

/** Lines inside a group go with it; several between the same two become one. A lone one keeps its id, and so its facts. */
function foldEdges(edges: readonly GraphEdge[], homes: Map<string, string>): { edges: GraphEdge[]; bundles: Map<string, Worst> } {
  const parallel = new Map<string, GraphEdge[]>();
  const kept: GraphEdge[] = [];
  for (const edge of edges) {
    const [source, target] = [homes.get(edge.source), homes.get(edge.target)];
    if (source === undefined && target === undefined) kept.push(edge);
    else if (source !== undefined && source === target) homes.set(edge.id, source);
    else {
      const moved = { ...edge, source: source ?? edge.source, target: target ?? edge.target };
      // Bytes and requests have no common rate.
      const key = JSON.stringify([moved.source, moved.target, edge.kind, edge.protocol === "tcp"]);
      const list = parallel.get(key);
      if (list) list.push(moved);
      else parallel.set(key, [moved]);
    }
  }
  const bundles = new Map<string, Worst>();
  for (const [key, list] of parallel) {
    const [first] = list;
    if (list.length === 1 && first) kept.push(first);
    else {
      const id = `bundle|${key}`;
      const worst = toWorst(
        list.map((edge) => ({ lock: edge.lock, idle: edge.kind === "mesh" && !isBusy(edge) })),
        "line",
      );
      bundles.set(id, worst);
      for (const edge of list) homes.set(edge.id, id);
      kept.push(toBundle(id, list, worst.lock));
    }
  }
  return { edges: kept, bundles };
}
