import type { GraphNode } from "@/lib/mesh/graph";

/** How many workloads become few things to look at. Pure; the same members give the same groups in whatever order they come. */
export type TreeItem = GraphNode | TreeGroup;

export interface TreeGroup {
  /** Starts with the id of what it is part of; no name of a cluster holds a bar, so it is nobody's id. */
  id: string;
  title: string;
  members: readonly GraphNode[];
  /** What it unfolds to. */
  items(): TreeItem[];
}

/** A namespace with more workloads than this unfolds to groups by the first words of their names. */
export const NODES_AT_MOST = 40;
/** More things than this at once are taken together by ranges of their names. */
const ITEMS_AT_MOST = 60;

export function isGroup(item: TreeItem): item is TreeGroup {
  return "members" in item;
}

export function toNamespaceGroup(namespace: string, members: readonly GraphNode[]): TreeGroup {
  const sorted = members.toSorted(compareNodes);
  const id = `group|${namespace}`;
  return { id, title: namespace, members: sorted, items: () => toItems(sorted, id, 1) };
}

function toItems(members: readonly GraphNode[], id: string, words: number): TreeItem[] {
  if (members.length <= NODES_AT_MOST) return [...members];
  const longest = Math.max(...members.map(({ name }) => toWords(name).length));
  let depth = words;
  let buckets = toBuckets(members, depth);
  // A word that all share tells nothing apart.
  while (buckets.size === 1 && depth < longest) buckets = toBuckets(members, ++depth);
  const items: TreeItem[] = [];
  for (const [start, bucket] of buckets) {
    const [first] = bucket;
    if (buckets.size === 1) items.push(...bucket);
    else if (bucket.length === 1 && first !== undefined) items.push(first);
    else items.push(toGroup(`${id}|${start}`, `${start}-*`, bucket, depth + 1));
  }
  return items.length <= ITEMS_AT_MOST ? items : toRanges(items, id, depth);
}

function toBuckets(members: readonly GraphNode[], words: number): Map<string, GraphNode[]> {
  const buckets = new Map<string, GraphNode[]>();
  for (const member of members) {
    const start = toStart(member.name, words);
    const bucket = buckets.get(start);
    if (bucket) bucket.push(member);
    else buckets.set(start, [member]);
  }
  return buckets;
}

function toRanges(items: readonly TreeItem[], id: string, words: number): TreeItem[] {
  const size = Math.max(NODES_AT_MOST, Math.ceil(items.length / ITEMS_AT_MOST));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => {
    const members = items.slice(index * size, (index + 1) * size).flatMap((item) => (isGroup(item) ? item.members : item));
    const [first, last] = [members[0]?.name ?? "", members.at(-1)?.name ?? ""];
    return toGroup(`${id}|${index}:${first}`, `${first} … ${last}`, members, words);
  });
}

function toGroup(id: string, title: string, members: readonly GraphNode[], words: number): TreeGroup {
  return { id, title, members, items: () => toItems(members, id, words) };
}

const toWords = (name: string): string[] => name.split("-");
const toStart = (name: string, words: number): string => toWords(name).slice(0, words).join("-");

function compareNodes(a: GraphNode, b: GraphNode): number {
  return compareText(a.name, b.name) || compareText(a.id, b.id);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
