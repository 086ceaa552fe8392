import type { Rect } from "./geometry";
import { type Measure, type Metrics, toFont } from "./metrics";
import type { ModelNode } from "./model";
import type { Palette } from "./palette";

/** Names of boxes that are shown too small to hold them: kept at a size that can be read, over the box's edges, with a rim that lifts them off lines. */

/** Of a title's size; below it a name no longer shrinks with its box. */
const LEAST_SHARE = 0.6;
/** How much smaller the box may be than its name; beyond, names would cover each other. */
const MOST_OVERHANG = 3.5;

/** Size of the name in model units; null = the box shows it as usual, or nothing can be read at that zoom. */
export function toSmallNameSize({ title }: Metrics, zoom: number, isDense: boolean): number | null {
  if (isDense || zoom >= LEAST_SHARE) return null;
  const size = (title.size * LEAST_SHARE) / zoom;
  return size > title.size * MOST_OVERHANG ? null : size;
}

/** What box and name take up together; the box alone where the name fits into it. */
export function toNamedRect(node: ModelNode, rect: Rect, metrics: Metrics, size: number | null, measure: Measure): Rect {
  if (size === null) return rect;
  // Measured at the usual size, so that widths are remembered whatever the zoom.
  const width = (measure(node.title, metrics.title.size, metrics.title.weight) * size) / metrics.title.size;
  return { ...rect, width: Math.max(rect.width, width), height: Math.max(rect.height, size * 1.2) };
}

export function drawSmallName(context: CanvasRenderingContext2D, node: ModelNode, rect: Rect, palette: Palette, metrics: Metrics, size: number): void {
  context.direction = "ltr";
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.font = toFont(size, metrics.title.weight);
  context.lineJoin = "round";
  context.lineWidth = size / 4;
  context.strokeStyle = palette.surface;
  context.strokeText(node.title, rect.x, rect.y + size * 0.35);
  context.fillStyle = palette.ink;
  context.fillText(node.title, rect.x, rect.y + size * 0.35);
}
