import { WINDOWS } from "@/lib/api/limits";

/** Everything a link restores: what is looked at and how. Kept in the query of the page's address. */
export interface ViewState {
  namespace: string;
  window: number;
  view: "graph" | "table";
  mode: "page" | "projector";
  /** Id of the selected node or edge. */
  selected: string | null;
  animation: boolean;
  security: boolean;
  /** What of the graph is shown, in picture and table alike. */
  search: string;
  /** Id of the node that is looked at with its neighbours. */
  focus: string | null;
  onlyNotMutual: boolean;
  hideIdle: boolean;
  /** Many workloads fold to groups: by their number, or as chosen. */
  groups: "auto" | "on" | "off";
  /** Ids of groups that were unfolded. */
  unfolded: readonly string[];
  /** Columns the table's lines and workloads are sorted by, `-` before it for downwards; empty = gravest first. */
  lineSort: string;
  workloadSort: string;
  /** null = fitted. */
  viewport: { zoom: number; x: number; y: number } | null;
}

export const DEFAULT_VIEW: ViewState = {
  namespace: "istioinaction",
  window: 60,
  view: "graph",
  mode: "page",
  selected: null,
  animation: true,
  security: true,
  search: "",
  focus: null,
  onlyNotMutual: false,
  hideIdle: false,
  groups: "auto",
  unfolded: [],
  lineSort: "",
  workloadSort: "",
  viewport: null,
};

/** An edge's id holds two names of up to 253 characters with their namespaces. */
const LONGEST_ID = 1000;

/** The longest name of a cluster has 253 characters. */
const LONGEST_SEARCH = 253;
const UNFOLDED_AT_MOST = 50;

const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What is missing or not of its form takes the default: a mangled link opens the page rather than an error. */
export function parseViewUrl(query: string): ViewState {
  const params = new URLSearchParams(query);
  const namespace = params.get("namespace") ?? "";
  const window = Number(params.get("window"));
  return {
    namespace: NAMESPACE.test(namespace) ? namespace : DEFAULT_VIEW.namespace,
    window: (WINDOWS as readonly number[]).includes(window) ? window : DEFAULT_VIEW.window,
    view: params.get("view") === "table" ? "table" : "graph",
    mode: params.get("mode") === "projector" ? "projector" : "page",
    selected: params.get("selected")?.slice(0, LONGEST_ID) || null,
    animation: params.get("animation") !== "off",
    security: params.get("security") !== "off",
    search: params.get("search")?.slice(0, LONGEST_SEARCH) ?? "",
    focus: params.get("focus")?.slice(0, LONGEST_ID) || null,
    onlyNotMutual: params.get("only") === "not-mutual-tls",
    hideIdle: params.get("idle") === "hidden",
    groups: params.get("groups") === "on" ? "on" : params.get("groups") === "off" ? "off" : "auto",
    unfolded: params
      .getAll("unfolded")
      .filter((id) => id !== "" && id.length <= LONGEST_ID)
      .slice(0, UNFOLDED_AT_MOST),
    lineSort: parseColumn(params.get("sort")),
    workloadSort: parseColumn(params.get("sort-workloads")),
    viewport: parseViewport(params.get("at")),
  };
}

/** Whether there is such a column the table knows. */
function parseColumn(text: string | null): string {
  return text !== null && /^-?[a-z]{1,20}$/.test(text) ? text : "";
}

function parseViewport(text: string | null): ViewState["viewport"] {
  const [zoom, x, y, more] = (text ?? "").split(",").map(Number);
  if (more !== undefined || zoom === undefined || x === undefined || y === undefined) return null;
  if (![zoom, x, y].every(Number.isFinite) || zoom < 0.05 || zoom > 10) return null;
  return { zoom, x, y };
}

/** @returns the query without `?`; defaults are left out, so that the plain address is the plain view */
export function toViewUrl(state: ViewState): string {
  const params = new URLSearchParams();
  if (state.namespace !== DEFAULT_VIEW.namespace) params.set("namespace", state.namespace);
  if (state.window !== DEFAULT_VIEW.window) params.set("window", String(state.window));
  if (state.view !== "graph") params.set("view", state.view);
  if (state.mode !== "page") params.set("mode", state.mode);
  if (state.selected !== null) params.set("selected", state.selected);
  if (!state.animation) params.set("animation", "off");
  if (!state.security) params.set("security", "off");
  if (state.search !== "") params.set("search", state.search);
  if (state.focus !== null) params.set("focus", state.focus);
  if (state.onlyNotMutual) params.set("only", "not-mutual-tls");
  if (state.hideIdle) params.set("idle", "hidden");
  if (state.groups !== "auto") params.set("groups", state.groups);
  for (const id of state.unfolded) params.append("unfolded", id);
  if (state.lineSort !== "") params.set("sort", state.lineSort);
  if (state.workloadSort !== "") params.set("sort-workloads", state.workloadSort);
  if (state.viewport !== null) params.set("at", [state.viewport.zoom.toFixed(3), state.viewport.x.toFixed(0), state.viewport.y.toFixed(0)].join(","));
  return params.toString();
}
