import { describe, expect, test } from "vitest";
import { LOCK_STATES, type LockState } from "@/lib/mesh/lock";
import { toFrameTitles } from "./frame-title";
import { isOverlappingRect, type Rect, toArrowRects } from "./geometry";
import { type GraphModel, toModel } from "./model";
import { toCorners, toNodePlates } from "./node-plates";
import { toMarks } from "./place-marks";
import { toLockSize } from "./plate-size";
import { edge, labEdges, labMesh, labNodes, lock, measureRoughly, mesh, node } from "./testdata/lab";
import { type StageRoom, toFitted } from "./testdata/scene";

/** The stages of the pages that are looked at: what their bars leave of them. */
const STAGES: Record<string, StageRoom> = {
  "desk 1440 × 900": { width: 1057, height: 610, size: "screen", direction: "right" },
  "desk 1280 × 720": { width: 897, height: 430, size: "screen", direction: "right" },
  "phone 390": { width: 390, height: 540, size: "screen", direction: "down" },
  "phone 360": { width: 360, height: 540, size: "screen", direction: "down" },
  "projector 1920 × 1080": { width: 1920, height: 760, size: "projector", direction: "right" },
  "projector 1280 × 720": { width: 1280, height: 470, size: "projector", direction: "right" },
};

function everywhere(state: LockState): GraphModel {
  const all = lock(state, { percent: state === "mixed" ? 83 : null, refused: state === "refused" ? 4 : 0 });
  const graph = labMesh();
  return toModel(
    {
      ...graph,
      namespaces: graph.namespaces.map((frame) => ({ ...frame, lock: all })),
      nodes: graph.nodes.map((item) => (item.outside ? item : { ...item, lock: all })),
      edges: graph.edges.map((item) => (item.kind === "mesh" ? { ...item, lock: all } : item)),
    },
    { showLocks: true },
  );
}

/** As the lab is in use: one caller in plaintext, and so web-api is mixed; or that caller turned away. */
function inUse(caller: LockState): GraphModel {
  const nodes = labNodes().map((item) =>
    item.id === "web-api" ? { ...item, lock: caller === "refused" ? lock("mutual-tls") : lock("mixed", { percent: 92 }) } : item,
  );
  const edges = labEdges().map((item) => (item.source === "naked" ? { ...item, lock: lock(caller, { refused: caller === "refused" ? 4 : 0 }) } : item));
  return toModel(mesh(nodes, edges), { showLocks: true });
}

/** Sixty lines, the most of which every lock is drawn: twelve services and their stores. */
function sixty(): GraphModel {
  const names = Array.from({ length: 12 }, (_, index) => `service-${index}`);
  const nodes = names.flatMap((name) => [node(name), node(`${name}-store`)]);
  const states = LOCK_STATES;
  const edges = Array.from({ length: 60 }, (_, index) => {
    const [source, far] = [index % 12, Math.floor(index / 12)];
    const state = states[index % states.length] ?? "mutual-tls";
    const target = far === 0 ? `service-${source}-store` : `service-${(source + far) % 12}`;
    return edge(`service-${source}`, target, { lock: lock(state, { percent: state === "mixed" ? 40 : null, refused: state === "refused" ? 12 : 0 }) });
  });
  return toModel(mesh(nodes, edges), { showLocks: true });
}

/** One of each mark at once: three callers of other namespaces beside the gateway, and a workload of every kind. */
function everyMark(): GraphModel {
  const nodes = [
    ...labNodes().map((item) => (item.isGateway ? { ...item, title: "istio-ingressgateway" } : item)),
    node("ambient", { sidecar: "ambient" }),
    node("idle", { idle: true, rateIn: 0 }),
    node("errors"),
    node("mixed", { lock: lock("mixed", { percent: 83 }) }),
    node("someone", { kind: "unidentified", namespace: null, title: "unidentified caller", subtitle: "", sidecar: "unknown", outside: true }),
    node("legacy", { namespace: "other", subtitle: "other · no sidecar", sidecar: "none", outside: true }),
  ];
  const edges = [
    ...labEdges(),
    edge("web-api", "ambient", { lock: lock("not-measured") }),
    edge("web-api", "idle", { lock: lock("not-measured"), health: { rate: 0, errorPercent: null, codes: {} } }),
    edge("ambient", "errors", { health: { rate: 1, errorPercent: 12, codes: { "503": 0.12, "200": 0.88 } } }),
    edge("ambient", "mixed", { lock: lock("mixed", { percent: 83 }) }),
    edge("someone", "web-api", { lock: lock("plaintext") }),
    edge("legacy", "mixed", { lock: lock("refused", { refused: 4 }) }),
  ];
  return toModel(mesh(nodes, edges), { showLocks: true });
}

