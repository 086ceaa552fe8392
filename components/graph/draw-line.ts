import type { EdgePath } from "./geometry";
import type { ModelEdge } from "./model";
import type { Scene } from "./scene";
import { type Forward, VEILED } from "./standing";
import { DASHES, HOLLOW, toneColour } from "./strokes";
import type { Camera } from "./viewport";

/** Lines that are brought to the front, over Cytoscape's picture and as Cytoscape draws them: it need not paint all others again. */

/** However far away, a line that is looked at is at least so wide on screen. */
const LEAST_WIDTH = 1.6;

/** @param context with any transform; it is left with the model's */
export function drawForward(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { zoom, pan }: Camera,
  stage: { width: number; height: number; dpr: number },
  forward: Forward,
): void {
  const { palette, model, paths } = scene;
  context.setTransform(stage.dpr, 0, 0, stage.dpr, 0, 0);
  if (forward.isAlone) {
    context.globalAlpha = 1 - VEILED;
    context.fillStyle = palette.ground;
    context.fillRect(0, 0, stage.width, stage.height);
  }
  const scale = zoom * stage.dpr;
  context.setTransform(scale, 0, 0, scale, pan.x * stage.dpr, pan.y * stage.dpr);
  for (const edge of model.edges) {
    const path = forward.edges.has(edge.key) ? paths.get(edge.key) : undefined;
    if (!path || path.length === 0) continue;
    context.globalAlpha = edge.presence;
    drawLine(context, scene, edge, path, zoom);
  }
  context.globalAlpha = 1;
}

function drawLine(context: CanvasRenderingContext2D, { palette, metrics, stale }: Scene, { tone, pattern }: ModelEdge, path: EdgePath, zoom: number): void {
  const width = Math.max(metrics.line, LEAST_WIDTH / zoom);
  const colour = toneColour(palette, tone, stale);
  const stroke = (style: string, share: number) => {
    context.strokeStyle = style;
    context.lineWidth = width * share;
    context.stroke();
  };
  context.beginPath();
  path.xs.forEach((x, index) => {
    if (index === 0) context.moveTo(x, path.ys[0] ?? 0);
    else context.lineTo(x, path.ys[index] ?? 0);
  });
  context.lineCap = "round";
  context.lineJoin = "round";
  context.setLineDash(DASHES[pattern]?.map((value) => (value * width) / 3) ?? []);
  if (pattern === "not-measured") {
    stroke(colour, HOLLOW.outer);
    stroke(palette.surface, HOLLOW.inner);
  } else stroke(colour, 1);
  context.setLineDash([]);
  context.beginPath();
  toArrowhead(path, (metrics.arrow * width) / metrics.line).forEach(({ x, y }, index) => {
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.closePath();
  context.fillStyle = colour;
  context.fill();
}

/** The three corners of a line's head, its tip first. @param size model units */
export function toArrowhead({ xs, ys }: EdgePath, size: number): { x: number; y: number }[] {
  const [x, y] = [xs.at(-1) ?? 0, ys.at(-1) ?? 0];
  const [dx, dy] = [x - (xs.at(-2) ?? x), y - (ys.at(-2) ?? y)];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [(dx / length) * size, (dy / length) * size];
  return [
    { x, y },
    { x: x - ux - uy / 2, y: y - uy + ux / 2 },
    { x: x - ux + uy / 2, y: y - uy - ux / 2 },
  ];
}
