import type { GraphNode, MeshGraph } from "@/lib/mesh/graph";
import { toFilteredRows, toLineRows, toLineText, toWorkloadText } from "../table/rows";

/** Longer than any name of a cluster. */
export const LONGEST_SEARCH = 253;

/**
 * Nodes with all words of the text in their name, title or namespace, whatever the letters' case; `namespace/name` finds one. After those, nodes with the words
 * in what is known of them: sidecar, policy, lock.
 * Best first: the whole name, then its start, then anywhere in it, then the namespace only, then the rest; equals by name.
 */
export function toMatches(nodes: readonly GraphNode[], text: string): GraphNode[] {
  const words = toPlain(text.slice(0, LONGEST_SEARCH)).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return nodes
    .flatMap((node) => {
      const rank = toRank(node, words);
      return rank === null ? [] : [{ node, rank }];
    })
    .toSorted((a, b) => a.rank - b.rank || compareText(a.node.name, b.node.name) || compareText(a.node.id, b.node.id))
    .map(({ node }) => node);
}

function toRank(node: GraphNode, words: readonly string[]): number | null {
  const [name, title] = [toPlain(node.name), toPlain(node.title)];
  const place = `${toPlain(node.namespace ?? "")}/${name}`;
  if (!words.every((word) => place.includes(word) || title.includes(word))) {
    const known = toPlain(toWorkloadText(node));
    return words.every((word) => known.includes(word)) ? 4 : null;
  }
  const text = words.join(" ");
  if (name === text || title === text || place === text) return 0;
  if (name.startsWith(text) || title.startsWith(text)) return 1;
  return words.every((word) => name.includes(word) || title.includes(word)) ? 2 : 3;
}

/** Ids of lines with all words of the text in what the table shows of them: names, protection, reason, protocol, codes. */
export function toMatchingLines(graph: MeshGraph, text: string): ReadonlySet<string> {
  const searched = text.slice(0, LONGEST_SEARCH);
  return new Set(searched.trim() === "" ? [] : toFilteredRows(toLineRows(graph), searched, toLineText).map(({ edge }) => edge.id));
}

const toPlain = (text: string): string => text.normalize("NFKC").toLowerCase();

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
