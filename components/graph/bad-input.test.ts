import { describe, expect, test } from "vitest";
import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import { arrangeQuickly } from "./arrange-quick";
import { toBoxSizes } from "./arranger";
import { toElements } from "./elements";
import { toExplanations } from "./explain";
import { toSvg } from "./export-svg";
import { toPaths, toRects } from "./geometry";
import { toFolded, toUnfolded } from "./groups";
import { layout } from "./layout";
import { toModel } from "./model";
import { toMarks } from "./place-marks";
import { decide, toTouched } from "./positions";
import { edge, labMesh, lock, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";
import { toScene } from "./testdata/scene";
import { createTraffic, MAX_DOTS } from "./traffic";

/** The whole way from a snapshot to what is painted and saved, without a browser; throws where a stage breaks. */
function draw(graph: MeshGraph) {
  const folded = toFolded(graph, "auto", []);
  const model = toModel(folded.graph, { showLocks: true, folded, now: 1_700_000_030_000 });
  const scene = toScene(model);
  const elements = toElements(model, scene.rects, scene.frames, scene.paths);
  const plates = [0.1, 0.6, 1, 2].flatMap((zoom) => toMarks(scene, zoom, measureRoughly).plates);
  const traffic = createTraffic(84);
  traffic.setEdges(model.edges.flatMap(({ key, flow }) => (scene.paths.get(key) ? [{ key, flow, path: scene.paths.get(key) as never }] : [])));
  for (let step = 0; step < 50; step++) traffic.step(100);
  const caption = { lock: "mixed" as const, title: "t", facts: "f", time: "now" };
  return { model, scene, elements, plates, traffic, told: toExplanations(folded, 200), svg: toSvg(scene, caption, measureRoughly) };
}

/** No figure that would blank a canvas or void a document. */
function expectSound({ scene, elements, plates, svg }: ReturnType<typeof draw>): void {
  const rects = [...scene.rects.values(), ...scene.frames.values(), ...plates];
  for (const { x, y, width, height } of rects) for (const value of [x, y, width, height]) expect(Number.isFinite(value)).toBe(true);
  for (const path of scene.paths.values()) for (const value of [...path.xs, ...path.ys, path.length]) expect(Number.isFinite(value)).toBe(true);
  for (const { data } of elements) for (const value of Object.values(data)) expect(String(value)).not.toMatch(/NaN|Infinity/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
}

const one = (more: Partial<GraphEdge>) => mesh([node("a"), node("b")], [edge("a", "b", more)]);

describe("names", () => {
  const names: [string, string][] = [
    ["253 characters", "x".repeat(253)],
    ["right to left", "خدمة-الدفع"],
    ["a right-to-left override", "\u202egnp.exe"],
    ["markup", `<img src=x onerror="alert(1)"></text><script>`],
    ["a word of JavaScript", "__proto__"],
    ["an emoji and half of one", "😀\ud83d"],
    ["nothing", ""],
    ["a megabyte", "é".repeat(1_000_000)],
  ];

  test.each(names)("%s: drawn within its box, told and saved", (_what, name) => {
    const drawn = draw(
      mesh([node("a", { name, title: name, namespace: name, outside: false }), node("b", { subtitle: name })], [edge("a", "b")], [name, "istioinaction"]),
    );
    expectSound(drawn);
    expect(drawn.model.nodes).toHaveLength(2);
    for (const { width } of drawn.scene.rects.values()) expect(width).toBeLessThanOrEqual(screen.maxWidth);
    expect(drawn.svg).not.toMatch(/<img|<script/);
    expect(drawn.told[0]?.title.length).toBeLessThan(200);
  });

  test("two of one name in two clusters are two nodes", () => {
    const { model, scene } = draw(
      mesh(
        [node("east", { name: "api", title: "api", cluster: "east" }), node("west", { name: "api", title: "api", cluster: "west" })],
        [edge("east", "west")],
      ),
    );
    expect(model.nodes.map(({ title }) => title)).toEqual(["api", "api"]);
    expect(scene.paths.size).toBe(1);
  });
});

describe("figures", () => {
  test.each([0, -1, 1e6, 1e308, Number.NaN, Number.POSITIVE_INFINITY])("%d requests/s", (rate) => {
    const drawn = draw(one({ health: { rate, errorPercent: rate, codes: {} } }));
    expectSound(drawn);
    expect(drawn.traffic.count).toBeLessThanOrEqual(MAX_DOTS);
    expect(drawn.traffic.count > 0).toBe(rate > 0 && Number.isFinite(rate));
  });

  test("a share, a count and a time that are no numbers", () => {
    const own = { served: Number.NaN, failed: 0, refused: Number.NaN, lastAt: null, lastServedAt: null, lastRefusedAt: Number.NaN };
    expectSound(draw(one({ lock: lock("mixed", { percent: Number.NaN, refused: 3 }), own })));
  });
});

describe("shapes", () => {
  const ring = ["a", "b", "c"].map((id) => node(id));
  const shapes: [string, MeshGraph, number][] = [
    ["an edge to nowhere", mesh([node("a")], [edge("a", "gone"), edge("gone", "a")]), 0],
    ["a self-call", mesh([node("a")], [edge("a", "a")]), 1],
    ["a cycle", mesh(ring, [edge("a", "b"), edge("b", "c"), edge("c", "a")]), 3],
    ["both directions and doubles", mesh(ring, [edge("a", "b"), edge("b", "a"), edge("a", "b", { id: "again" })]), 3],
    [
      "everything to everything",
      mesh(
        ring,
        ring.flatMap((from) => ring.map((to) => edge(from.id, to.id))),
      ),
      9,
    ],
    ["no nodes", mesh([], []), 0],
    ["edges without nodes", mesh([], [edge("a", "b")]), 0],
    ["a node of a namespace that is not looked at", mesh([node("a", { namespace: "elsewhere" })], []), 0],
  ];
  test.each(shapes)("%s", (_what, graph, edges) => {
    const drawn = draw(graph);
    expectSound(drawn);
    expect(drawn.scene.paths.size).toBe(edges);
  });

  test("what is left out is counted, so that it can be said", () => {
    expect(draw(mesh([node("a"), node("a")], [edge("a", "gone")])).model.omitted).toBe(2);
  });
});

describe("5,000 workloads", () => {
  const nodes: GraphNode[] = Array.from({ length: 5000 }, (_, index) => node(`n${index}`, { name: `svc-${index}`, namespace: `team-${index % 50}` }));
  const edges = Array.from({ length: 10_000 }, (_, index) =>
    edge(`n${index % 5000}`, `n${(index * 7919 + 1) % 5000}`, { id: `e${index}`, lock: lock(index % 9 === 0 ? "plaintext" : "mutual-tls") }),
  );
  const graph = mesh(
    nodes,
    edges,
    Array.from({ length: 50 }, (_, index) => `team-${index}`),
  );

  test("fold to fifty groups that are drawn like any picture", () => {
    const drawn = draw({ ...graph, edges: edges.slice(0, 400) });
    expectSound(drawn);
    expect(drawn.model.nodes).toHaveLength(50);
    expect(new Set(drawn.model.nodes.map(({ look }) => look))).toEqual(new Set(["group"]));
  });

  test("unfolded by choice they still pass every stage in seconds", () => {
    const started = performance.now();
    const model = toModel(toUnfolded(graph).graph, { showLocks: true });
    const positions = layout(toRequest(model), arrangeQuickly);
    const { sizes } = toBoxSizes(model, screen, measureRoughly);
    const paths = toPaths(model.edges, toRects(positions, sizes));
    expect([positions.size, paths.size]).toEqual([5000, 10_000]);
    expect(decide({ subject: "s", positions, settled: toTouched(model) }, "s", model)).toEqual({ kind: "keep" });
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

test("the lab itself passes the same way", () => {
  const drawn = draw(labMesh());
  expectSound(drawn);
  for (const zoom of [0.6, 1, 2]) expect(toMarks(drawn.scene, zoom, measureRoughly).plates.filter(({ isCrowded }) => isCrowded)).toEqual([]);
});

test("up to 60 edges no lock is over a name, at the zoom at which the graph fits", () => {
  const chain = Array.from({ length: 16 }, (_, index) => node(`w${index}`, { title: `workload-${index}` }));
  const lines = chain
    .slice(1)
    .flatMap(({ id }, index) => [edge(`w${index}`, id), ...(index > 2 ? [edge(`w${index - 3}`, id, { lock: lock("mixed", { percent: 42 }) })] : [])]);
  const scene = toScene(toModel(mesh(chain, lines), { showLocks: true }));
  const { plates } = toMarks(scene, 0.6, measureRoughly);
  expect(plates).toHaveLength(lines.length);
  const covered = plates.filter((plate) =>
    [...scene.rects.values()].some(
      (rect) => Math.abs(plate.x - rect.x) < (plate.width + rect.width) / 2 && Math.abs(plate.y - rect.y) < (plate.height + rect.height) / 2,
    ),
  );
  expect(covered.map(({ key }) => key)).toEqual([]);
});
