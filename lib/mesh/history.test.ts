import { expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import type { GraphEdge } from "./graph";
import { addToHistory, type HistoryPoint, toHistoryPoint } from "./history";
import { PLAINTEXT, plaintextCall, refusedCall } from "./testdata/edge";
import { CHAIN, edge, lab, NODES, seen, UNKNOWN } from "./testdata/graph";
import { policy } from "./testdata/objects";

const line = (rate: number, mutualTlsPercent: number | null, over: Partial<GraphEdge> = {}) =>
  ({ kind: "mesh", protocol: "http", health: { rate, mutualTlsPercent, errorPercent: null, codes: {} }, ...over }) as GraphEdge;
const point = (at: number): HistoryPoint => ({ at, mutualTls: 0, plaintext: 0, notMeasured: 0 });

test("rates are shared out by what Kiali measured, and what it did not measure is neither", () =>
  expect(toHistoryPoint({ observedAt: 5, edges: [line(4, 75), line(2, 100), line(1, 0), line(3, null)] })).toEqual({
    at: 5,
    mutualTls: 5,
    plaintext: 2,
    notMeasured: 3,
  }));

test("bytes, the way to the gateway, and rates that are none stay out", () =>
  expect(
    toHistoryPoint({ observedAt: 5, edges: [line(9, 100, { protocol: "tcp" }), line(9, null, { kind: "one-way-tls" }), line(Number.NaN, 100), line(-1, 0)] }),
  ).toEqual(point(5)));

test("before Kiali's first answer there is no point, though own calls make lines", () =>
  expect(toHistoryPoint(assembleGraph(lab({ observed: null, calls: [plaintextCall(1)] })))).toBeNull());

test("the window's plaintext counts as seen, also when a fresh refusal already decides the lock", () => {
  const strict = policy({ namespace: "istioinaction", name: "default", mode: "STRICT" });
  const observed = seen([...NODES, UNKNOWN], [...CHAIN, edge(UNKNOWN.id, "istioinaction/web-api", { ...PLAINTEXT, rate: 0.5 })]);
  const graph = assembleGraph(lab({ observed, policies: [strict], calls: [refusedCall(1)] }));
  expect(toHistoryPoint(graph)).toMatchObject({ at: observed.receivedAt, plaintext: 0.5, notMeasured: 0 });
  expect(toHistoryPoint(graph)?.mutualTls).toBeCloseTo(CHAIN.reduce((sum, { rate }) => sum + rate, 0));
});

test("at most one point in ten seconds, and the same answer makes none", () => {
  const one = addToHistory([], { edges: [], observedAt: 100_000 });
  expect(one).toHaveLength(1);
  expect(addToHistory(one, { edges: [], observedAt: 100_000 })).toBe(one);
  expect(addToHistory(one, { edges: [], observedAt: 109_999 })).toBe(one);
  expect(addToHistory(one, { edges: [], observedAt: 110_000 }).map(({ at }) => at)).toEqual([100_000, 110_000]);
  expect(addToHistory(one, { edges: [], observedAt: null })).toBe(one);
});

test("a quarter of an hour is kept", () =>
  expect(addToHistory([point(0), point(10_000)], { edges: [], observedAt: 15 * 60_000 + 5_000 }).map(({ at }) => at)).toEqual([10_000, 905_000]));
