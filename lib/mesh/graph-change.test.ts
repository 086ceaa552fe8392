import { describe, expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import type { GraphEdge, GraphNode, MeshGraph } from "./graph";
import { applyGraphChange, toGraphChange } from "./graph-change";
import { NOW, refusedCall } from "./testdata/edge";
import { CHAIN, lab, NODES, seen } from "./testdata/graph";

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const BASE = copy(assembleGraph(lab({ observed: seen(NODES, CHAIN) })));

/** As a page gets it: the change as JSON. */
function roundTrip(before: MeshGraph, after: MeshGraph): MeshGraph {
  const change = toGraphChange(before, after);
  if (change === null) throw new Error("There is no change to send");
  return applyGraphChange(before, copy(change));
}

test("nothing changed: nothing is sent", () => {
  expect(toGraphChange(BASE, copy(BASE))).toEqual({});
});

test("a call of ours changes its own line and its ends, and the rest stays the same object", () => {
  const after = copy(assembleGraph(lab({ observed: seen(NODES, CHAIN), calls: [refusedCall(5)] })));
  expect(after).not.toEqual(BASE);
  const change = toGraphChange(BASE, after);
  const changed = new Set([...(change?.nodes?.set ?? []), ...(change?.edges?.set ?? [])].map(({ id }) => id));
  expect(changed.size).toBeGreaterThan(0);
  expect(changed.size).toBeLessThan(BASE.nodes.length + BASE.edges.length);
  const applied = roundTrip(BASE, after);
  expect(applied).toEqual(after);
  for (const list of ["nodes", "edges"] as const) {
    for (const item of applied[list]) {
      const before = (BASE[list] as (GraphNode | GraphEdge)[]).find(({ id }) => id === item.id);
      expect(item === before, item.id).toBe(before !== undefined && !changed.has(item.id));
    }
  }
});

test("a list in which nothing changed stays the same list", () => {
  const after = { ...copy(BASE), windowSeconds: BASE.windowSeconds + 60 };
  const applied = roundTrip(BASE, after);
  expect(toGraphChange(BASE, after)).toEqual({ rest: { windowSeconds: after.windowSeconds } });
  expect(applied).toEqual(after);
  expect(applied.nodes).toBe(BASE.nodes);
  expect(applied.edges).toBe(BASE.edges);
});

test("what is no longer there goes, what is new comes, and another order is kept", () => {
  const after = copy(BASE);
  const [first, ...others] = after.nodes;
  if (!first) throw new Error("The graph has no nodes");
  after.nodes = [...others.slice(1).reverse(), { ...first, id: "new", name: "new" }, first];
  expect(roundTrip(BASE, after)).toEqual(after);
});

test("an id that stands for two things cannot be told apart: the whole is needed", () => {
  const [first] = BASE.nodes;
  const doubled = { ...BASE, nodes: [...BASE.nodes, ...(first ? [first] : [])] };
  expect(toGraphChange(BASE, doubled)).toBeNull();
  expect(toGraphChange(doubled, BASE)).toBeNull();
});

test("hostile ids are ids like others", () => {
  const [node, line] = [BASE.nodes[0], BASE.edges[0]];
  if (!node || !line) throw new Error("The graph is empty");
  const hostile = ["__proto__", "constructor", "hasOwnProperty", "#a .b[c]", ""];
  const before = { ...BASE, nodes: hostile.map((id) => ({ ...node, id })), edges: hostile.map((id) => ({ ...line, id })) };
  const after = copy(before);
  for (const each of after.edges) each.health = { ...each.health, rate: each.health.rate + 1, codes: JSON.parse('{"__proto__": 3}') };
  after.nodes.splice(0, 2);
  expect(roundTrip(before, after)).toEqual(after);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

describe("any two graphs", () => {
  /** Mulberry32: the same numbers in every run. */
  function createDice(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  function toRandomGraph(dice: () => number): MeshGraph {
    const pick = <T>(items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T;
    const ids = Array.from({ length: 12 }, (_, index) => `w${index}`).filter(() => dice() < 0.7);
    const shuffled = dice() < 0.3 ? ids.toSorted(() => dice() - 0.5) : ids;
    return {
      ...BASE,
      windowSeconds: pick([60, 300]),
      observedAt: pick([null, NOW, NOW - 5000]),
      omitted: dice() < 0.2 ? ["2 edges to nowhere"] : [],
      nodes: shuffled.map((id) => ({ ...(BASE.nodes[0] as GraphNode), id, name: id, idle: dice() < 0.2, rateIn: Math.floor(dice() * 3) })),
      edges: shuffled
        .filter(() => dice() < 0.8)
        .map((id) => ({ ...(BASE.edges[0] as GraphEdge), id: `e${id}`, responseTimeMs: pick([null, 1, 2]), protocol: pick(["http", "tcp"] as const) })),
    };
  }

  test("the change from one to the other, applied to the one, gives the other", () => {
    const dice = createDice(20261124);
    let kept = toRandomGraph(dice);
    for (let turn = 0; turn < 500; turn++) {
      const next = copy(toRandomGraph(dice));
      const applied = roundTrip(kept, next);
      expect(applied).toEqual(next);
      kept = applied;
    }
  });
});
