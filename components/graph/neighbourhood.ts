import type { Rect } from "./geometry";

/** Rectangles by grid cell, so that each looks only at what is near it. */
export interface Neighbourhood<T extends Rect> {
  add(rect: T): void;
  /** What may overlap a rectangle with a gap around it: all that does, each once, and some more. */
  near(rect: Rect, gap: number): T[];
}

/** Cells in a row of the grid; where there are more, two share a key, and each finds what is near the other as well. */
const ROW = 2 ** 20;

/** @param cell side of a grid cell, in the rectangles' units */
export function createNeighbourhood<T extends Rect>(cell: number): Neighbourhood<T> {
  const cells = new Map<number, { rect: T; seen: number }[]>();
  let looks = 0;
  const visit = (rect: Rect, gap: number, each: (key: number) => void) => {
    const [left, right] = [Math.floor((rect.x - rect.width / 2 - gap) / cell), Math.floor((rect.x + rect.width / 2 + gap) / cell)];
    const [top, bottom] = [Math.floor((rect.y - rect.height / 2 - gap) / cell), Math.floor((rect.y + rect.height / 2 + gap) / cell)];
    for (let column = left; column <= right; column++) for (let row = top; row <= bottom; row++) each(row * ROW + column);
  };
  return {
    add(rect) {
      const entry = { rect, seen: 0 };
      visit(rect, 0, (key) => {
        const list = cells.get(key);
        if (list) list.push(entry);
        else cells.set(key, [entry]);
      });
    },
    near(rect, gap) {
      const found: T[] = [];
      looks++;
      visit(rect, gap, (key) => {
        for (const entry of cells.get(key) ?? []) {
          if (entry.seen === looks) continue;
          entry.seen = looks;
          found.push(entry.rect);
        }
      });
      return found;
    },
  };
}
