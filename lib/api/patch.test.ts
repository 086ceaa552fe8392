import { expect, test } from "vitest";
import { toGraphChange } from "@/lib/mesh/graph-change";
import { applyPatch, isNext } from "./patch";
import type { LiveState } from "./state";

const lock = { state: "not-measured" as const, percent: null, refused: 0, reason: null, evidence: [] };
const graph: LiveState["graph"] = {
  namespaces: [{ name: "istioinaction", policy: null, lock }],
  nodes: ["a", "b", "c"].map((id) => ({
    id,
    kind: "workload" as const,
    namespace: "istioinaction",
    name: id,
    version: null,
    title: id,
    subtitle: "",
    sidecar: "sidecar" as const,
    isGateway: false,
    outside: false,
    idle: true,
    policy: null,
    lock,
    rateIn: 0,
    rateOut: 0,
  })),
  edges: [],
  windowSeconds: 60,
  observedAt: null,
  omitted: [],
  empty: null,
};
const state = { clock: { now: 1, warning: null }, journal: [], graph } as unknown as LiveState;

test("sections replace sections; what no patch names stays the same object", () => {
  const next = applyPatch(state, { clock: { now: 2, warning: null } });
  expect(next).toEqual({ ...state, clock: { now: 2, warning: null } });
  expect(next.graph).toBe(state.graph);
});

test("a change of the graph is applied to the graph and leaves no trace of itself", () => {
  const after = { ...graph, nodes: graph.nodes.map((node) => (node.id === "b" ? { ...node, idle: false } : node)) };
  const graphChange = toGraphChange(graph, after);
  if (graphChange === null) throw new Error("There is no change");
  const next = applyPatch(state, { clock: { now: 2, warning: null }, graphChange });
  expect(next).toEqual({ ...state, clock: { now: 2, warning: null }, graph: after });
  expect(Object.keys(next)).not.toContain("graphChange");
  expect(next.graph.nodes[0]).toBe(graph.nodes[0]);
  expect(next.graph.nodes[1]).not.toBe(graph.nodes[1]);
});

test("ids that follow each other", () => {
  expect(isNext("abc-1.7", "abc-1.8")).toBe(true);
  expect(isNext("abc-1.9", "abc-1.10")).toBe(true);
});

test.each([
  ["abc-1.7", "abc-1.9"],
  ["abc-1.7", "abc-1.7"],
  ["abc-1.8", "abc-1.7"],
  ["abc-1.7", "abc-2.8"],
  ["", "abc-1.1"],
  ["abc-1.1", ""],
])("%j and %j do not", (before, after) => {
  expect(isNext(before, after)).toBe(false);
});
