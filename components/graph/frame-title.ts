import { drawLock } from "../locks/lock-path";
import type { Rect } from "./geometry";
import { type Measure, toFont } from "./metrics";
import type { ModelFrame } from "./model";
import { lockColour } from "./palette";
import type { Scene } from "./scene";

/** A frame's name, mode and lock: in its corner, and above it once the view is so far away that the corner would be too small for letters. */
export interface FrameTitle extends Rect {
  /** Letter and lock size in model units at the zoom it was made for. */
  size: number;
  lock: number;
}

/** Letters are kept at least this large on screen, as long as they fit over their frame. */
const LEGIBLE = 11;
/** Up to here grown letters still fit the frame's own margin, and a lock as long as it stays above the boxes. */
const INSIDE_UP_TO = 1.5;
const GAP = 0.45;

export function toFrameTitle(frame: ModelFrame, rect: Rect, { metrics, direction }: Scene, zoom: number, measure: Measure): FrameTitle {
  const { title, inset } = metrics.frame;
  const words = wordsOf(frame).reduce((sum, word) => sum + measure(word.text, title.size, word.strong ? title.weight : 400) / title.size + GAP, 0);
  const lock = frame.lock === null ? 0 : Math.max(metrics.frame.lock, metrics.lock / zoom);
  const fitting = (rect.width - lock - inset) / words;
  const size = Math.max(title.size, Math.min(LEGIBLE / zoom, fitting));
  const width = words * size + lock;
  const height = Math.max(size * 1.3, lock);
  const isInside = size <= title.size * INSIDE_UP_TO && inset + title.size * 0.6 + height / 2 <= metrics.frame.top + GAP * title.size;
  const edge = isInside ? rect.height / 2 - inset - title.size * 0.6 : rect.height / 2 + height * 0.6;
  const right = rect.x + rect.width / 2 - (isInside ? inset : 0);
  return { x: right - width / 2, y: rect.y + (direction === "right" ? -edge : edge), width, height, size, lock };
}

/** The titles of all frames that are drawn. */
export function toFrameTitles(scene: Scene, zoom: number, measure: Measure): FrameTitle[] {
  return scene.model.frames.flatMap((frame) => {
    const rect = scene.frames.get(frame.key);
    return rect ? [toFrameTitle(frame, rect, scene, zoom, measure)] : [];
  });
}

/** From right to left, as they are written. */
export function wordsOf(frame: ModelFrame): { text: string; strong: boolean; token: "muted" | "ink" | "share" }[] {
  return [
    { text: frame.mode, strong: false, token: "muted" as const },
    { text: frame.name, strong: true, token: "ink" as const },
    { text: frame.number, strong: true, token: "share" as const },
  ].filter((word) => word.text !== "");
}

/** The context's transform is the model's. */
export function drawFrameTitle(
  context: CanvasRenderingContext2D,
  frame: ModelFrame,
  title: FrameTitle,
  { palette, metrics, stale }: Scene,
  zoom: number,
): void {
  const colours = { muted: palette.muted, ink: palette.ink, share: lockColour(palette, "mixed", stale) };
  let right = title.x + title.width / 2;
  if (title.size * zoom >= LEGIBLE / 2) {
    context.direction = "ltr";
    context.textAlign = "right";
    context.textBaseline = "alphabetic";
    for (const word of wordsOf(frame)) {
      context.font = toFont(title.size, word.strong ? metrics.frame.title.weight : 400);
      context.fillStyle = colours[word.token];
      context.fillText(word.text, right, title.y + title.size * 0.35);
      right -= context.measureText(word.text).width + title.size * GAP;
    }
  }
  if (frame.lock) drawLock(context, frame.lock, right - title.lock, title.y - title.lock / 2, title.lock, lockColour(palette, frame.lock, stale));
}