function overlapping(plates: readonly Rect[], others: readonly Rect[]): number {
  return plates.filter((plate) => others.some((other) => other !== plate && isOverlappingRect(plate, other))).length;
}

describe.each(Object.entries(STAGES))("%s", (_, stage) => {
  const models: [string, GraphModel][] = [
    ...LOCK_STATES.map((state): [string, GraphModel] => [`${state} everywhere`, everywhere(state)]),
    ["a caller in plaintext", inUse("plaintext")],
    ["a caller turned away", inUse("refused")],
  ];

  test.each(models)("%s: no plate lies over a name, a title, an arrowhead or another plate, and none is cut off", (_name, model) => {
    const { scene, camera } = toFitted(model, stage);
    const { plates, corners } = toMarks(scene, camera.zoom, measureRoughly);
    expect(plates.map(({ key }) => key).toSorted()).toEqual(
      model.edges
        .filter(({ plate }) => plate !== null)
        .map(({ key }) => key)
        .toSorted(),
    );
    const names = [...scene.rects.values()];
    const arrows = toArrowRects(scene.paths.values(), scene.metrics.arrow);
    const titles = toFrameTitles(scene, camera.zoom, measureRoughly);
    expect(overlapping(plates, [...names, ...titles, ...arrows, ...corners, ...plates]), "plates of lines").toBe(0);
    expect(overlapping(corners, [...titles, ...arrows, ...corners]), "plates of workloads").toBe(0);
    for (const { x, y, width, height } of [...plates, ...corners]) {
      const [left, top] = [(x - width / 2) * camera.zoom + camera.pan.x, (y - height / 2) * camera.zoom + camera.pan.y];
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(left + width * camera.zoom).toBeLessThanOrEqual(stage.width);
      expect(top + height * camera.zoom).toBeLessThanOrEqual(stage.height);
    }
  });

  test("locks are as large as they have to be at the fitted zoom", () => {
    const { scene, camera } = toFitted(inUse("plaintext"), stage);
    expect(toLockSize(scene.metrics, camera.zoom)).toBeGreaterThanOrEqual(stage.size === "projector" ? 32 : 20);
  });
});

test.each(["desk 1440 × 900", "projector 1920 × 1080"])("sixty lines on %s: every lock is drawn, none over a name or a title", (name) => {
  const model = sixty();
  const { scene, camera } = toFitted(model, STAGES[name] as StageRoom);
  const { plates } = toMarks(scene, camera.zoom, measureRoughly);
  expect(plates).toHaveLength(60);
  expect(overlapping(plates, [...scene.rects.values(), ...toFrameTitles(scene, camera.zoom, measureRoughly)])).toBe(0);
  expect(overlapping(plates, plates)).toBe(0);
});

const NARROW: Record<string, StageRoom> = {
  "phone 390": { width: 390, height: 500, size: "screen", direction: "down" },
  "phone 360": { width: 360, height: 440, size: "screen", direction: "down" },
  "projector 390": { width: 390, height: 500, size: "projector", direction: "down" },
};

