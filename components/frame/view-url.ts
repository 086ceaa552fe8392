import { WINDOWS } from "@/lib/api/requests";

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
  viewport: null,
};

/** An edge's id holds two names of up to 253 characters with their namespaces. */
const LONGEST_ID = 1000;

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
    viewport: parseViewport(params.get("at")),
  };
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
  if (state.viewport !== null) params.set("at", [state.viewport.zoom.toFixed(3), state.viewport.x.toFixed(0), state.viewport.y.toFixed(0)].join(","));
  return params.toString();
}
