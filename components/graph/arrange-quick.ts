import type { Arrange, Box, Positions } from "./layout";

/**
 * A plain layered ranking in near-linear time: cycles cut by a depth-first walk, longest-path ranks, four barycentre sweeps. Less handsome than dagre;
 * for graphs where dagre would take minutes, and for browsers without workers.
 */
export const arrangeQuickly: Arrange = (boxes, edges, gaps) => {
  const forward = toAcyclic(boxes, edges);
  const ranks = toRanks(boxes, forward);
  const columns: Box[][] = [];
  for (const box of boxes) {
    const rank = ranks.get(box.key) ?? 0;
    const column = columns[rank];
    if (column) column.push(box);
    else columns[rank] = [box];
  }
  const before = toNeighbours(forward.map(([source, target]) => [target, source]));
  const after = toNeighbours(forward);
  const spacing = gaps.across / 2;
  const v = new Map<string, number>();
  for (const column of columns) stack(column, v, spacing);
  for (let sweep = 0; sweep < 4; sweep++) {
    const order = sweep % 2 === 0 ? columns : [...columns].reverse();
    const neighbours = sweep % 2 === 0 ? before : after;
    for (const column of order) settle(column, neighbours, v, spacing);
  }
  const positions: Positions = new Map();
  let x = 0;
  for (const column of columns) {
    const width = Math.max(...column.map((box) => box.width));
    for (const box of column) positions.set(box.key, { x: x + width / 2, y: v.get(box.key) ?? 0 });
    x += width + gaps.along;
  }
  return positions;
};

/** Edges without those that close a cycle. Iterative: a chain of 5,000 must not overflow the stack. */
function toAcyclic(boxes: Box[], edges: [string, string][]): [string, string][] {
  const after = toNeighbours(edges);
  const state = new Map<string, "open" | "done">();
  const closing = new Set<string>();
  for (const box of boxes) {
    if (state.has(box.key)) continue;
    const stack = [{ key: box.key, next: 0 }];
    state.set(box.key, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const target = after.get(top.key)?.[top.next++];
      if (target === undefined) {
        state.set(top.key, "done");
        stack.pop();
      } else if (state.get(target) === "open") {
        closing.add(JSON.stringify([top.key, target]));
      } else if (!state.has(target)) {
        state.set(target, "open");
        stack.push({ key: target, next: 0 });
      }
    }
  }
  return edges.filter((edge) => !closing.has(JSON.stringify(edge)));
}

/** Longest path from a source, by Kahn's order. */
function toRanks(boxes: Box[], edges: [string, string][]): Map<string, number> {
  const after = toNeighbours(edges);
  const waiting = new Map<string, number>();
  for (const [, target] of edges) waiting.set(target, (waiting.get(target) ?? 0) + 1);
  const ranks = new Map(boxes.map((box) => [box.key, 0]));
  const ready = boxes.filter((box) => !waiting.has(box.key)).map((box) => box.key);
  for (let index = 0; index < ready.length; index++) {
    const key = ready[index] as string;
    for (const target of after.get(key) ?? []) {
      ranks.set(target, Math.max(ranks.get(target) ?? 0, (ranks.get(key) ?? 0) + 1));
      const left = (waiting.get(target) ?? 1) - 1;
      waiting.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return ranks;
}

function toNeighbours(edges: [string, string][]): Map<string, string[]> {
  const neighbours = new Map<string, string[]>();
  for (const [source, target] of edges) {
    const list = neighbours.get(source);
    if (list) list.push(target);
    else neighbours.set(source, [target]);
  }
  return neighbours;
}

/** One below the other around 0. */
function stack(column: Box[], v: Map<string, number>, spacing: number): void {
  const total = column.reduce((sum, box) => sum + box.height + spacing, -spacing);
  let top = -total / 2;
  for (const box of column) {
    v.set(box.key, top + box.height / 2);
    top += box.height + spacing;
  }
}

/** Orders a column by the mean of its neighbours, then pushes it apart around the mean it wants. */
function settle(column: Box[], neighbours: Map<string, string[]>, v: Map<string, number>, spacing: number): void {
  const wanted = new Map<string, number>();
  for (const box of column) {
    const levels = (neighbours.get(box.key) ?? []).map((key) => v.get(key) ?? 0);
    wanted.set(box.key, levels.length === 0 ? (v.get(box.key) ?? 0) : levels.reduce((sum, level) => sum + level, 0) / levels.length);
  }
  column.sort((a, b) => (wanted.get(a.key) ?? 0) - (wanted.get(b.key) ?? 0));
  let shift = 0;
  let bottom = -Infinity;
  for (const box of column) {
    const want = wanted.get(box.key) ?? 0;
    const level = Math.max(want, bottom + box.height / 2);
    v.set(box.key, level);
    shift += want - level;
    bottom = level + box.height / 2 + spacing;
  }
  shift /= column.length || 1;
  for (const box of column) v.set(box.key, (v.get(box.key) ?? 0) + shift);
}
