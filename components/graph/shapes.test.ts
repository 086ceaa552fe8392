import { expect, test } from "vitest";
import type { MeshGraph } from "@/lib/mesh/graph";
import { applyGraphChange, toGraphChange } from "@/lib/mesh/graph-change";
import { arrangeQuickly } from "./arrange-quick";
import { toDiff } from "./element-diff";
import { toUnfolded } from "./groups";
import { layout } from "./layout";
import { type ModelOptions, toModel } from "./model";
import { createModelMemory } from "./model-memory";
import { createShaper } from "./shapes";
import { edge, labEdges, labMesh, lock, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";

const positions = layout(toRequest(toModel(labMesh(), { showLocks: true })), arrangeQuickly);

/** The pipeline of one stage, fed with one graph after the other. */
function createPipeline() {
  const memory = createModelMemory();
  const toShapes = createShaper(measureRoughly);
  return (graph: MeshGraph, options: Partial<ModelOptions> = {}, at = positions) => {
    const given = { showLocks: true, folded: toUnfolded(graph), ...options };
    const model = toModel(graph, given, memory);
    // Whatever is remembered, it is what would be made afresh.
    expect(model).toEqual(toModel(graph, given));
    const shapes = toShapes(model, at, screen, "right");
    expect(shapes).toEqual(createShaper(measureRoughly)(model, at, screen, "right"));
    return { model, shapes };
  };
}

function changed(graph: MeshGraph, edges: MeshGraph["edges"]): MeshGraph {
  const change = toGraphChange(graph, { ...graph, edges });
  if (change === null) throw new Error("There is no change");
  return applyGraphChange(graph, change);
}

test("a line that changed is made anew; all else is the same object through every stage", () => {
  const show = createPipeline();
  const graph = labMesh();
  const before = show(graph);
  const id = edge("sleep", "web-api").id;
  const after = show(
    changed(
      graph,
      labEdges().map((line) => (line.id === id ? { ...line, lock: lock("plaintext") } : line)),
    ),
  );
  expect(after.model.nodes.every((node, index) => node === before.model.nodes[index])).toBe(true);
  expect(after.model.edges.filter((line, index) => line !== before.model.edges[index]).map((line) => line.id)).toEqual([id]);
  expect(after.shapes.rects).toBe(before.shapes.rects);
  expect(after.shapes.paths).toBe(before.shapes.paths);
  const diff = toDiff(new Map(before.shapes.elements.map((spec) => [spec.id, spec])), after.shapes.elements);
  expect(diff).toMatchObject({ add: [], remove: [], update: [{ id: `e:${id}` }] });
});

test("a switch that changes how everything looks reaches what is remembered", () => {
  const show = createPipeline();
  const graph = labMesh();
  show(graph);
  expect(show(graph, { showLocks: false }).model.edges.map(({ plate }) => plate)).toEqual(labEdges().map(() => null));
  show(graph);
});

test("a node that is called for the first time, and a line that goes", () => {
  const show = createPipeline();
  const graph = labMesh();
  show(graph);
  const more = changed(graph, [...labEdges(), edge("recommendation", "sleep")]);
  const { shapes } = show(more);
  expect(shapes.paths.has("e:recommendation>sleep")).toBe(true);
  const fewer = show(changed(more, labEdges().slice(1)));
  expect(fewer.shapes.paths.has("e:you>gateway")).toBe(false);
});

test("a refusal fades with time, whatever is remembered of its line", () => {
  const show = createPipeline();
  const now = 1_700_000_000_000;
  const refused = {
    ...edge("naked", "web-api", { lock: lock("refused", { refused: 2 }) }),
    own: { served: 0, failed: 0, refused: 2, lastAt: now, lastServedAt: null, lastRefusedAt: now },
  };
  const graph = changed(
    labMesh(),
    labEdges().map((line) => (line.id === refused.id ? refused : line)),
  );
  const presenceAt = (ms: number) => show(graph, { now: now + ms }).model.edges.find(({ id }) => id === refused.id)?.presence;
  expect(presenceAt(0)).toBeGreaterThan(presenceAt(50_000) ?? 1);
});

test("what moved takes its lines with it", () => {
  const show = createPipeline();
  const graph = labMesh();
  const before = show(graph);
  const moved = new Map([...positions].map(([key, point]) => [key, key === "n:web-api" ? { x: point.x + 10, y: point.y } : point]));
  const after = show(graph, {}, moved);
  expect(after.shapes.rects).not.toBe(before.shapes.rects);
  expect(after.shapes.paths).not.toBe(before.shapes.paths);
});

test("of very many lines those without a mark have no arrowhead; one that is marked keeps its own", () => {
  const ends = Array.from({ length: 20 }, (_, index) => node(`w${index}`));
  const lines = ends.flatMap((from) => ends.filter((to) => to !== from).map((to) => edge(from.id, to.id)));
  const [first, ...others] = lines;
  const graph = mesh(ends, [{ ...(first as (typeof lines)[number]), lock: lock("plaintext") }, ...others]);
  const at = new Map(ends.map(({ id }, index) => [`n:${id}`, { x: (index % 5) * 300, y: Math.floor(index / 5) * 200 }]));
  const classes = createPipeline()(graph, {}, at).shapes.elements.flatMap((spec) => (spec.group === "edges" ? [spec.classes.split(" ")] : []));
  expect(classes.length).toBe(380);
  expect(classes.filter((names) => !names.includes("blunt")).length).toBe(1);
  expect(classes[0]).not.toContain("blunt");
});
