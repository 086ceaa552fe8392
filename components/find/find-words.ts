import { formatCount } from "@/lib/mesh/figures";
import type { Filter, Filtered } from "./filter";

/** "3 idle hidden", "2 found · 5 workloads and 4 lines hidden": what the filters take away; null when they take nothing. */
export function toHiddenWords({ hidden, matches }: Pick<Filtered, "hidden" | "matches">): string | null {
  const others = hidden.nodes - hidden.idle;
  const gone = [
    hidden.idle > 0 ? `${hidden.idle} idle` : null,
    others > 0 ? formatCount(others, hidden.idle > 0 ? "other node" : "node") : null,
    hidden.edges > 0 ? formatCount(hidden.edges, "line") : null,
  ].filter((part) => part !== null);
  const words = gone.length === 0 ? null : `${gone.join(", ")} hidden`;
  if (matches === null) return words;
  const found = `${matches.length} found`;
  return words === null ? found : `${found} · ${words}`;
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
