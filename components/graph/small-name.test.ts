import { expect, test } from "vitest";
import { toMetrics } from "./metrics";
import type { ModelNode } from "./model";
import { toNamedRect, toSmallNameSize } from "./small-name";

const measure = (text: string, size: number) => text.length * size * 0.6;

test("on screen a name never falls below six tenths of its size, until boxes are too small for names at all", () => {
  for (const metrics of [toMetrics("screen", 1056), toMetrics("projector", 1920)]) {
    expect(toSmallNameSize(metrics, 1, false)).toBeNull();
    expect(toSmallNameSize(metrics, 0.6, false)).toBeNull();
    for (const zoom of [0.55, 0.4, 0.2]) expect((toSmallNameSize(metrics, zoom, false) ?? 0) * zoom).toBeCloseTo(metrics.title.size * 0.6, 6);
    expect(toSmallNameSize(metrics, 0.15, false)).toBeNull();
    expect(toSmallNameSize(metrics, 0.45, true)).toBeNull();
  }
});

test("what must be kept clear is box and name, whichever reaches further", () => {
  const rect = { x: 10, y: 20, width: 100, height: 40 };
  const named = (title: string, size: number | null) => toNamedRect({ title } as ModelNode, rect, toMetrics("screen", 1056), size, measure);
  expect(named("recommendation", null)).toEqual(rect);
  expect(named("ads", 30)).toMatchObject({ x: 10, y: 20, width: 100, height: 40 });
  expect(named("recommendation", 30).width).toBeCloseTo("recommendation".length * 30 * 0.6, 6);
});
