import { describe, expect, test } from "vitest";
import { arrangeWithDagre } from "./arrange-dagre";
import { isOverlappingRect, type Rect, toRects } from "./geometry";
import { layout } from "./layout";
import { toFramePad, toNodeSize } from "./metrics";
import { type GraphModel, toModel } from "./model";
import { type Arrangement, decide, type Placing, placeNew, toFrameRects, toTouched } from "./positions";
import { edge, labEdges, labMesh, labNodes, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";

const shown = { showLocks: true };
const pad = toFramePad(screen, "right");

function arranged(model: GraphModel): Arrangement {
  return { subject: "lab", positions: layout(toRequest(model), arrangeWithDagre), settled: toTouched(model) };
}

function placing(model: GraphModel, view: Rect | null = null): Placing {
  const sizes = new Map(model.nodes.map((item) => [item.key, toNodeSize(item, screen, measureRoughly)]));
  return { model, sizes, minWidths: new Map(), pad, direction: "right", along: screen.along, across: screen.across, view };
}

describe("what to do with a snapshot", () => {
  const lab = toModel(labMesh(), shown);

  test("the first one and another picture are laid out", () => {
    expect(decide(null, "lab", lab)).toEqual({ kind: "layout" });
    expect(decide(arranged(lab), "projector", lab)).toEqual({ kind: "layout" });
  });

  test("the same nodes keep their places, whatever the traffic does", () => {
    expect(decide(arranged(lab), "lab", toModel(mesh(labNodes(), labEdges().slice(0, 2)), shown))).toEqual({ kind: "keep" });
    expect(decide(arranged(lab), "lab", toModel(mesh(labNodes().slice(0, 4), []), shown))).toEqual({ kind: "keep" });
  });

  test("a new node is placed alone", () => {
    const more = toModel(mesh([...labNodes(), node("audit")], [...labEdges(), edge("recommendation", "audit")]), shown);
    expect(decide(arranged(lab), "lab", more)).toEqual({ kind: "place", keys: ["n:audit"] });
  });

  test("workloads that only waited get their layout with the first traffic, and later ones their place with their first edge", () => {
    const idle = toModel(mesh(labNodes(), []), shown);
    expect(decide(arranged(idle), "lab", lab)).toEqual({ kind: "layout" });
    const partly = toModel(mesh(labNodes(), labEdges().slice(0, 3)), shown);
    expect(decide(arranged(partly), "lab", lab)).toEqual({ kind: "place", keys: ["n:purchase-history", "n:sleep"] });
  });

  test("very many new ones are a new picture", () => {
    const crowd = Array.from({ length: 60 }, (_, index) => node(`x${index}`));
    expect(decide(arranged(lab), "lab", toModel(mesh([...labNodes(), ...crowd], labEdges()), shown))).toEqual({ kind: "layout" });
  });
});

describe("placing", () => {
  const before = arranged(toModel(labMesh(), shown)).positions;
  const more = toModel(
    mesh(
      [...labNodes(), node("audit"), node("curl", { namespace: "default", sidecar: "none", outside: true })],
      [...labEdges(), edge("recommendation", "audit"), edge("curl", "web-api")],
    ),
    shown,
  );
  const keys = ["n:audit", "n:curl"];

  test("moves nobody", () => {
    const after = placeNew(before, keys, placing(more));
    for (const [key, point] of before) expect(after.get(key)).toEqual(point);
    expect(after.size).toBe(before.size + 2);
  });

  test("covers nobody, and the frame still holds only its own", () => {
    const step = placing(more);
    const rects = toRects(placeNew(before, keys, step), step.sizes);
    const list = [...rects.values()];
    list.forEach((rect, index) => {
      for (const other of list.slice(index + 1)) expect(isOverlappingRect(rect, other)).toBe(false);
    });
    const frame = toFrameRects(more.nodes, rects, new Map(), pad).get("f:istioinaction") as Rect;
    for (const item of more.nodes) expect(isOverlappingRect(rects.get(item.key) as Rect, frame)).toBe(item.frame !== null);
  });

  test("what is called stands after its caller; a mere caller stays outside on the left", () => {
    const after = placeNew(before, keys, placing(more));
    expect(after.get("n:audit")?.x).toBeGreaterThan(before.get("n:recommendation")?.x ?? Infinity);
    expect(after.get("n:curl")?.x).toBeLessThan(before.get("n:web-api")?.x ?? 0);
  });

  test("a free place in view is taken before one out of sight", () => {
    const view: Rect = { x: 504, y: 260, width: 1008, height: 560 };
    const point = placeNew(before, keys, placing(more, view)).get("n:curl");
    const size = placing(more).sizes.get("n:curl") ?? { width: 0, height: 0 };
    expect(Math.abs((point?.x ?? Infinity) - view.x)).toBeLessThanOrEqual((view.width - size.width) / 2);
    expect(Math.abs((point?.y ?? Infinity) - view.y)).toBeLessThanOrEqual((view.height - size.height) / 2);
  });

  test("the same snapshot gives the same places", () => {
    expect([...placeNew(before, keys, placing(more))]).toEqual([...placeNew(before, keys, placing(more))]);
  });
});
