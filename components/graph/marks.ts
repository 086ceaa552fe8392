import { drawPlate } from "./draw-plate";
import { drawFrameTitle, toFrameTitle } from "./frame-title";
import type { EdgePath, Rect } from "./geometry";
import { type Measure, type Metrics, toFont } from "./metrics";
import type { ModelNode } from "./model";
import type { Marks } from "./place-marks";
import { toLockSize, toShown } from "./plate-size";
import type { PlacedPlate } from "./plates";
import type { Scene } from "./scene";
import { drawSmallName } from "./small-name";
import { type Forward, isVeiled, VEILED } from "./standing";
import type { Camera } from "./viewport";

/** Paints what must be read: nodes with their names, frames' titles, and the plates with the locks. Drawn again only when view or data change. */

/** Names below this size on screen are texture, not text, and are left out. */
const LEAST_TITLE = 5;
const LEAST_SUBTITLE = 6;

/** How far each sheet of a group shows, in border widths. */
export const STACK = 2.5;

type Context = CanvasRenderingContext2D;

export function drawMarks(
  context: Context,
  scene: Scene,
  camera: Camera,
  dpr: number,
  stage: { width: number; height: number },
  { names, corners, plates }: Marks,
  measure: Measure,
  forward: Forward | null,
): void {
  const scale = camera.zoom * dpr;
  context.setTransform(scale, 0, 0, scale, camera.pan.x * dpr, camera.pan.y * dpr);
  const isSeen = (rect: Rect) => {
    const x = rect.x * camera.zoom + camera.pan.x;
    const y = rect.y * camera.zoom + camera.pan.y;
    const [w, h] = [(rect.width * camera.zoom) / 2 + 8, (rect.height * camera.zoom) / 2 + 8];
    return x + w > 0 && x - w < stage.width && y + h > 0 && y - h < stage.height;
  };
  for (const frame of scene.model.frames) {
    const rect = scene.frames.get(frame.key);
    if (rect && isSeen(rect)) drawFrameTitle(context, frame, toFrameTitle(frame, rect, scene, camera.zoom, measure), scene, camera.zoom);
  }
  // Behind boxes and plates alike: they cross no name and no lock.
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  for (const plate of plates) if (plate.isAside && !isVeiled(plate.key, forward)) drawTie(context, plate, scene, camera);
  context.setTransform(scale, 0, 0, scale, camera.pan.x * dpr, camera.pan.y * dpr);
  for (const node of scene.model.nodes) {
    const rect = scene.rects.get(node.key);
    if (rect && isSeen(rect)) drawNode(context, node, rect, scene, camera.zoom, names === null);
  }
  for (const name of names ?? []) if (isSeen(name)) drawSmallName(context, name, scene.palette, scene.metrics);
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  for (const corner of corners) {
    if (isSeen(corner)) drawPlate(context, corner, corner.plate, scene, camera, { isMarked: false, presence: 1 });
  }
  const byKey = new Map(scene.model.edges.map((edge) => [edge.key, edge]));
  // Those of the lines in front lie over the others.
  const ordered = forward === null ? plates : plates.toSorted((a, b) => Number(forward.edges.has(a.key)) - Number(forward.edges.has(b.key)));
  for (const plate of ordered) {
    const edge = byKey.get(plate.key);
    if (!edge?.plate || !isSeen(plate)) continue;
    const isMarked = plate.key === scene.selected || plate.key === scene.hovered;
    context.globalAlpha = isVeiled(plate.key, forward) ? VEILED : 1;
    drawPlate(context, plate, toShown(edge.plate, plate.isShort), scene, camera, { isMarked, presence: edge.presence });
  }
  context.globalAlpha = 1;
}

/** From a plate that had to step aside to its line. */
function drawTie(context: Context, { anchor, x, y }: PlacedPlate, { palette, metrics }: Scene, { zoom, pan }: Camera): void {
  context.beginPath();
  context.moveTo(anchor.x * zoom + pan.x, anchor.y * zoom + pan.y);
  context.lineTo(x * zoom + pan.x, y * zoom + pan.y);
  context.lineWidth = toLockSize(metrics, zoom) * 0.07;
  context.strokeStyle = palette.muted;
  context.stroke();
}

