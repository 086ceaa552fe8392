import type { Palette } from "./palette";
import { DOT_KINDS, type DotKind } from "./traffic";

/**
 * Dots as small pictures, drawn once for each size and theme and then only copied: copying a thousand costs a fraction of stroking a thousand circles.
 * Ringed = mutual TLS, hollow = plaintext, full = answered and not measured, diamond = failed, cross = refused.
 */
export interface Dots {
  /** Centre in CSS pixels; the context's transform must be the device-pixel ratio alone. */
  draw(context: CanvasRenderingContext2D, kind: DotKind, x: number, y: number): void;
  /** Paints what `draw` only collected; called once after the last dot of a frame. */
  flush(context: CanvasRenderingContext2D): void;
}

/**
 * Many small dots: below this radius a ring is a blur, and a few pixels each say the same five kinds at a third of the cost.
 */
const COARSE = { below: 3.8, above: 300 };

export const isCoarse = (radius: number, count: number): boolean => radius < COARSE.below && count > COARSE.above;

/** @param radius CSS pixels */
export function createDots(palette: Palette, radius: number, dpr: number, coarse: boolean): Dots {
  return coarse ? createCoarseDots(palette) : createFineDots(palette, radius, dpr);
}

/** Solid = mutual TLS, hollow = plaintext, small = answered, plus = failed, two steps = refused; whole pixels, one colour at a time. */
function createCoarseDots(palette: Palette): Dots {
  const collected = new Map<DotKind, number[]>(DOT_KINDS.map((kind) => [kind, []]));
  const shapes: Record<DotKind, [colour: string, boxes: [x: number, y: number, width: number, height: number][]][]> = {
    "mutual-tls": [[palette.ok, [[-2, -2, 5, 5]]]],
    plaintext: [
      [palette.plain, [[-3, -3, 6, 6]]],
      [palette.ground, [[-1, -1, 2, 2]]],
    ],
    answered: [[palette.ok, [[-1, -1, 3, 3]]]],
    failed: [
      [
        palette.bad,
        [
          [-3, -1, 7, 3],
          [-1, -3, 3, 7],
        ],
      ],
    ],
    refused: [
      [
        palette.refused,
        [
          [-3, -3, 3, 3],
          [0, 0, 3, 3],
          [0, -3, 3, 3],
          [-3, 0, 3, 3],
        ],
      ],
    ],
  };
  return {
    draw(_context, kind, x, y) {
      collected.get(kind)?.push(Math.round(x), Math.round(y));
    },
    flush(context) {
      for (const [kind, points] of collected) {
        for (const [colour, boxes] of shapes[kind]) {
          context.fillStyle = colour;
          for (let index = 0; index < points.length; index += 2) {
            for (const [dx, dy, width, height] of boxes) context.fillRect((points[index] ?? 0) + dx, (points[index + 1] ?? 0) + dy, width, height);
          }
        }
        points.length = 0;
      }
    },
  };
}

function createFineDots(palette: Palette, radius: number, dpr: number): Dots {
  const half = Math.ceil(radius * 1.7);
  const sprites = new Map<DotKind, HTMLCanvasElement>(DOT_KINDS.map((kind) => [kind, toSprite(kind, palette, radius, half, dpr)]));
  return {
    draw(context, kind, x, y) {
      const sprite = sprites.get(kind);
      // Whole device pixels: an unscaled, aligned copy is the cheapest there is.
      if (sprite) context.drawImage(sprite, Math.round((x - half) * dpr) / dpr, Math.round((y - half) * dpr) / dpr, half * 2, half * 2);
    },
    flush() {},
  };
}

function toSprite(kind: DotKind, palette: Palette, radius: number, half: number, dpr: number): HTMLCanvasElement {
  const sprite = document.createElement("canvas");
  sprite.width = Math.ceil(half * 2 * dpr);
  sprite.height = sprite.width;
  const context = sprite.getContext("2d");
  if (!context) return sprite;
  context.setTransform(sprite.width / (half * 2), 0, 0, sprite.width / (half * 2), sprite.width / 2, sprite.width / 2);
  paint(context, kind, palette, radius);
  return sprite;
}

function paint(context: CanvasRenderingContext2D, kind: DotKind, palette: Palette, r: number): void {
  context.lineCap = "round";
  context.lineJoin = "round";
  switch (kind) {
    case "mutual-tls":
      circle(context, r, palette.surface, palette.ok, r * 0.36);
      circle(context, r * 0.44, palette.ok, null, 0);
      break;
    case "plaintext":
      circle(context, r * 0.92, palette.ground, palette.plain, r * 0.42);
      break;
    case "answered":
      circle(context, r * 0.82, palette.ok, palette.surface, r * 0.3);
      break;
    case "failed":
      context.beginPath();
      context.moveTo(0, -r * 1.25);
      context.lineTo(r * 1.25, 0);
      context.lineTo(0, r * 1.25);
      context.lineTo(-r * 1.25, 0);
      context.closePath();
      context.fillStyle = palette.bad;
      context.fill();
      context.lineWidth = r * 0.3;
      context.strokeStyle = palette.surface;
      context.stroke();
      break;
    case "refused":
      for (const [width, colour] of [
        [r * 1.1, palette.ground],
        [r * 0.54, palette.refused],
      ] as const) {
        context.beginPath();
        context.moveTo(-r, -r);
        context.lineTo(r, r);
        context.moveTo(r, -r);
        context.lineTo(-r, r);
        context.lineWidth = width;
        context.strokeStyle = colour;
        context.stroke();
      }
  }
}

function circle(context: CanvasRenderingContext2D, radius: number, fill: string, stroke: string | null, width: number): void {
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  if (!stroke) return;
  context.lineWidth = width;
  context.strokeStyle = stroke;
  context.stroke();
}
