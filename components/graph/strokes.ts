import type { Pattern, Tone } from "./model";
import type { Palette } from "./palette";

/** How lines are stroked: the graph draws them so, and the legend, which is there before the graph's code, shows them so. */

/** Strokes and gaps of each pattern for a line of three units; null = unbroken. */
export const DASHES: Record<Pattern, number[] | null> = {
  solid: null,
  mixed: [16, 6, 2, 6],
  plaintext: [12, 8],
  // Hollow: an empty line as the ring is an empty lock. A dash of its own would be read as plaintext's.
  "not-measured": null,
  refused: [2, 7],
  idle: [1, 9],
};

/** A line that nobody measured, in widths of a line: its outline, and the ground within. */
export const HOLLOW = { outer: 1.9, inner: 0.9 };

/** The colour of a line is health. */
export const TONE_TOKENS: Record<Tone, keyof Palette> = { answered: "ok", errors: "bad", idle: "idle", refused: "refused" };

export function toneColour(palette: Palette, tone: Tone, stale: boolean): string {
  return stale ? palette.idle : palette[TONE_TOKENS[tone]];
}
