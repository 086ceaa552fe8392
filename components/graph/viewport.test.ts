import { expect, test } from "vitest";
import { screen } from "./testdata/lab";
import { toCamera, toFit, toLimits, toRoom, toView, toViewport, toZoomed, ZOOM } from "./viewport";

const stage = { width: 1056, height: 712 };
const untitled = () => [];
const inset = { top: 12, right: 0, bottom: 44, left: 0 };

test("a fitted graph is inside the stage and clear of the controls", () => {
  const rects = [
    { x: 0, y: 0, width: 100, height: 50 },
    { x: 2000, y: 900, width: 100, height: 50 },
  ];
  const { zoom, pan } = toFit(rects, untitled, stage, inset, screen);
  for (const rect of rects) {
    expect((rect.x - rect.width / 2) * zoom + pan.x).toBeGreaterThanOrEqual(0);
    expect((rect.x + rect.width / 2) * zoom + pan.x).toBeLessThanOrEqual(stage.width);
    expect((rect.y + rect.height / 2) * zoom + pan.y).toBeLessThanOrEqual(stage.height - inset.bottom);
  }
});

test("what a fitted view shows ends within the stage, on whichever side there is room to spare", () => {
  for (const stage of [
    { width: 390, height: 540 },
    { width: 1056, height: 712 },
  ]) {
    for (const box of [
      { x: 40, y: 10, width: 900, height: 200 },
      { x: 40, y: 10, width: 200, height: 2000 },
    ]) {
      const rects = new Map([["a", box]]);
      const room = toRoom(stage, inset, screen);
      const { zoom, pan } = toFit([box], untitled, stage, inset, screen);
      const { left, top, right, bottom } = toLimits({ rects, frames: new Map(), room }, zoom, []);
      const [start, end] = [left * zoom + pan.x, right * zoom + pan.x];
      expect(start).toBeGreaterThan(0);
      expect(end).toBeLessThan(stage.width);
      expect(end - start).toBeCloseTo(room.width + 20, 3);
      expect(top * zoom + pan.y).toBeGreaterThan(0);
      expect(bottom * zoom + pan.y).toBeLessThan(stage.height);
    }
  }
});

test("a title above its frame is inside the stage, however small the picture is shown", () => {
  const box = { x: 0, y: 0, width: 200, height: 4000 };
  const toTitles = (zoom: number) => [{ x: 0, y: -2000 - 24 / zoom, width: 90 / zoom, height: 40 / zoom }];
  const plain = toFit([box], untitled, stage, inset, screen);
  const { zoom, pan } = toFit([box], toTitles, stage, inset, screen);
  const [title] = toTitles(zoom);
  expect(zoom).toBeLessThan(plain.zoom);
  expect(((title?.y ?? 0) - (title?.height ?? 0) / 2) * zoom + pan.y).toBeGreaterThan(4);
  // In a corner of its frame a title takes no room of its own.
  expect(toFit([box], () => [{ x: 0, y: -1900, width: 90, height: 40 }], stage, inset, screen)).toEqual(plain);
});

test("closer than fitted, or in no room, it is the picture and a little air", () => {
  const rects = new Map([["a", { x: 40, y: 10, width: 900, height: 200 }]]);
  expect(toLimits({ rects, frames: new Map(), room: { width: 0, height: 0 } }, 2, [])).toEqual({ left: -415, top: -95, right: 495, bottom: 115 });
  expect(toLimits({ rects, frames: new Map(), room: { width: 1000, height: 100 } }, 2, [])).toMatchObject({ left: -415, top: -95, right: 495, bottom: 115 });
});

test("a single node is not blown up; nothing at all is no trouble", () => {
  expect(toFit([{ x: 5, y: 5, width: 100, height: 50 }], untitled, stage, inset, screen).zoom).toBe(screen.fit.maxZoom);
  expect(toFit([], untitled, stage, inset, screen)).toMatchObject({ zoom: 1 });
});

test("a viewport is the same place on a stage of another size", () => {
  const viewport = { zoom: 1.5, x: 300, y: -40 };
  expect(toViewport(toCamera(viewport, stage), stage)).toEqual(viewport);
  const other = { width: 390, height: 420 };
  expect(toViewport(toCamera(viewport, other), other)).toEqual(viewport);
});

test("a zoom from a link is kept within what can be shown", () => {
  expect(toCamera({ zoom: 1000, x: 0, y: 0 }, stage).zoom).toBe(ZOOM.most);
});

test("zooming keeps the point it is about, and stops at its limits", () => {
  const camera = { zoom: 1, pan: { x: 10, y: 20 } };
  const around = { x: 500, y: 300 };
  const next = toZoomed(camera, 2, around);
  expect([(around.x - next.pan.x) / next.zoom, (around.y - next.pan.y) / next.zoom]).toEqual([490, 280]);
  expect(toZoomed(camera, 1e9, around).zoom).toBe(ZOOM.most);
  expect(toZoomed(camera, 1e-9, around).zoom).toBe(ZOOM.least);
});

test("what is in view is what is on the stage", () => {
  const view = toView({ zoom: 2, pan: { x: 0, y: 0 } }, stage, inset, screen);
  expect(view.x).toBe(stage.width / 4);
  expect(view.width).toBeLessThan(stage.width / 2);
});
