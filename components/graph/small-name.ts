import { toFrameTitles } from "./frame-title";
import { type Measure, type Metrics, toFont } from "./metrics";
import type { Palette } from "./palette";
import { type PlacedName, placeNames } from "./place-names";
import type { Scene } from "./scene";
import { isDense } from "./standing";
import { toLimits } from "./viewport";

/** Names of boxes that are shown too small to hold them: kept at a size that can be read, over the box's edges, with a rim that lifts them off lines. */

/** Of a title's size; below it a name no longer shrinks with its box. */
const LEAST_SHARE = 0.6;
/** How much smaller the box may be than its name; beyond, hardly a letter would have room. */
const MOST_OVERHANG = 5;
/** Of more boxes a person reads those that are near, in their boxes; making room for each would take long. */
const BOXES_AT_MOST = 200;
/** Of the name's size: the rim on each side, a line's height, and the air between two names. */
const RIM = 1 / 8;
const LINE = 1.1;
const AIR = 0.15;
/** How far a name keeps from the edge of a fitted view, CSS pixels. */
const INSET = 4;

/** Size of the name in model units; null = the box shows it as usual, or nothing can be read at that zoom. */
export function toSmallNameSize({ title }: Metrics, zoom: number, isCrowd: boolean): number | null {
  if (isCrowd || zoom >= LEAST_SHARE) return null;
  const size = (title.size * LEAST_SHARE) / zoom;
  return size > title.size * MOST_OVERHANG ? null : size;
}

/** The names of boxes that are shown too small to hold them, model units; null = boxes show them as usual, or nothing can be read. */
export function toSmallNames(scene: Scene, zoom: number, measure: Measure): PlacedName[] | null {
  const { model, rects, metrics } = scene;
  const size = toSmallNameSize(metrics, zoom, isDense(model) || model.nodes.length > BOXES_AT_MOST);
  if (size === null) return null;
  const { left, right } = toLimits(scene, zoom, toFrameTitles(scene, zoom, measure));
  const requests = model.nodes.flatMap(({ key, title }) => {
    const box = rects.get(key);
    return box ? [{ key, title, box }] : [];
  });
  return placeNames(requests, {
    height: size * LINE,
    air: size * AIR,
    bounds: { left: left + INSET / zoom, right: right - INSET / zoom },
    // Measured at the usual size, so that widths are remembered whatever the zoom.
    toWidth: (text) => (measure(text, metrics.title.size, metrics.title.weight) * size) / metrics.title.size + 2 * RIM * size,
  });
}

/** The context's transform is the model's. */
export function drawSmallName(
  context: CanvasRenderingContext2D,
  { text, x, y, height }: Pick<PlacedName, "text" | "x" | "y" | "height">,
  palette: Palette,
  metrics: Metrics,
): void {
  const size = height / LINE;
  context.direction = "ltr";
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.font = toFont(size, metrics.title.weight);
  context.lineJoin = "round";
  context.lineWidth = 2 * RIM * size;
  context.strokeStyle = palette.surface;
  context.strokeText(text, x, y + size * 0.35);
  context.fillStyle = palette.ink;
  context.fillText(text, x, y + size * 0.35);
}
