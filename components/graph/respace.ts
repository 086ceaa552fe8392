import type { Arrange, Box, Gaps, Positions } from "./layout";

/** What a ranking with certain gaps came to. */
interface Ranked {
  positions: Positions;
  gaps: Gaps;
}

/**
 * Ranks each set of boxes once. Which boxes share a column and who stands above whom does not depend on the gaps, and finding it out is nearly all of a
 * ranking's time: with other gaps the same columns and rows stand further apart or closer together.
 * @param arrange gives all boxes of a column the same x
 * @param toRowGap space it leaves between two boxes of a column
 */
export function withRespacing(arrange: Arrange, toRowGap: (gaps: Gaps) => number): Arrange {
  const known = new Map<string, Ranked>();
  return (boxes, edges, gaps) => {
    const height = boxes[0]?.height ?? 0;
    // Rows of different heights do not all grow alike.
    if (boxes.some((box) => box.height !== height)) return arrange(boxes, edges, gaps);
    const key = JSON.stringify([boxes, edges]);
    const ranked = known.get(key);
    if (ranked) return respace(boxes, ranked, gaps, (height + toRowGap(gaps)) / (height + toRowGap(ranked.gaps)));
    const positions = arrange(boxes, edges, gaps);
    known.set(key, { positions, gaps });
    return positions;
  };
}

/** @param stretch of all rows */
function respace(boxes: Box[], { positions, gaps: before }: Ranked, gaps: Gaps, stretch: number): Positions {
  const columns = new Map<number, number>();
  for (const { key, width } of boxes) {
    const x = positions.get(key)?.x ?? 0;
    columns.set(x, Math.max(width, columns.get(x) ?? 0));
  }
  const moved = new Map<number, number>();
  let last: { x: number; width: number; to: number } | null = null;
  for (const [x, width] of [...columns].sort(([a], [b]) => a - b)) {
    let to = width / 2;
    if (last) {
      const touching: number = (last.width + width) / 2;
      // A column that only lines pass through leaves a wider gap behind.
      to = last.to + touching + ((x - last.x - touching) / before.along) * gaps.along;
    }
    moved.set(x, to);
    last = { x, width, to };
  }
  return new Map([...positions].map(([key, { x, y }]) => [key, { x: moved.get(x) ?? x, y: y * stretch }]));
}
