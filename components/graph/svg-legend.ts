import { type LegendEntry, toLegend, toStyles } from "./legend-entries";
import { type SampleShape, toSample } from "./legend-sample";
import type { Measure } from "./metrics";
import type { Palette } from "./palette";
import type { Scene } from "./scene";
import { escapeXml, tag } from "./svg-text";

const ROW = 28;
const SIZE = 20;
const WORDS = 13;
const GAP = { words: 7, entry: 22 };

export interface SvgLegend {
  height: number;
  /** @param y of its upper edge */
  draw(y: number): string;
}

/** The legend of an exported picture in rows as wide as the picture, each entry of which is drawn in it. */
export function toSvgLegend({ model, palette, stale }: Scene, left: number, width: number, measure: Measure): SvgLegend {
  const rows: { entry: LegendEntry; x: number }[][] = [[]];
  let x = 0;
  for (const entry of toLegend(toStyles(model), model.security)) {
    const wide = (toSample(entry).width * SIZE) / 24 + GAP.words + measure(entry.words, WORDS, 400);
    if (x > 0 && x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1)?.push({ entry, x: left + x });
    x += wide + GAP.entry;
  }
  return {
    height: rows.length * ROW,
    draw: (y) => rows.flatMap((row, index) => row.map(({ entry, x }) => toEntry(entry, x, y + index * ROW, palette, stale))).join(""),
  };
}

function toEntry(entry: LegendEntry, x: number, y: number, palette: Palette, stale: boolean): string {
  const { width, shapes } = toSample(entry);
  const scale = SIZE / 24;
  const sample = tag("g", { transform: `translate(${x} ${y}) scale(${scale.toFixed(4)})` }, shapes.map((shape) => toShape(shape, palette, stale)).join(""));
  const at = { x: x + width * scale + GAP.words, y: y + SIZE / 2 + WORDS * 0.36, "font-size": WORDS, fill: palette.muted };
  return sample + tag("text", at, escapeXml(entry.words));
}

function toShape({ d, fill, stroke, width, dash, cap, x }: SampleShape, palette: Palette, stale: boolean): string {
  // A stale picture has no colours of health, so its legend explains none.
  const colour = (token: keyof Palette) => palette[stale && (token === "ok" || token === "bad") ? "idle" : token];
  return tag("path", {
    d,
    transform: x === undefined ? undefined : `translate(${x})`,
    fill: fill === null ? "none" : colour(fill),
    "fill-rule": "evenodd",
    stroke: stroke === null ? undefined : colour(stroke),
    "stroke-width": width,
    "stroke-dasharray": dash?.join(" "),
    "stroke-linecap": cap,
    "stroke-linejoin": "round",
  });
}
