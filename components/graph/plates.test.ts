import { expect, test } from "vitest";
import { isOverlappingRect, type Rect, toPath } from "./geometry";
import { COST, type PlateRequest, type PlateRules, placePlates } from "./plates";

const left: Rect = { x: 0, y: 0, width: 100, height: 40 };
const right: Rect = { x: 300, y: 0, width: 100, height: 40 };
const rules: PlateRules = { gap: 2, bounds: { left: -1000, top: -1000, right: 1000, bottom: 1000 }, isDense: false };
const words = (...rects: Rect[]) => rects.map((rect) => ({ ...rect, cost: COST.words }));
const request = (key: string, more: Partial<PlateRequest> = {}): PlateRequest => ({
  key,
  path: toPath(left, right, 0),
  lock: "mutual-tls",
  width: 30,
  height: 30,
  ...more,
});

test("a lock sits in the middle of its line when nothing is there", () => {
  expect(placePlates([request("a")], words(left, right), rules)).toMatchObject([{ key: "a", x: 150, y: 0, isAside: false, isCrowded: false }]);
});

test("it gives way to names and titles along its line", () => {
  const name: Rect = { x: 150, y: 0, width: 60, height: 40 };
  const [plate] = placePlates([request("a")], words(left, right, name), rules);
  expect(plate && isOverlappingRect(plate, name)).toBe(false);
  expect(plate).toMatchObject({ y: 0, isAside: false });
});

test("when its line has no room it steps aside, tied to its line", () => {
  const near: Rect = { ...right, x: 124 };
  const path = toPath(left, near, 0);
  const [plate] = placePlates([request("a", { path })], words(left, near), rules);
  expect(plate).toMatchObject({ isAside: true, isCrowded: false });
  for (const name of [left, near]) expect(plate && isOverlappingRect(plate, name)).toBe(false);
  expect(plate?.anchor.x).toBeGreaterThanOrEqual(path.start.x);
  expect(plate?.anchor.x).toBeLessThanOrEqual(path.end.x);
});

test("plates do not cover each other, and the gravest chooses first", () => {
  const plates = placePlates([request("closed"), request("open", { lock: "plaintext" })], words(left, right), rules);
  expect(plates.map((plate) => plate.key)).toEqual(["open", "closed"]);
  expect(plates[0]).toMatchObject({ x: 150 });
  expect(isOverlappingRect(plates[0] as Rect, plates[1] as Rect)).toBe(false);
});

test("a refusal's lock is nearer to the server, and its crosses stop before it", () => {
  const [plate] = placePlates([request("a", { lock: "refused", width: 60 })], words(left, right), rules);
  expect(plate?.x).toBeGreaterThan(150);
  // 50 is where the line starts, 30 half the plate.
  expect(plate?.stop).toBeCloseTo((plate?.x ?? 0) - 50 - 30, 3);
});

test("fewer letters on the line before all of them beside it", () => {
  const near: Rect = { ...right, x: 150 };
  const path = toPath(left, near, 0);
  const place = (shortWidth?: number) => placePlates([request("a", { path, width: 70, ...(shortWidth && { shortWidth }) })], words(left, near), rules)[0];
  expect(place()).toMatchObject({ isAside: true, isShort: false });
  expect(place(34)).toMatchObject({ isAside: false, isShort: true, width: 34 });
  expect(place(60)).toMatchObject({ isAside: true, isShort: false, width: 70 });
});

test("not beyond the edge of the view", () => {
  const near: Rect = { ...right, x: 124 };
  const [plate] = placePlates([request("a", { path: toPath(left, near, 0) })], words(left, near), {
    ...rules,
    bounds: { left: -50, top: -90, right: 200, bottom: 24 },
  });
  expect((plate?.y ?? 0) + 15).toBeLessThanOrEqual(24);
});

test("in a dense graph a plate without a free place is left out", () => {
  const wall: Rect = { x: 150, y: 0, width: 2000, height: 2000 };
  expect(placePlates([request("a")], words(wall), { ...rules, isDense: true })).toEqual([]);
  expect(placePlates([request("a")], words(wall), rules)).toMatchObject([{ isCrowded: true }]);
});

test("where there is no gap, it covers a box rather than a name", () => {
  const path = toPath(left, right, 0);
  const bounds = { left: 60, top: -16, right: 240, bottom: 16 };
  const wall = (x: number): Rect => ({ x, y: 0, width: 90, height: 40 });
  for (const [name, box] of [
    [wall(105), wall(195)],
    [wall(195), wall(105)],
  ] as const) {
    const [plate] = placePlates([request("a", { path })], [...words(name), { ...box, cost: COST.shape }], { ...rules, bounds });
    expect(plate).toMatchObject({ isCrowded: true });
    expect(isOverlappingRect(plate as Rect, name)).toBe(false);
    expect(isOverlappingRect(plate as Rect, box)).toBe(true);
  }
});

test("a wide plate that finds no gap straight aside finds one further along", () => {
  const path = toPath({ x: 0, y: 0, width: 40, height: 40 }, { x: 0, y: 140, width: 40, height: 40 }, 0);
  // Only above and below the line's own rows is there room.
  const rows: Rect = { x: 0, y: 70, width: 1400, height: 150 };
  const [plate] = placePlates([request("a", { path, width: 140, height: 24 })], words(rows), {
    ...rules,
    bounds: { left: -90, top: -60, right: 90, bottom: 200 },
  });
  expect(plate).toMatchObject({ isAside: true, isCrowded: false });
  expect(isOverlappingRect(plate as Rect, rows, rules.gap)).toBe(false);
});

test("words without a lock are left out rather than laid over one", () => {
  // Room for one plate, around the middle of the line.
  const walls = [-1, 1].flatMap((side): Rect[] => [
    { x: 150 + side * 1018, y: 0, width: 2000, height: 4000 },
    { x: 150, y: side * 1018, width: 4000, height: 2000 },
  ]);
  const place = (lock: PlateRequest["lock"]) =>
    placePlates([request("a"), request("b", { lock })], words(...walls), rules).map(({ key, isCrowded }) => [key, isCrowded]);
  expect(place(null)).toEqual([["a", false]]);
  expect(place("mutual-tls")).toEqual([
    ["a", false],
    ["b", true],
  ]);
});
