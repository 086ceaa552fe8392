import { type Measure, toFont } from "./metrics";

/** Measures text as the overlay will draw it. Widths are remembered: the same names come with every update. */
export function createMeasure(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  const known = new Map<string, number>();
  return (text, size, weight) => {
    const key = `${weight}/${size}/${text}`;
    const width = known.get(key);
    if (width !== undefined) return width;
    if (known.size > 20_000) known.clear();
    if (context) context.font = toFont(size, weight);
    const measured = context ? context.measureText(text).width : text.length * size * 0.6;
    known.set(key, measured);
    return measured;
  };
}
