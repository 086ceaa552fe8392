import type { Rect } from "./geometry";
import type { Metrics, Size } from "./metrics";

/** What is seen: a zoom and the model point in the middle of the stage, which holds at any stage size and so can live in a link; null = everything, fitted. */
export type Viewport = { zoom: number; x: number; y: number } | null;

/** Cytoscape's pan and zoom: screen = model × zoom + pan. */
export interface Camera {
  zoom: number;
  pan: { x: number; y: number };
}

export interface Inset {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export const ZOOM = { least: 0.04, most: 4, step: 1.25 } as const;

export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The box around all rectangles; null when there are none. */
export function toBounds(rects: Iterable<Rect>): Bounds | null {
  let bounds: Bounds | null = null;
  for (const rect of rects) {
    const [left, top, right, bottom] = [rect.x - rect.width / 2, rect.y - rect.height / 2, rect.x + rect.width / 2, rect.y + rect.height / 2];
    bounds = bounds
      ? { left: Math.min(bounds.left, left), top: Math.min(bounds.top, top), right: Math.max(bounds.right, right), bottom: Math.max(bounds.bottom, bottom) }
      : { left, top, right, bottom };
  }
  return bounds;
}

/** A fitted view shows so much beyond its outermost box even on the narrowest stage, CSS pixels. */
const AIR = 10;

/**
 * What a fitted view shows of a picture, model units: it stands in the middle of its room, and what reaches further would be cut off.
 * @param room what it may fill, CSS pixels
 * @param zoom also of a closer view, which shows less than the picture at a time
 * @param titles of its frames at that zoom
 */
export function toLimits(
  { rects, frames, room }: { rects: Map<string, Rect>; frames: Map<string, Rect>; room: Size },
  zoom: number,
  titles: readonly Rect[],
): Bounds {
  const outer = toBounds([...rects.values(), ...frames.values(), ...toInner(titles, zoom)]);
  const { left, top, right, bottom } = outer ?? { left: 0, top: 0, right: 0, bottom: 0 };
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const [width, height] = [Math.max((right - left) / 2, room.width / zoom / 2) + AIR / zoom, Math.max((bottom - top) / 2, room.height / zoom / 2) + AIR / zoom];
  return { left: x - width, top: y - height, right: x + width, bottom: y + height };
}

/** What titles need of a fitted view: its air is theirs as well. */
function toInner(titles: readonly Rect[], zoom: number): Rect[] {
  const air = (2 * AIR) / zoom;
  return titles.map((title) => ({ ...title, width: Math.max(0, title.width - air), height: Math.max(0, title.height - air) }));
}

/**
 * Everything in view, as large as it gets, never beyond the size at which names stop gaining from it.
 * @param toTitles of frames, which keep their size on screen and so reach the further the smaller the picture is shown
 */
export function toFit(
  rects: Iterable<Rect>,
  toTitles: (zoom: number) => readonly Rect[],
  stage: { width: number; height: number },
  inset: Inset,
  metrics: Metrics,
): Camera {
  const boxes = [...rects];
  const { zoom } = toFitted(boxes, stage, inset, metrics);
  return toFitted([...boxes, ...toInner(toTitles(zoom), zoom)], stage, inset, metrics);
}

function toFitted(rects: Rect[], stage: { width: number; height: number }, inset: Inset, metrics: Metrics): Camera {
  const bounds = toBounds(rects);
  const room = toRoom(stage, inset, metrics);
  const middle = { x: (stage.width + inset.left - inset.right) / 2, y: (stage.height + inset.top - inset.bottom) / 2 };
  if (!bounds) return { zoom: 1, pan: middle };
  const width = Math.max(1, bounds.right - bounds.left);
  const height = Math.max(1, bounds.bottom - bounds.top);
  const zoom = Math.max(ZOOM.least, Math.min(metrics.fit.maxZoom, room.width / width, room.height / height));
  // Whole pixels: hairlines and letters stay crisp.
  return {
    zoom,
    pan: { x: Math.round(middle.x - (zoom * (bounds.left + bounds.right)) / 2), y: Math.round(middle.y - (zoom * (bounds.top + bounds.bottom)) / 2) },
  };
}

/** The part of the stage a fitted graph may use, CSS pixels. */
export function toRoom(stage: { width: number; height: number }, inset: Inset, { fit }: Metrics): { width: number; height: number } {
  const padding = Math.min(fit.padding, stage.width * 0.03);
  return {
    width: Math.max(1, stage.width - inset.left - inset.right - 2 * padding),
    height: Math.max(1, stage.height - inset.top - inset.bottom - 2 * padding),
  };
}

/** What of the model stands in that part at present, as a rectangle. */
export function toView({ zoom, pan }: Camera, stage: { width: number; height: number }, inset: Inset, metrics: Metrics): Rect {
  const room = toRoom(stage, inset, metrics);
  const middle = { x: (stage.width + inset.left - inset.right) / 2, y: (stage.height + inset.top - inset.bottom) / 2 };
  return { x: (middle.x - pan.x) / zoom, y: (middle.y - pan.y) / zoom, width: room.width / zoom, height: room.height / zoom };
}

export function toCamera(viewport: NonNullable<Viewport>, stage: { width: number; height: number }): Camera {
  const zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, viewport.zoom));
  return { zoom, pan: { x: stage.width / 2 - zoom * viewport.x, y: stage.height / 2 - zoom * viewport.y } };
}

export function toViewport({ zoom, pan }: Camera, stage: { width: number; height: number }): NonNullable<Viewport> {
  return { zoom, x: (stage.width / 2 - pan.x) / zoom, y: (stage.height / 2 - pan.y) / zoom };
}

/** Zooms around a point of the stage that stays where it is. */
export function toZoomed({ zoom, pan }: Camera, factor: number, around: { x: number; y: number }): Camera {
  const next = Math.min(ZOOM.most, Math.max(ZOOM.least, zoom * factor));
  return { zoom: next, pan: { x: around.x - ((around.x - pan.x) * next) / zoom, y: around.y - ((around.y - pan.y) * next) / zoom } };
}
