import { expect, test } from "vitest";
import type { Call } from "@/lib/mesh/calls";
import type { MeshGraph } from "@/lib/mesh/graph";
import { toEdgeLatency, toHistogram, toHistogramWords, toLatencyFigures } from "./edge-latency";

const node = (id: string, over = {}) => ({
  id,
  kind: "workload",
  namespace: id.split("/")[0],
  name: id.split("/")[1],
  title: id.split("/")[1],
  version: null,
  isGateway: false,
  ...over,
});
const line = (source: string, target: string) => ({ id: `${source}->${target}`, source, target, kind: "mesh", lock: { state: "not-measured" } });
const graph = {
  nodes: [
    node("client", { kind: "client", namespace: null, name: "client" }),
    node("istio-system/gw", { isGateway: true }),
    node("lab/web"),
    node("lab/back"),
    node("default/sleep"),
  ],
  edges: [line("client", "istio-system/gw"), line("istio-system/gw", "lab/web"), line("lab/web", "lab/back"), line("default/sleep", "lab/web")],
} as unknown as MeshGraph;
const PATH = [
  { name: "web", code: 200, durationMs: 30 },
  { name: "back", code: 200, durationMs: 4 },
];
const call = (over: Partial<Call>) =>
  ({
    id: 1,
    caller: "gateway",
    callerName: "127.0.0.1",
    target: "lab/web",
    outcome: "served",
    encryption: "not-measured",
    latencyMs: 50,
    path: PATH,
    ...over,
  }) as Call;
const on = (source: string, target: string, calls: Call[]) => toEdgeLatency({ id: `${source}->${target}`, target }, calls, graph);

test("a call through the gateway is timed whole to the gateway, and behind it by what each service told of itself", () => {
  const calls = [call({})];
  expect(on("client", "istio-system/gw", calls)).toEqual({ values: [50], of: "call", unanswered: 0 });
  expect(on("istio-system/gw", "lab/web", calls)).toEqual({ values: [30], of: "service", unanswered: 0 });
  expect(on("lab/web", "lab/back", calls)).toEqual({ values: [4], of: "service", unanswered: 0 });
});

test("a pod's call is timed whole on its own line and on no other caller's", () => {
  const calls = [call({ caller: "without-sidecar", callerName: "default/sleep", latencyMs: 12 }), call({})];
  expect(on("default/sleep", "lab/web", calls)).toEqual({ values: [12], of: "call", unanswered: 0 });
  expect(on("lab/web", "lab/back", calls)?.values).toEqual([4, 4]);
});

test("who was turned away has no time, and a service that told none has none either", () => {
  const refused = call({ caller: "without-sidecar", callerName: "default/sleep", outcome: "refused", path: [], latencyMs: 3 });
  expect(on("default/sleep", "lab/web", [refused])).toEqual({ values: [], of: "call", unanswered: 1 });
  expect(on("lab/web", "lab/back", [refused])).toBeNull();
  const silent = call({ path: PATH.map((hop) => ({ ...hop, durationMs: null })) });
  expect(on("lab/web", "lab/back", [silent])).toEqual({ values: [], of: "service", unanswered: 1 });
});

test("without the person's side in the picture the first line behind the gateway is still the service's own time", () => {
  const alone = { ...graph, nodes: graph.nodes.filter(({ id }) => id !== "client") };
  expect(toEdgeLatency({ id: "istio-system/gw->lab/web", target: "lab/web" }, [call({})], alone)).toEqual({ values: [30], of: "service", unanswered: 0 });
});

test("figures are calls that were, and 95 % is said of twenty or more", () => {
  expect(toLatencyFigures([])).toBeNull();
  expect(toLatencyFigures([9, 1, 5])).toEqual({ count: 3, p50: 5, p95: null, max: 9 });
  expect(toLatencyFigures(Array.from({ length: 20 }, (_, index) => 20 - index))).toEqual({ count: 20, p50: 10, p95: 19, max: 20 });
});

test("bars go from the first that has something to the last, gaps included; their words leave the empty ones out", () => {
  const bins = toHistogram([3, 4, 25, 9_000]);
  expect([bins[0]?.from, bins.at(-1)?.from, bins.reduce((sum, { count }) => sum + count, 0)]).toEqual([2, 5000, 4]);
  expect(toHistogramWords(bins)).toBe("2 of 2–5 ms, 1 of 20–50 ms, 1 of 5000 ms or more");
  expect(toHistogram([])).toEqual([]);
  expect(toHistogram([10])).toEqual([{ from: 10, to: 20, count: 1 }]);
});
