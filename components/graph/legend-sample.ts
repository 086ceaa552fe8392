import { LOCK_GRID, LOCK_SHAPES, LOCK_TOKENS } from "../locks/lock-path";
import type { LegendEntry } from "./legend-entries";
import type { NodeLook } from "./model";
import type { Palette } from "./palette";
import { DASHES, HOLLOW, TONE_TOKENS } from "./strokes";
import type { DotKind } from "./traffic";

/** A legend's sample as paths on a grid 24 high, for the page and for exported pictures alike. Pure. */
export interface Sample {
  width: number;
  shapes: readonly SampleShape[];
}

export interface SampleShape {
  d: string;
  fill: keyof Palette | null;
  stroke: keyof Palette | null;
  width?: number;
  dash?: readonly number[];
  cap?: "round" | "butt";
  /** To the right, on the grid. */
  x?: number;
}

const DOT = 6;
const LINE = { width: 3, end: 41, scale: 0.8 };
const LOCK_AT = 43;

export function toSample({ dot, line, lock, look }: LegendEntry): Sample {
  if (look !== null) return { width: 28, shapes: toBox(look) };
  const start = dot === null ? 2 : 2 * DOT + 3;
  const shapes = [
    ...(dot === null ? [] : toDot(dot)),
    ...(line === null ? [] : toLine(`M${start} 12H${lock === null ? LINE.end - 1.5 : LINE.end - 2}`, line)),
    ...(lock === null
      ? []
      : LOCK_SHAPES[lock].map(
          ({ d, stroke, dash }): SampleShape => ({
            d,
            x: LOCK_AT,
            fill: stroke === null ? LOCK_TOKENS[lock] : null,
            stroke: stroke === null ? null : LOCK_TOKENS[lock],
            ...(stroke !== null && { width: stroke }),
            ...(dash !== undefined && { dash }),
            cap: dash === undefined ? "round" : "butt",
          }),
        )),
  ];
  return { width: lock === null ? LINE.end : LOCK_AT + LOCK_GRID, shapes };
}

function toLine(d: string, { pattern, tone }: NonNullable<LegendEntry["line"]>): SampleShape[] {
  const dash = DASHES[pattern]?.map((value) => value * LINE.scale);
  const line: SampleShape = { d, fill: null, stroke: TONE_TOKENS[tone], width: LINE.width, cap: "round", ...(dash && { dash }) };
  if (pattern !== "not-measured") return [line];
  return [
    { ...line, width: LINE.width * HOLLOW.outer },
    { ...line, stroke: "surface", width: LINE.width * HOLLOW.inner },
  ];
}

const circle = (r: number) => `M${DOT - r} 12a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0`;

function toDot(kind: DotKind): SampleShape[] {
  switch (kind) {
    case "mutual-tls":
      return [
        { d: circle(5), fill: "surface", stroke: "ok", width: 1.8 },
        { d: circle(2.2), fill: "ok", stroke: null },
      ];
    case "plaintext":
      return [{ d: circle(4.6), fill: "ground", stroke: "plain", width: 2.1 }];
    case "answered":
      return [{ d: circle(4.4), fill: "ok", stroke: null }];
    case "failed":
      return [{ d: "M6 6L12 12L6 18L0 12Z", fill: "bad", stroke: null }];
    case "refused":
      return [{ d: "M2 8L10 16M10 8L2 16", fill: null, stroke: "refused", width: 2.7, cap: "round" }];
  }
}

function toBox(look: NodeLook): SampleShape[] {
  const box = (x: number, y: number): string => `M${x + 4} ${y}h14a4 4 0 0 1 4 4v7a4 4 0 0 1-4 4h-14a4 4 0 0 1-4-4v-7a4 4 0 0 1 4-4z`;
  const frame: SampleShape = { d: box(3, 4.5), fill: "surface", stroke: "border", width: 1.8 };
  const bar = "M8.5 7.5v9";
  switch (look) {
    case "meshed":
      return [frame, { d: bar, fill: null, stroke: "mtls", width: 4, cap: "round" }];
    case "ambient":
      return [frame, { d: bar, fill: null, stroke: "mtls", width: 4.4, cap: "round" }, { d: bar, fill: null, stroke: "surface", width: 2, cap: "round" }];
    case "bare":
      return [{ ...frame, stroke: "plain", width: 2, dash: [4, 3], cap: "butt" }];
    case "unidentified":
      return [{ ...frame, stroke: "idle", width: 2, dash: [4, 3], cap: "butt" }];
    case "group":
      return [
        { ...frame, d: box(5, 7) },
        { ...frame, d: box(2, 3) },
      ];
    default:
      return [frame];
  }
}
