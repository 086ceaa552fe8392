import { expect, test } from "vitest";
import { toMetrics } from "./metrics";
import { toModel } from "./model";
import { toSmallNameSize, toSmallNames } from "./small-name";
import { labMesh, measureRoughly } from "./testdata/lab";
import { toScene } from "./testdata/scene";

test("on screen a name never falls below six tenths of its size, until boxes are too small for names at all", () => {
  for (const metrics of [toMetrics("screen", 1056), toMetrics("projector", 1920)]) {
    expect(toSmallNameSize(metrics, 1, false)).toBeNull();
    expect(toSmallNameSize(metrics, 0.6, false)).toBeNull();
    for (const zoom of [0.55, 0.4, 0.2, 0.13]) expect((toSmallNameSize(metrics, zoom, false) ?? 0) * zoom).toBeCloseTo(metrics.title.size * 0.6, 6);
    expect(toSmallNameSize(metrics, 0.11, false)).toBeNull();
    expect(toSmallNameSize(metrics, 0.45, true)).toBeNull();
  }
});

test("boxes hold their own names in a near view, and the far view names every box", () => {
  const scene = toScene(toModel(labMesh(), { showLocks: true }));
  expect(toSmallNames(scene, 0.7, measureRoughly)).toBeNull();
  const names = toSmallNames(scene, 0.4, measureRoughly) ?? [];
  expect(names.map(({ text }) => text).toSorted()).toEqual(scene.model.nodes.map(({ title }) => title).toSorted());
});
