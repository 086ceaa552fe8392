import { describe, expect, test } from "vitest";
import { arrangeWithDagre } from "./arrange-dagre";
import { arrangeQuickly } from "./arrange-quick";
import { isOverlappingRect, type Rect, toRects } from "./geometry";
import { type Arrange, layout, type Point, type Positions } from "./layout";
import { toFramePad, toNodeSize } from "./metrics";
import { type GraphModel, toModel } from "./model";
import { toFrameRects } from "./positions";
import { edge, labEdges, labMesh, labNodes, lock, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";

const shown = { showLocks: true };
const at = (positions: Positions, id: string): Point => positions.get(`n:${id}`) as Point;

function rectsOf(model: GraphModel, positions: Positions): Map<string, Rect> {
  return toRects(positions, new Map(model.nodes.map((item) => [item.key, toNodeSize(item, screen, measureRoughly)])));
}

function framesOf(model: GraphModel, positions: Positions): Map<string, Rect> {
  return toFrameRects(model.nodes, rectsOf(model, positions), new Map(), toFramePad(screen, "right"));
}

function expectNoOverlap(rects: Iterable<Rect>): void {
  const list = [...rects];
  list.forEach((rect, index) => {
    for (const other of list.slice(index + 1)) expect(isOverlappingRect(rect, other), `${JSON.stringify(rect)} over ${JSON.stringify(other)}`).toBe(false);
  });
}

const engines: [string, Arrange][] = [
  ["dagre", arrangeWithDagre],
  ["the quick ranking", arrangeQuickly],
];

describe.each(engines)("the lab by %s", (_name, arrange) => {
  const model = toModel(labMesh(), shown);
  const positions = layout(toRequest(model), arrange);

  test("gateway, web-api, recommendation and purchase-history stand on one row, left to right", () => {
    const row = ["gateway", "web-api", "recommendation", "purchase-history"].map((id) => at(positions, id));
    expect(new Set(row.map((point) => point.y)).size).toBe(1);
    expect(row.map((point) => point.x)).toEqual(row.map((point) => point.x).sort((a, b) => a - b));
  });

  test("the caller with sidecar stands above its target, the person above the gateway", () => {
    expect(at(positions, "sleep").x).toBe(at(positions, "web-api").x);
    expect(at(positions, "sleep").y).toBeLessThan(at(positions, "web-api").y - 100);
    expect(at(positions, "you").x).toBe(at(positions, "gateway").x);
    expect(at(positions, "you").y).toBeLessThan(at(positions, "gateway").y - 80);
  });

  test("the caller without sidecar stands below left, outside the frame", () => {
    const rects = rectsOf(model, positions);
    const frame = framesOf(model, positions).get("f:istioinaction") as Rect;
    const naked = rects.get("n:naked") as Rect;
    const gateway = rects.get("n:gateway") as Rect;
    expect(isOverlappingRect(naked, frame)).toBe(false);
    expect(isOverlappingRect(gateway, frame)).toBe(false);
    expect(naked.y).toBeGreaterThan(gateway.y + gateway.height);
    expect(naked.x - naked.width / 2).toBe(gateway.x - gateway.width / 2);
  });

  test("nothing overlaps, and it fits 1056 × 712 at full size", () => {
    expectNoOverlap(rectsOf(model, positions).values());
    const boxes = [...rectsOf(model, positions).values(), ...framesOf(model, positions).values()];
    const width = Math.max(...boxes.map((box) => box.x + box.width / 2)) - Math.min(...boxes.map((box) => box.x - box.width / 2));
    expect(width).toBeLessThanOrEqual(1010);
    expect(width).toBeGreaterThan(850);
  });

  test("the order in which nodes and edges come does not matter", () => {
    const request = toRequest(toModel(mesh(labNodes().reverse(), labEdges().reverse()), shown));
    expect([...layout(request, arrange)].sort()).toEqual([...positions].sort());
  });
});

test("on a narrow stage the row becomes a column with the gateway on top", () => {
  const model = toModel(labMesh(), shown);
  const positions = layout(toRequest(model, { direction: "down", room: { width: 366, height: 350 } }), arrangeWithDagre);
  const column = ["gateway", "web-api", "recommendation", "purchase-history"].map((id) => at(positions, id));
  expect(new Set(column.map((point) => point.x)).size).toBe(1);
  expect(column.map((point) => point.y)).toEqual(column.map((point) => point.y).sort((a, b) => a - b));
  expectNoOverlap(rectsOf(model, positions).values());
});

describe("callers on a narrow stage stand above each other, left of the gateway", () => {
  /** How many stand in each row. */
  const toRows = (more: number) => {
    const names = Array.from({ length: more }, (_, index) => `caller-${index}`);
    const nodes = [...labNodes(), ...names.map((name) => node(name, { namespace: "default", sidecar: "none", outside: true }))];
    const model = toModel(mesh(nodes, [...labEdges(), ...names.map((name) => edge(name, "web-api", { lock: lock("plaintext") }))]), shown);
    const positions = layout(toRequest(model, { direction: "down", room: { width: 366, height: 450 } }), arrangeWithDagre);
    expectNoOverlap(rectsOf(model, positions).values());
    const band = ["naked", ...names].map((id) => at(positions, id));
    for (const { x } of band) expect(x).toBeLessThan(at(positions, "gateway").x);
    const rows = band.map(({ y }) => y).toSorted((a, b) => b - a);
    return [...new Set(rows)].map((row) => rows.filter((y) => y === row).length);
  };

  test.each([
    [0, [1]],
    [1, [1, 1]],
    [2, [1, 1, 1]],
    [5, [2, 2, 2]],
    [8, [3, 3, 3]],
  ])("one and %d more", (more, rows) => {
    expect(toRows(more)).toEqual(rows);
  });
});

test("before any traffic the gateway and the person stand left of the frame, workloads wait in rows", () => {
  const model = toModel(mesh(labNodes(), []), shown);
  const positions = layout(toRequest(model), arrangeWithDagre);
  const frame = framesOf(model, positions).get("f:istioinaction") as Rect;
  for (const id of ["gateway", "you", "naked"]) expect(isOverlappingRect(rectsOf(model, positions).get(`n:${id}`) as Rect, frame)).toBe(false);
  expect(at(positions, "gateway").x).toBeLessThan(frame.x - frame.width / 2);
  expectNoOverlap(rectsOf(model, positions).values());
});

test("frames of several namespaces never overlap, nor does anything outside lie in one", () => {
  const names = ["a", "b", "c"];
  const nodes = names.flatMap((name) => [1, 2, 3].map((index) => node(`${name}${index}`, { namespace: name })));
  nodes.push(
    node("gw", { namespace: "istio-system", isGateway: true, outside: true }),
    node("stripe", { kind: "service", namespace: null, outside: true, sidecar: "unknown" }),
  );
  const edges = [
    edge("gw", "a1"),
    edge("a1", "a2"),
    edge("a2", "b1"),
    edge("b1", "b2"),
    edge("b2", "a3"),
    edge("b3", "c1"),
    edge("c1", "c2"),
    edge("c2", "stripe"),
    edge("c2", "a1"),
  ];
  const model = toModel(mesh(nodes, edges, names), shown);
  for (const [, arrange] of engines) {
    const positions = layout(toRequest(model), arrange);
    const frames = framesOf(model, positions);
    expectNoOverlap(frames.values());
    expectNoOverlap(rectsOf(model, positions).values());
    for (const id of ["gw", "stripe"]) expectNoOverlap([rectsOf(model, positions).get(`n:${id}`) as Rect, ...frames.values()]);
  }
});

test("self-calls, cycles, and names that are words of JavaScript have a place", () => {
  const ids = ["__proto__", "constructor", "a", "b", "c"];
  const model = toModel(
    mesh(
      ids.map((id) => node(id)),
      [edge("a", "a"), edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("__proto__", "constructor"), edge("constructor", "__proto__")],
    ),
    shown,
  );
  for (const [, arrange] of engines) {
    const positions = layout(toRequest(model), arrange);
    expect(positions.size).toBe(5);
    for (const point of positions.values()) expect(Number.isFinite(point.x + point.y)).toBe(true);
    expectNoOverlap(rectsOf(model, positions).values());
  }
});

test("no nodes, one node", () => {
  expect(layout(toRequest(toModel(mesh([], []), shown)), arrangeWithDagre).size).toBe(0);
  expect(layout(toRequest(toModel(mesh([node("a")], []), shown)), arrangeWithDagre).size).toBe(1);
});

test("5,000 nodes in a chain and 3,000 edges across 1,000: the quick ranking takes seconds at most", () => {
  const chain = Array.from({ length: 5000 }, (_, index) => node(`n${index}`));
  const wide = Array.from({ length: 1000 }, (_, index) => node(`w${index}`, { namespace: `team-${index % 12}` }));
  const wideEdges = Array.from({ length: 3000 }, (_, index) => edge(`w${(index * 7) % 1000}`, `w${(index * 13 + 1) % 1000}`, { id: String(index) }));
  const started = performance.now();
  const long = toModel(
    mesh(
      chain,
      chain.slice(1).map((item, index) => edge(`n${index}`, item.id)),
    ),
    shown,
  );
  expect(layout(toRequest(long), arrangeQuickly).size).toBe(5000);
  const model = toModel(
    mesh(
      wide,
      wideEdges,
      Array.from({ length: 12 }, (_, index) => `team-${index}`),
    ),
    shown,
  );
  expect(layout(toRequest(model), arrangeQuickly).size).toBe(1000);
  expect(performance.now() - started).toBeLessThan(8000);
});