describe.each(Object.entries(NARROW))("on a narrow stage, %s", (_, stage) => {
  const models: [string, GraphModel, number][] = [
    ["the lab", inUse("plaintext"), 0],
    ["the lab, all mixed", everywhere("mixed"), 0],
    ["every mark at once", everyMark(), stage.size === "screen" ? 0 : 0.1],
    ["sixty lines", sixty(), stage.size === "screen" ? 0.6 : 1],
  ];

  // The last is how many of the names may have no place.
  test.each(models)("%s: names cover neither each other nor a lock nor a title, and keep from the edge", (_name, model, leftOut) => {
    const { scene, camera } = toFitted(model, stage);
    const { names, corners, plates } = toMarks(scene, camera.zoom, measureRoughly);
    // The boxes hold their names, or nothing can be read.
    if (names === null) return expect(leftOut === 1 || camera.zoom >= 0.6).toBe(true);
    expect(names.length).toBeGreaterThanOrEqual(model.nodes.length * (1 - leftOut));
    const titles = toFrameTitles(scene, camera.zoom, measureRoughly);
    expect(overlapping(names, names)).toBe(0);
    // All around letters a name has a rim.
    const letters = names.map((name) => ({ ...name, width: name.width - name.height / 4, height: name.height * 0.75 }));
    expect(overlapping(plates, [...letters, ...titles])).toBe(0);
    expect(overlapping(corners, [...letters, ...titles])).toBe(0);
    for (const { x, width, text } of names) {
      const left = (x - width / 2) * camera.zoom + camera.pan.x;
      expect(left, text).toBeGreaterThan(4);
      expect(left + width * camera.zoom, text).toBeLessThan(stage.width - 4);
    }
  });
});

test.each(Object.entries(NARROW))("one that calls twelve, %s: nothing covers the frame's title, and the stage shows all of it", (_, stage) => {
  const others = Array.from({ length: 12 }, (_, index) => node(`service-${index}`));
  const model = toModel(
    mesh(
      [node("web"), ...others],
      others.map(({ id }) => edge("web", id)),
    ),
    { showLocks: true },
  );
  const { scene, camera } = toFitted(model, { ...stage, direction: "right" });
  const { names, corners, plates } = toMarks(scene, camera.zoom, measureRoughly);
  const titles = toFrameTitles(scene, camera.zoom, measureRoughly);
  expect(titles).toHaveLength(1);
  expect(overlapping(titles, [...(names ?? []), ...corners, ...plates, ...scene.rects.values()])).toBe(0);
  for (const { y, height } of titles) expect((y - height / 2) * camera.zoom + camera.pan.y).toBeGreaterThan(4);
});

test("the lab's names are whole on a phone and on a narrow projector", () => {
  for (const stage of Object.values(NARROW)) {
    const { scene, camera } = toFitted(inUse("plaintext"), stage);
    const { names } = toMarks(scene, camera.zoom, measureRoughly);
    for (const { key, text } of names ?? []) expect(text).toBe(scene.model.nodes.find((item) => item.key === key)?.title);
  }
});

describe("a lock on its node's corner", () => {
  const rect = (x: number, y: number): Rect => ({ x, y, width: 120, height: 58 });
  /** One workload whose upper right corner is free for a lock alone, and another so near above that a number beside it touches that one's edge. */
  const place = (state: LockState, above: Rect, kept?: ReadonlyMap<string, number>) => {
    const nodes = [
      node("api", { lock: lock(state, { percent: state === "mixed" ? 83 : null }) }),
      node("above", { sidecar: "unknown", lock: lock("not-measured") }),
    ];
    const { scene } = toFitted(toModel(mesh([...nodes, node("caller", { sidecar: "none" })], [edge("caller", "api")]), { showLocks: true }), {
      width: 1057,
      height: 610,
      size: "screen",
      direction: "right",
    });
    const rects = new Map([
      ["n:api", rect(0, 0)],
      ["n:above", above],
    ]);
    const plates = toNodePlates({ ...scene, rects, frames: new Map(), paths: new Map() }, 1, measureRoughly, kept);
    return plates.find((plate) => plate.node.id === "api") ?? expect.fail("it has no lock");
  };
  const far = rect(400, 400);
  const grown = place("mixed", far);
  const touched = rect(grown.x + grown.width / 2 + 60 - 5, grown.y - 20);
  const hidden = rect(90, -50);

  test("stays in its corner when its number needs more room, though it touches another box's edge", () => {
    const kept = toCorners([place("mutual-tls", far)]);
    expect(kept.get("n:api")).toBe(0);
    expect(place("mixed", touched, kept).corner).toBe(0);
    // It would not have chosen it.
    expect(place("mixed", touched).corner).not.toBe(0);
  });

  test("leaves it for another box's name", () => {
    expect(place("mixed", hidden, toCorners([place("mutual-tls", far)])).corner).not.toBe(0);
  });

  test("keeps a corner that is not the first, when the first becomes free again", () => {
    const kept = toCorners([place("mixed", hidden)]);
    expect(place("mutual-tls", far, kept).corner).toBe(kept.get("n:api"));
  });
});
