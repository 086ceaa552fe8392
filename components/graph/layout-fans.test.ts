import { describe, expect, test } from "vitest";
import type { GraphEdge, GraphNode } from "@/lib/mesh/graph";
import { arrangeWithDagre, toRowGap } from "./arrange-dagre";
import { arrangeQuickly } from "./arrange-quick";
import { isOverlappingRect, type Rect, toPaths, toRects } from "./geometry";
import { type Arrange, type LayoutRequest, layout, type Positions } from "./layout";
import { bendFans, type Fan, toFans } from "./layout-fans";
import { toFramePad, toNodeSize } from "./metrics";
import { type GraphModel, toModel } from "./model";
import { toFrameRects } from "./positions";
import { withRespacing } from "./respace";
import { edge, labMesh, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";
import { toBounds } from "./viewport";

const names = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`);
const gateway = node("gateway", { namespace: "istio-system", isGateway: true, outside: true });
const toGraph = (nodes: (GraphNode | string)[], edges: GraphEdge[]) =>
  toModel(
    mesh(
      nodes.map((item) => (typeof item === "string" ? node(item) : item)),
      edges,
    ),
    { showLocks: true },
  );

const calledByOne = (count: number) => toGraph([gateway, "web", ...names(count)], [edge("gateway", "web"), ...names(count).map((name) => edge("web", name))]);

const pictures: [string, GraphModel][] = [
  ["called by one", calledByOne(12)],
  ["calling one", toGraph(["ledger", "db", ...names(12)], [edge("ledger", "db"), ...names(12).map((name) => edge(name, "ledger"))])],
  [
    "called by the gateway",
    toGraph(
      [gateway, ...names(12)],
      names(12).map((name) => edge("gateway", name)),
    ),
  ],
];

const engines: [string, Arrange][] = [
  ["dagre", withRespacing(arrangeWithDagre, toRowGap)],
  ["the quick ranking", arrangeQuickly],
];

function rectsOf(model: GraphModel, positions: Positions): Map<string, Rect> {
  return toRects(positions, new Map(model.nodes.map((item) => [item.key, toNodeSize(item, screen, measureRoughly)])));
}

function zoomOf(model: GraphModel, positions: Positions, { room }: LayoutRequest): number {
  const rects = rectsOf(model, positions);
  const bounds = toBounds([...rects.values(), ...toFrameRects(model.nodes, rects, new Map(), toFramePad(screen, "right")).values()]);
  if (!bounds || !room) throw new Error("nothing stands there");
  return Math.min(1, room.width / (bounds.right - bounds.left), room.height / (bounds.bottom - bounds.top));
}

/** Different levels on which the fan's boxes stand. */
const toLevels = (positions: Positions, count: number) => new Set(names(count).map((name) => positions.get(`n:${name}`)?.y)).size;

function expectApart(model: GraphModel, positions: Positions): void {
  const list = [...rectsOf(model, positions).values()];
  for (const [index, rect] of list.entries()) expect(list.slice(index + 1).some((other) => isOverlappingRect(rect, other, 20))).toBe(false);
}

/** Nothing lies over another, and no line has to go around a box. */
function expectClear(model: GraphModel, positions: Positions): void {
  expectApart(model, positions);
  expect([...toPaths(model.edges, rectsOf(model, positions)).values()].filter(({ kind }) => kind !== "straight")).toEqual([]);
}

describe.each(engines)("by %s", (_engine, arrange) => {
  test.each(pictures)("twelve %s are seen half as large again as in a column, each by a straight line", (_name, model) => {
    const request = toRequest(model);
    const column = layout({ ...request, room: null }, arrange);
    const bent = layout(request, arrange);
    expect(toLevels(column, 12)).toBe(12);
    expect(toLevels(bent, 12)).toBeLessThanOrEqual(8);
    expect(zoomOf(model, bent, request)).toBeGreaterThan(1.5 * zoomOf(model, column, request));
    expectClear(model, bent);
  });

  test.each([8, 16, 24, 36])("of %i called by one none is hidden behind another", (count) => {
    const model = calledByOne(count);
    const positions = layout(toRequest(model), arrange);
    expect(toLevels(positions, count)).toBeLessThan(count);
    expectClear(model, positions);
  });

  test.each(["w0", "w5", "w9"])("what goes on stays where its own row begins (%s)", (on) => {
    const next = ["db", "cache", "mail"];
    const model = toGraph(["web", ...next, ...names(12)], [...next.map((name) => edge(on, name)), ...names(12).map((name) => edge("web", name))]);
    const positions = layout(toRequest(model), arrange);
    const at = (id: string) => positions.get(`n:${id}`) ?? { x: 0, y: 0 };
    expect(at(on).x).toBe(Math.max(...names(12).map((name) => at(name).x)));
    for (const name of next) expect(at(name).x).toBeGreaterThan(at(on).x);
    expect(new Set(names(12).map((name) => at(name).x)).size).toBeGreaterThan(1);
    expectClear(model, positions);
  });

  test("two that call a dozen each, and one that a dozen call beside one that calls a dozen, stand apart with all of theirs", () => {
    const lines = names(24).map((name, index) => edge(index < 12 ? "web" : "admin", name));
    const twoCall = toGraph([gateway, "web", "admin", ...names(24)], [edge("gateway", "web"), edge("gateway", "admin"), ...lines]);
    const chain = [edge("web", "a"), edge("a", "b"), edge("b", "end"), edge("ledger", "end")];
    const both = names(24).map((name, index) => (index < 12 ? edge("web", name) : edge(name, "ledger")));
    const oneCalls = toGraph(["web", "a", "b", "end", "ledger", ...names(24)], [...chain, ...both]);
    for (const model of [twoCall, oneCalls]) {
      const positions = layout(toRequest(model), arrange);
      expect(toLevels(positions, 24)).toBeLessThan(24);
      expectApart(model, positions);
    }
  });

  test("the order in which nodes and edges come does not matter", () => {
    const request = toRequest(calledByOne(12));
    const turned = { ...request, nodes: [...request.nodes].reverse(), edges: [...request.edges].reverse() };
    expect([...layout(turned, arrange)].sort()).toEqual([...layout(request, arrange)].sort());
  });
});

test("where breadth is not free, and where all fit below each other, the column stays", () => {
  const tall = toRequest(calledByOne(12), { room: { width: 500, height: 900 } });
  expect(toLevels(layout(tall, arrangeWithDagre), 12)).toBe(12);
  // Bent it would be larger, yet hardly.
  const nearly = toRequest(calledByOne(12), { room: { width: 400, height: 610 } });
  expect(toLevels(layout(nearly, arrangeWithDagre), 12)).toBe(12);
  expect(toLevels(layout(toRequest(calledByOne(5)), arrangeWithDagre), 5)).toBe(5);
  const high = toRequest(calledByOne(12), { room: { width: 1008, height: 1200 } });
  expect(toLevels(layout(high, arrangeWithDagre), 12)).toBe(12);
});

describe("a fan", () => {
  const fansOf = ({ nodes, edges }: GraphModel) => [
    ...toFans(
      toRequest({ nodes, edges, frames: [], subject: "", omitted: 0, security: true }).nodes,
      edges.map((item) => [item.source, item.target]),
    ),
  ];

  test("is all that have one neighbour, and the same, on the same side", () => {
    const fan = { hub: "n:web", side: "before" };
    expect(fansOf(calledByOne(6))).toEqual(names(6).map((name) => [`n:${name}`, fan]));
    expect(fansOf(pictures[1]?.[1] as GraphModel)).toEqual(names(12).map((name) => [`n:${name}`, { hub: "n:ledger", side: "after" }]));
  });

  test("is none of few, of those that call each other or answer by calls, nor anything in the lab", () => {
    expect(fansOf(calledByOne(5))).toEqual([]);
    const mutual = names(6).flatMap((name) => [edge("web", name), edge(name, "web")]);
    expect(fansOf(toGraph(["web", ...names(6)], mutual))).toEqual([]);
    const shared = names(6).flatMap((name) => [edge("web", name), edge("admin", name)]);
    expect(fansOf(toGraph(["web", "admin", ...names(6)], shared))).toEqual([]);
    const mixed = names(8).map((name, index) => (index % 2 === 0 ? edge("web", name) : edge(name, "web")));
    expect(fansOf(toGraph(["web", ...names(8)], mixed))).toEqual([]);
    expect(fansOf(toModel(labMesh(), { showLocks: true }))).toEqual([]);
  });

  test("may call itself, and lines to what is not drawn do not count", () => {
    const { nodes } = toRequest(calledByOne(6));
    const edges = names(6).flatMap((name): [string, string][] => [
      ["n:web", `n:${name}`],
      [`n:${name}`, `n:${name}`],
      [`n:${name}`, "n:gone"],
    ]);
    expect(toFans(nodes, edges).size).toBe(6);
  });
});

describe("a column of ten", () => {
  const web: Fan = { hub: "web", side: "before" };
  const ledger: Fan = { hub: "ledger", side: "after" };

  /** Bent as far as it may. @param toFan of the box at an index from the top @returns how far along each stands: the ten, `web` before and `ledger` after */
  function bend(toFan: (index: number) => Fan | undefined): { ten: number[]; web: number; ledger: number } {
    const ten = names(10).map((key, index) => ({ key, u: 300, v: index * 100, du: 100, dv: 50 }));
    const [first, last] = [
      { key: "web", u: 100, v: 450, du: 100, dv: 50 },
      { key: "ledger", u: 500, v: 450, du: 100, dv: 50 },
    ];
    const fans = new Map(names(10).flatMap((key, index) => [toFan(index) ?? []].flat().map((fan) => [key, fan] as const)));
    bendFans([first, ...ten, last], { fans, depth: 2 }, { along: 100, across: 100 });
    return { ten: ten.map(({ u }) => u), web: first.u, ledger: last.u };
  }

  test("moves away from the hub by what steps aside", () => {
    expect(bend(() => web)).toEqual({ web: 100, ten: [300, 460, 620, 620, 620, 620, 620, 620, 460, 300], ledger: 820 });
    expect(bend(() => ledger)).toEqual({ web: 100, ten: [620, 460, 300, 300, 300, 300, 300, 300, 460, 620], ledger: 820 });
  });

  test("keeps what is of no fan, or of another, and all behind it", () => {
    expect(bend((index) => (index === 1 || index === 9 ? undefined : web)).ten).toEqual([300, ...Array<number>(9).fill(460)]);
    expect(bend((index) => (index === 1 ? { hub: "admin", side: "before" } : web)).ten).toEqual([460, ...Array<number>(7).fill(620), 460, 300]);
  });

  test("with a fan at either end opens both ways", () => {
    expect(bend((index) => (index < 5 ? web : ledger))).toEqual({ web: 100, ten: [300, 460, 620, 620, 620, 620, 620, 620, 780, 940], ledger: 1140 });
  });
});
