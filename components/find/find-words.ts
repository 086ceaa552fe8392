import { formatCount } from "@/lib/mesh/figures";
import type { MeshGraph } from "@/lib/mesh/graph";
import type { Filter, Filtered } from "./filter";

/** "3 idle hidden", "2 found · 5 workloads and 4 lines hidden": what the filters take away; null when they take nothing. */
export function toHiddenWords({ hidden, matches, foundLines }: Pick<Filtered, "hidden" | "matches" | "foundLines">): string | null {
  const others = hidden.nodes - hidden.idle;
  const gone = [
    hidden.idle > 0 ? `${hidden.idle} idle` : null,
    others > 0 ? formatCount(others, hidden.idle > 0 ? "other node" : "node") : null,
    hidden.edges > 0 ? formatCount(hidden.edges, "line") : null,
  ].filter((part) => part !== null);
  const words = gone.length === 0 ? null : `${gone.join(", ")} hidden`;
  if (matches === null) return words;
  const lines = foundLines === 0 ? null : formatCount(foundLines, "line");
  const found = `${[matches.length === 0 && lines !== null ? null : matches.length, lines].filter((part) => part !== null).join(" and ")} found`;
  return words === null ? found : `${found} · ${words}`;
}

/** So many lines for each box that none can be followed to its end. */
const THICKET = { lines: 60, perBox: 3 };

/** That a picture is too dense to follow, and what helps; null when it is not. */
export function toThicketWords({ nodes, edges }: Pick<MeshGraph, "nodes" | "edges">): string | null {
  if (edges.length <= THICKET.lines || edges.length < nodes.length * THICKET.perBox) return null;
  return `${formatCount(edges.length, "line")} are too many to follow: find one name, or show only what is not mutual TLS.`;
}

/** What is filtered, for a picture without the controls that say so. */
export function toFilterWords({ search, onlyNotMutual, hideIdle, focus }: Filter, focusName: string | null): string {
  return [
    search.trim() === "" ? null : `Search “${search.trim()}”`,
    focus === null ? null : `${focusName ?? "one workload"} and its neighbours`,
    onlyNotMutual ? "Only what is not mutual TLS" : null,
    hideIdle ? "Idle hidden" : null,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}
