import { arrangeQuickly } from "./arrange-quick";
import type { Arrange, Positions } from "./layout";

/** Where nearly everything talks to everything, ranks make one long row and room for lines that cannot be kept apart anyway. */
const DENSE = { boxes: 8, edgesPerBox: 3 };
/** Columns for one row: stages are wider than high, and boxes wider than high already. */
const COLUMNS_PER_ROW = 1.6;

/** A grid for what is dense, callers still to the left of what they call; any other picture by the engine it is given. */
export function withGrid(arrange: Arrange): Arrange {
  return (boxes, edges, gaps) => {
    const pairs = new Set(edges.map((edge) => JSON.stringify(edge)));
    const isDense = boxes.length >= DENSE.boxes && pairs.size >= boxes.length * DENSE.edgesPerBox;
    return (isDense ? arrangeInGrid : arrange)(boxes, edges, gaps);
  };
}

const arrangeInGrid: Arrange = (boxes, edges, gaps) => {
  const ranked = arrangeQuickly(boxes, edges, gaps);
  const at = (key: string) => ranked.get(key) ?? { x: 0, y: 0 };
  const ordered = [...boxes].sort((a, b) => at(a.key).x - at(b.key).x || at(a.key).y - at(b.key).y || (a.key < b.key ? -1 : 1));
  const rows = Math.max(1, Math.round(Math.sqrt(boxes.length / COLUMNS_PER_ROW)));
  const positions: Positions = new Map();
  let x = 0;
  for (let from = 0; from < ordered.length; from += rows) {
    const column = ordered.slice(from, from + rows);
    const width = Math.max(...column.map((box) => box.width));
    // Every other column half a row lower, so that lines along a row do not run through all of it.
    let y = ((from / rows) % 2) * ((column[0]?.height ?? 0) + gaps.across) * 0.5;
    for (const box of column) {
      positions.set(box.key, { x: x + width / 2, y: y + box.height / 2 });
      y += box.height + gaps.across;
    }
    x += width + gaps.along;
  }
  return positions;
};
