import { expect, test } from "vitest";
import { arrangeWithDagre } from "./arrange-dagre";
import { toBoxSizes } from "./arranger";
import { isOverlappingRect, toRects } from "./geometry";
import { toFolded } from "./groups";
import { layout } from "./layout";
import { toFramePad } from "./metrics";
import { toModel } from "./model";
import { toFrameRects } from "./positions";
import { edge, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";
import { toFoldedPlace, unfold } from "./unfold";

const TEAMS = ["a", "b", "c", "d"];
const nodes = TEAMS.flatMap((team) => Array.from({ length: 20 }, (_, index) => node(`${team}/${index}`, { name: `${team}-${index}`, namespace: team })));
const edges = TEAMS.slice(1).flatMap((team, index) => [edge(`${TEAMS[index]}/0`, `${team}/0`), edge(`${team}/0`, `${team}/1`)]);
const graph = mesh(nodes, edges, TEAMS);
const modelOf = (open: string[]) => {
  const folded = toFolded(graph, "auto", open);
  return toModel(folded.graph, { showLocks: true, folded });
};
const before = modelOf([]);
const known = layout(toRequest(before), arrangeWithDagre);
const opened = (model = modelOf(["group|b"])) => unfold(known, { model, metrics: screen, direction: "right", ...toBoxSizes(model, screen, measureRoughly) });

test("without a group that opens nothing changes, not even the object", () => {
  expect(opened(before)).toBe(known);
});

test("all members stand around the group's place, and nothing overlaps them or their frame", () => {
  const model = modelOf(["group|b"]);
  const positions = opened(model);
  const rects = toRects(positions, toBoxSizes(model, screen, measureRoughly).sizes);
  expect(rects.size).toBe(23);
  const all = [...rects.entries()];
  all.forEach(([key, rect], index) => {
    for (const [other, second] of all.slice(index + 1)) expect(isOverlappingRect(rect, second), `${key} over ${other}`).toBe(false);
  });
  const [frame] = [...toFrameRects(model.nodes, rects, new Map(), toFramePad(screen, "right")).values()];
  for (const team of ["a", "c", "d"]) {
    const rect = rects.get(`n:group|${team}`);
    expect(rect && frame && isOverlappingRect(rect, frame)).toBe(false);
  }
});

test("the others keep their order from left to right", () => {
  const order = (positions: typeof known) => ["a", "c", "d"].map((team) => positions.get(`n:group|${team}`)?.x ?? 0);
  const after = order(opened());
  expect(after).toEqual(after.toSorted((x, y) => x - y));
  expect(order(known)).toEqual(order(known).toSorted((x, y) => x - y));
  expect(after[1]).toBeGreaterThan(order(known)[1] ?? Infinity);
});

test("opened again it needs no more room than before", () => {
  const positions = new Map(opened());
  for (const { key, origin } of modelOf(["group|b"]).nodes) if (origin !== null) positions.delete(key);
  const model = modelOf(["group|b"]);
  const again = unfold(positions, { model, metrics: screen, direction: "right", ...toBoxSizes(model, screen, measureRoughly) });
  for (const team of ["a", "c", "d"]) expect(again.get(`n:group|${team}`)).toEqual(positions.get(`n:group|${team}`));
});

test("a group that closes stands amid its members", () => {
  const origins = new Map([
    ["x", "g"],
    ["y", "g"],
    ["z", "other"],
  ]);
  expect(
    toFoldedPlace(
      new Map([
        ["x", { x: 0, y: 0 }],
        ["y", { x: 10, y: 4 }],
        ["z", { x: 99, y: 99 }],
      ]),
      origins,
      "g",
    ),
  ).toEqual({ x: 5, y: 2 });
  expect(toFoldedPlace(new Map(), origins, "g")).toBeNull();
});
