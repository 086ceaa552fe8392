import { describe, expect, test } from "vitest";
import { arrangeWithDagre } from "./arrange-dagre";
import { type Rect, toPaths, toRects } from "./geometry";
import { layout } from "./layout";
import { toFramePad, toNodeSize } from "./metrics";
import { type GraphModel, toModel } from "./model";
import { placeNew } from "./positions";
import { toSight } from "./sight";
import { edge, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";

const names = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`);
const calledByOne = (count: number) =>
  toModel(
    mesh(
      ["web", ...names(count)].map((name) => node(name)),
      names(count).map((name) => edge("web", name)),
    ),
    { showLocks: true },
  );

describe("in sight", () => {
  const size = { width: 100, height: 50 };
  const at = (x: number, y: number): Rect => ({ x, y, ...size });
  /** web calls shop, and something new; lonely has no lines. */
  const present = new Map([
    ["n:web", at(0, 0)],
    ["n:shop", at(500, 0)],
    ["n:lonely", at(0, 200)],
  ]);
  const model = toModel(mesh([node("web"), node("shop"), node("new"), node("lonely")], [edge("web", "shop"), edge("web", "new")]), { showLocks: true });
  const isInSight = toSight("n:new", size, present, model.edges);

  test("is what stands in nobody's way and has nobody in its own", () => {
    expect(isInSight({ x: 250, y: 200 })).toBe(true);
    expect(isInSight({ x: 250, y: 10 }), "on the line from web to shop").toBe(false);
    expect(isInSight({ x: 750, y: 10 }), "behind shop").toBe(false);
    expect(isInSight({ x: 0, y: 400 }), "behind what has no lines").toBe(false);
  });

  test("is everything for what has no lines", () => {
    expect(toSight("n:lonely", size, present, model.edges)({ x: 250, y: 0 })).toBe(true);
  });

  test("is everything among so many lines that they pass behind boxes anyhow", () => {
    const stands = new Map([
      ["n:web", at(0, 0)],
      ["n:w0", at(500, 0)],
    ]);
    const isSeen = (count: number) => toSight("n:w7", size, stands, calledByOne(count).edges)({ x: 250, y: 0 });
    expect(isSeen(201)).toBe(true);
    expect(isSeen(12)).toBe(false);
  });
});

test.each([5, 8, 12, 20])("more neighbours of one that has %i bend no line, and move nobody", (count) => {
  const before = layout(toRequest(calledByOne(count)), arrangeWithDagre);
  const model: GraphModel = calledByOne(count + 2);
  const sizes = new Map(model.nodes.map((item) => [item.key, toNodeSize(item, screen, measureRoughly)]));
  const rest = { pad: toFramePad(screen, "right"), direction: "right", along: screen.along, across: screen.across, view: null } as const;
  const after = placeNew(before, [`n:w${count}`, `n:w${count + 1}`], { model, sizes, minWidths: new Map(), ...rest });
  for (const [key, point] of before) expect(after.get(key)).toEqual(point);
  expect([...toPaths(model.edges, toRects(after, sizes)).values()].filter(({ kind }) => kind !== "straight")).toEqual([]);
});
