import { LOCK_GRID, type LockShape } from "../lock-path";

/** What a lock's shapes cover of a raster, without any colour: its fingerprint. The path letters that the locks use are M L H V A C Z, either case. */
export function toPrint(shapes: readonly LockShape[], cells = 20): boolean[] {
  const outlines = shapes.map((shape) => ({ shape, lines: toPolylines(shape.d) }));
  return Array.from({ length: cells * cells }, (_, index) => {
    const at = { x: (((index % cells) + 0.5) * LOCK_GRID) / cells, y: ((Math.floor(index / cells) + 0.5) * LOCK_GRID) / cells };
    return outlines.some(({ shape, lines }) => (shape.stroke === null ? isInside(at, lines) : isOnStroke(at, lines, shape.stroke, shape.dash)));
  });
}

/** Cells in which two prints differ, of those that either covers: 0 = the same, 1 = nothing in common. */
export function toPrintDifference(a: readonly boolean[], b: readonly boolean[]): number {
  const either = a.filter((on, index) => on || b[index]).length;
  return a.filter((on, index) => on !== b[index]).length / Math.max(1, either);
}

interface Point {
  x: number;
  y: number;
}

/** Even-odd. */
function isInside({ x, y }: Point, lines: Point[][]): boolean {
  let inside = false;
  for (const line of lines) {
    line.forEach((from, index) => {
      const to = line[(index + 1) % line.length] as Point;
      if (from.y > y !== to.y > y && x < ((to.x - from.x) * (y - from.y)) / (to.y - from.y) + from.x) inside = !inside;
    });
  }
  return inside;
}

function isOnStroke(at: Point, lines: Point[][], width: number, dash: [number, number] | undefined): boolean {
  return lines.some((line) => {
    let along = 0;
    for (let index = 1; index < line.length; index++) {
      const [from, to] = [line[index - 1] as Point, line[index] as Point];
      const length = Math.hypot(to.x - from.x, to.y - from.y);
      const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((at.x - from.x) * (to.x - from.x) + (at.y - from.y) * (to.y - from.y)) / length ** 2));
      const isNear = Math.hypot(at.x - from.x - share * (to.x - from.x), at.y - from.y - share * (to.y - from.y)) <= width / 2;
      const isDrawn = dash === undefined || (along + share * length) % (dash[0] + dash[1]) < dash[0];
      if (isNear && isDrawn) return true;
      along += length;
    }
    return false;
  });
}

function toPolylines(d: string): Point[][] {
  const lines: Point[][] = [];
  let line: Point[] = [];
  let at: Point = { x: 0, y: 0 };
  const go = (x: number, y: number) => {
    at = { x, y };
    line.push(at);
  };
  for (const [, letter = "", list = ""] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const values = [...list.matchAll(/-?(?:\d+\.?\d*|\.\d+)/g)].map(([text]) => Number(text));
    const upper = letter.toUpperCase();
    const size = { M: 2, L: 2, H: 1, V: 1, A: 7, C: 6, Z: 0 }[upper];
    if (size === undefined) throw new Error(`The print reads no ${letter} in ${d}`);
    if (size === 0) {
      const [start] = line;
      if (start) go(start.x, start.y);
    }
    for (let index = 0; size > 0 && index + size <= values.length; index += size) {
      const base = letter === upper ? { x: 0, y: 0 } : at;
      const part = values.slice(index, index + size);
      const [x = 0, y = 0] = part.slice(-2);
      const end = { x: base.x + x, y: base.y + y };
      if (upper === "M" && index === 0) {
        line = [];
        lines.push(line);
        go(end.x, end.y);
      } else if (upper === "M" || upper === "L") go(end.x, end.y);
      else if (upper === "H") go(base.x + (part[0] ?? 0), at.y);
      else if (upper === "V") go(at.x, base.y + (part[0] ?? 0));
      else for (const point of upper === "A" ? toArc(at, part, end) : toCubic(at, part, base, end)) go(point.x, point.y);
    }
  }
  return lines;
}

const STEPS = 16;

function toCubic(from: Point, [x1 = 0, y1 = 0, x2 = 0, y2 = 0]: number[], base: Point, end: Point): Point[] {
  return Array.from({ length: STEPS }, (_, step) => {
    const t = (step + 1) / STEPS;
    const [a, b, c, e] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t ** 3];
    return { x: a * from.x + b * (base.x + x1) + c * (base.x + x2) + e * end.x, y: a * from.y + b * (base.y + y1) + c * (base.y + y2) + e * end.y };
  });
}

/** SVG 2, implementation notes B.2.4, for circles: from end points to centre and angles. */
function toArc(from: Point, [radius = 0, , , large = 0, sweep = 0]: number[], to: Point): Point[] {
  const half = { x: (from.x - to.x) / 2, y: (from.y - to.y) / 2 };
  const length = Math.hypot(half.x, half.y);
  const r = Math.max(radius, length);
  const offset = Math.sqrt(Math.max(0, r * r - length * length)) * (large === sweep ? -1 : 1);
  const centre = { x: (from.x + to.x) / 2 + (offset * half.y) / (length || 1), y: (from.y + to.y) / 2 - (offset * half.x) / (length || 1) };
  const start = Math.atan2(from.y - centre.y, from.x - centre.x);
  let turn = Math.atan2(to.y - centre.y, to.x - centre.x) - start;
  if (sweep === 1 && turn < 0) turn += 2 * Math.PI;
  if (sweep === 0 && turn > 0) turn -= 2 * Math.PI;
  return Array.from({ length: STEPS }, (_, step) => {
    const angle = start + (turn * (step + 1)) / STEPS;
    return { x: centre.x + r * Math.cos(angle), y: centre.y + r * Math.sin(angle) };
  });
}
