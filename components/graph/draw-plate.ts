import { drawLock } from "../locks/lock-path";
import type { Rect } from "./geometry";
import { toFont } from "./metrics";
import type { Plate } from "./model";
import { lockColour, mixColours, type Palette } from "./palette";
import { toLockSize, toMargin, toPartFont, toPartText } from "./plate-size";
import type { Scene } from "./scene";
import type { Camera } from "./viewport";

export interface PlateLook {
  isMarked: boolean;
  /** 1 = fresh; less = its refusals are older, and their colour goes towards grey. Never below what can be read. */
  presence: number;
}

/** One plate with its lock and words; the context's transform is the screen's. */
export function drawPlate(
  context: CanvasRenderingContext2D,
  rect: Rect,
  content: Plate,
  { palette, metrics, stale }: Pick<Scene, "palette" | "metrics" | "stale">,
  { zoom, pan }: Camera,
  { isMarked, presence }: PlateLook,
): void {
  const lock = toLockSize(metrics, zoom);
  const margin = toMargin(zoom);
  const [width, height] = [rect.width * zoom, rect.height * zoom];
  const [left, top] = [rect.x * zoom + pan.x - width / 2, rect.y * zoom + pan.y - height / 2];
  context.beginPath();
  context.roundRect(left, top, width, height, height / 2);
  context.fillStyle = palette.surface;
  context.fill();
  context.lineWidth = isMarked ? lock * 0.1 : lock * 0.06;
  context.strokeStyle = isMarked ? palette.accent : palette.line;
  context.stroke();
  if (content.lock !== null) {
    const colour = lockColour(palette, content.lock, stale);
    drawLock(context, content.lock, left + lock * margin, top + lock * margin, lock, content.lock === "refused" ? toFaded(palette, colour, presence) : colour);
  }
  context.direction = "ltr";
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  let x = left + (content.lock === null ? lock * 0.475 : lock * (1.15 + margin));
  content.parts.forEach((part, index) => {
    const text = toPartText(part, index);
    context.font = toFont(...toPartFont(part, lock));
    context.fillStyle = stale ? palette.muted : part.token === "refused" ? toFaded(palette, palette.refused, presence) : palette[part.token];
    context.fillText(text, x, top + height / 2 + lock * 0.25);
    x += context.measureText(text).width;
  });
}

/** An old refusal in a paler colour that still reads: half-way to grey at most. */
export function toFaded(palette: Palette, colour: string, presence: number): string {
  return presence >= 1 ? colour : mixColours(colour, palette.unknown, 1 - presence);
}