function drawNode(context: Context, node: ModelNode, rect: Rect, { palette, metrics, stale, selected, hovered }: Scene, zoom: number, isNamed: boolean): void {
  const [left, top] = [rect.x - rect.width / 2, rect.y - rect.height / 2];
  const isClient = node.look === "client";
  const radius = isClient ? rect.height / 2 : metrics.radius;
  const isMarked = node.key === selected || node.key === hovered;
  if (node.look === "group") drawStack(context, left, top, rect, palette, metrics, zoom);
  context.beginPath();
  context.roundRect(left, top, rect.width, rect.height, radius);
  context.fillStyle = palette.surface;
  context.fill();
  // A border never thinner than a hairline on screen, or far-away nodes would dissolve.
  context.lineWidth = Math.max(metrics.border, 1 / zoom);
  context.strokeStyle = node.look === "bare" && !stale ? palette.plain : node.idle || isClient || node.look === "unidentified" ? palette.idle : palette.border;
  context.setLineDash(node.look === "bare" || node.look === "unidentified" ? [metrics.border * 3.75, metrics.border * 3.1] : []);
  context.stroke();
  context.setLineDash([]);
  if (isMarked) drawRing(context, left, top, rect, radius, palette.accent, node.key === selected, metrics, zoom);
  drawBar(context, node, left, top, rect.height, metrics, stale ? palette.unknown : palette.mtls);
  if (isNamed) drawNames(context, node, rect, { palette, metrics }, zoom);
}

/** Two more sheets behind a group's box. */
function drawStack(context: Context, left: number, top: number, rect: Rect, palette: Scene["palette"], metrics: Metrics, zoom: number): void {
  for (const sheet of [2, 1]) {
    const step = sheet * STACK * metrics.border;
    context.beginPath();
    context.roundRect(left + step, top + step, rect.width, rect.height, metrics.radius);
    context.fillStyle = palette.surface;
    context.fill();
    context.lineWidth = Math.max(metrics.border, 1 / zoom);
    context.strokeStyle = palette.border;
    context.stroke();
  }
}

function drawRing(
  context: Context,
  left: number,
  top: number,
  rect: Rect,
  radius: number,
  colour: string,
  strong: boolean,
  metrics: Metrics,
  zoom: number,
): void {
  const gap = Math.max(metrics.border * 2, 3 / zoom);
  context.beginPath();
  context.roundRect(left - gap, top - gap, rect.width + 2 * gap, rect.height + 2 * gap, radius + gap);
  context.lineWidth = Math.max(metrics.border * (strong ? 1.6 : 1), (strong ? 2.5 : 1.5) / zoom);
  context.strokeStyle = colour;
  context.stroke();
}

/** The bar is the sidecar: there, or not. Ambient's proxy is the node's, not the pod's: an outline. */
function drawBar(context: Context, node: ModelNode, left: number, top: number, height: number, { bar }: Metrics, colour: string): void {
  if (node.look !== "meshed" && node.look !== "ambient") return;
  context.beginPath();
  context.roundRect(left + bar.x, top + bar.inset, bar.width, height - 2 * bar.inset, bar.width / 2);
  if (node.look === "meshed") {
    context.fillStyle = colour;
    context.fill();
  } else {
    context.lineWidth = bar.width / 4;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function drawNames(context: Context, node: ModelNode, rect: Rect, { palette, metrics }: Pick<Scene, "palette" | "metrics">, zoom: number): void {
  if (metrics.title.size * zoom < LEAST_TITLE) return;
  context.direction = "ltr";
  context.textBaseline = "alphabetic";
  if (node.look === "client") {
    context.textAlign = "center";
    context.font = toFont(metrics.title.size, metrics.title.weight);
    context.fillStyle = palette.ink;
    context.fillText(node.title, rect.x, rect.y + metrics.title.size * 0.35, rect.width - metrics.textRight);
    return;
  }
  const left = rect.x - rect.width / 2 + metrics.textLeft;
  const room = rect.width - metrics.textLeft - metrics.textRight / 2;
  const withSubtitle = node.subtitle !== "" && metrics.subtitle.size * zoom >= LEAST_SUBTITLE;
  context.textAlign = "left";
  context.font = toFont(metrics.title.size, metrics.title.weight);
  context.fillStyle = palette.ink;
  context.fillText(node.title, left, rect.y + (withSubtitle ? metrics.titleY : metrics.title.size * 0.35), room);
  if (!withSubtitle) return;
  context.font = toFont(metrics.subtitle.size, metrics.subtitle.weight);
  context.fillStyle = palette.muted;
  context.fillText(node.subtitle, left, rect.y + metrics.subtitleY, room);
}

/** Space between two crosses, in radii of a dot. */
export const CROSS_STEP = 6.8;

/** Where on its line each turned-away caller's cross stands: before the lock, at most three. @param step between two, model units */
export function toCrosses(stop: number, refused: number, step: number): number[] {
  return Array.from({ length: Math.min(3, refused) }, (_, index) => stop - step * (index + 0.55)).filter((at) => at > step * 0.3);
}

/** The path a refused call's crosses wait on: up to its plate, or three fifths of the line. */
export function toStop(path: EdgePath, plate: PlacedPlate | undefined): number {
  return plate ? plate.stop : path.length * 0.6;
}
