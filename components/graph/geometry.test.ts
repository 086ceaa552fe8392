import { expect, test } from "vitest";
import { type EdgePath, type Rect, toPath, toPaths, toPointAt } from "./geometry";
import { toModel } from "./model";
import { edge, mesh, node } from "./testdata/lab";

const box = (x: number, y: number): Rect => ({ x, y, width: 100, height: 40 });

function pathsOf(ids: [string, Rect][], edges: [string, string][]): Map<string, EdgePath> {
  const model = toModel(
    mesh(
      ids.map(([id]) => node(id)),
      edges.map(([source, target], index) => edge(source, target, { id: `${index}` })),
    ),
    { showLocks: true },
  );
  return toPaths(model.edges, new Map(ids.map(([id, rect]) => [`n:${id}`, rect])));
}

const path = (paths: Map<string, EdgePath>, id: number): EdgePath => paths.get(`e:${id}`) as EdgePath;

test("a line runs from border to border", () => {
  const straight = toPath(box(0, 0), box(300, 0), 0);
  expect([straight.kind, straight.start, straight.end, straight.length]).toEqual(["straight", { x: 50, y: 0 }, { x: 250, y: 0 }, 200]);
  const steep = toPath(box(0, 0), box(0, 200), 0);
  expect([steep.start, steep.end]).toEqual([
    { x: 0, y: 20 },
    { x: 0, y: 180 },
  ]);
});

test("points along a path, clamped to its ends", () => {
  const straight = toPath(box(0, 0), box(300, 0), 0);
  expect(toPointAt(straight, 50)).toEqual({ x: 100, y: 0 });
  expect(toPointAt(straight, -5)).toEqual({ x: 50, y: 0 });
  expect(toPointAt(straight, 1e9)).toEqual({ x: 250, y: 0 });
  const curve = toPath(box(0, 0), box(300, 0), 80);
  expect(curve.length).toBeGreaterThan(toPath(box(0, 0), box(300, 0), 0).length);
  // A quadratic passes half-way to its control point.
  expect(toPointAt(curve, curve.length / 2).y).toBeGreaterThan(35);
});

test("two ways between two nodes part", () => {
  const paths = pathsOf(
    [
      ["a", box(0, 0)],
      ["b", box(300, 0)],
    ],
    [
      ["a", "b"],
      ["b", "a"],
    ],
  );
  const [there, back] = [path(paths, 0), path(paths, 1)];
  const gap = toPointAt(there, there.length / 2).y - toPointAt(back, back.length / 2).y;
  expect(Math.abs(gap)).toBeGreaterThan(15);
});

test("a line does not run behind a third node: it goes around", () => {
  const paths = pathsOf(
    [
      ["a", box(0, 0)],
      ["b", box(200, 0)],
      ["c", box(400, 0)],
    ],
    [["a", "c"]],
  );
  const around = path(paths, 0);
  expect(around.kind).toBe("curve");
  for (let at = 0; at <= around.length; at += 2) {
    const point = toPointAt(around, at);
    expect(Math.abs(point.x - 200) < 50 && Math.abs(point.y) < 20).toBe(false);
  }
});

test("a self-call is a loop below its node", () => {
  const loop = path(pathsOf([["a", box(0, 0)]], [["a", "a"]]), 0);
  expect(loop.kind).toBe("loop");
  expect(Math.max(...loop.ys)).toBeGreaterThan(30);
  expect(Math.min(...loop.ys)).toBeGreaterThanOrEqual(20 - 1e-3);
});

test("nodes in one place give a finite line", () => {
  const flat = toPath(box(0, 0), box(0, 0), 0);
  expect(Number.isFinite(flat.length)).toBe(true);
});
