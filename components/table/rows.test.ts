import { expect, test } from "vitest";
import type { GraphEdge, GraphNode } from "@/lib/mesh/graph";
import type { Lock, LockState } from "@/lib/mesh/lock";
import { LINE_COLUMNS, toFilteredRows, toLineRows, toLineText, toWorkloadRows, toWorkloadText } from "./rows";
import { parseSort, toSortedRows } from "./sort";

const lock = (state: LockState, over: Partial<Lock> = {}): Lock => ({ state, percent: null, refused: 0, reason: null, evidence: [], ...over });
const node = (name: string, over: Partial<GraphNode> = {}) =>
  ({
    id: name,
    kind: "workload",
    namespace: "lab",
    name,
    title: name,
    subtitle: "",
    sidecar: "sidecar",
    policy: null,
    lock: lock("mutual-tls"),
    rateIn: 1,
    rateOut: 0,
    ...over,
  }) as GraphNode;
const edge = (source: string, over: Partial<GraphEdge> = {}) =>
  ({
    id: source,
    source,
    target: "server",
    kind: "mesh",
    protocol: "http",
    lock: lock("mutual-tls"),
    health: { rate: 1, errorPercent: 0, codes: {} },
    own: { served: 0, failed: 0, refused: 0, lastAt: null, lastServedAt: null, lastRefusedAt: null },
    ...over,
  }) as GraphEdge;
const idle = { health: { rate: 0, errorPercent: null, codes: {} } };
const order = (edges: GraphEdge[]) => toLineRows({ nodes: [], edges }).map(({ edge: { id } }) => id);

test("gravest first: turned away, open, mixed by its share, not measured, closed, one way, idle", () =>
  expect(
    order([
      edge("idle", { ...idle, lock: lock("not-measured") }),
      edge("person", { kind: "one-way-tls", lock: lock("not-measured") }),
      edge("closed"),
      edge("closed-refused", { lock: lock("mutual-tls", { refused: 2 }) }),
      edge("unmeasured", { lock: lock("not-measured") }),
      edge("mixed-90", { lock: lock("mixed", { percent: 90 }) }),
      edge("mixed-10", { lock: lock("mixed", { percent: 10 }) }),
      edge("open", { lock: lock("plaintext") }),
      edge("away", { ...idle, lock: lock("refused", { refused: 4 }) }),
    ]),
  ).toEqual(["away", "open", "mixed-10", "mixed-90", "unmeasured", "closed-refused", "closed", "person", "idle"]));

test("a gateway that serves ordinary TLS is not among what nobody measured", () => {
  const gateway = node("gateway", { lock: lock("not-measured", { reason: { code: "one-way-tls", text: "" } }) });
  expect(toWorkloadRows({ nodes: [gateway, node("closed"), node("unmeasured", { lock: lock("not-measured") })] }).map(({ name }) => name)).toEqual([
    "unmeasured",
    "closed",
    "gateway",
  ]);
  expect(toWorkloadText(gateway)).toContain("TLS, one way");
});

test("equals stand by name, whatever order they came in", () => {
  const rows = (names: string[]) => toWorkloadRows({ nodes: names.map((name) => node(name)) }).map(({ name }) => name);
  expect(rows(["b", "a", "c"])).toEqual(["a", "b", "c"]);
  expect(rows(["c", "b", "a"])).toEqual(["a", "b", "c"]);
});

test("a turned-away line has no errors to sort by: nobody answered", () => {
  const rows = toLineRows({
    nodes: [],
    edges: [
      edge("away", { lock: lock("refused", { refused: 1 }), health: { rate: 0, errorPercent: 100, codes: {} } }),
      edge("ill", { health: { rate: 1, errorPercent: 50, codes: {} } }),
      edge("well"),
    ],
  });
  expect(toSortedRows(rows, LINE_COLUMNS, parseSort("-errors", LINE_COLUMNS)).map(({ edge: { id } }) => id)).toEqual(["ill", "well", "away"]);
});

test("rows are found by name, namespace, state, reason and code, all words at once", () => {
  const rows = toLineRows({
    nodes: [node("sleep", { namespace: "default", subtitle: "no sidecar" }), node("server")],
    edges: [
      edge("sleep", { lock: lock("plaintext", { reason: { code: "caller-without-sidecar", text: "The caller has no sidecar." } }) }),
      edge("other", { health: { rate: 1, errorPercent: 100, codes: { "503": 1 } } }),
    ],
  });
  const find = (text: string) => toFilteredRows(rows, text, toLineText).map(({ edge: { id } }) => id);
  expect([find("PLAINTEXT"), find("default server"), find("caller sidecar"), find("503"), find("plaintext 503"), find("  ")]).toEqual([
    ["sleep"],
    ["sleep"],
    ["sleep"],
    ["other"],
    [],
    ["sleep", "other"],
  ]);
});

test("workloads are found by what they are", () => {
  const rows = [node("a"), node("b", { sidecar: "none", lock: lock("refused", { refused: 3 }) })];
  expect(toFilteredRows(rows, "no sidecar", toWorkloadText).map(({ name }) => name)).toEqual(["b"]);
  expect(toFilteredRows(rows, "refused", toWorkloadText).map(({ name }) => name)).toEqual(["b"]);
});
