import type { Point, Positions } from "./layout";
import type { Size } from "./metrics";
import type { ModelEdge } from "./model";

/**
 * Where lines run: computed here once for both painters, so that Cytoscape's lines and the dots on the overlay agree to the pixel and nothing has to be read
 * back from Cytoscape. Pure.
 */
export interface Rect {
  /** Centre. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface EdgePath {
  kind: "straight" | "curve" | "loop";
  start: Point;
  end: Point;
  /** Distance of the quadratic control point from the middle between both centres (Cytoscape's `control-point-distances`); 0 for straight lines. */
  bend: number;
  /** The line as points with the distance of each from the start: what dots follow. */
  xs: Float32Array;
  ys: Float32Array;
  at: Float32Array;
  length: number;
}

/** A self-call hangs below its node, where neither titles nor satellites are. Degrees, and multiples of the node's height. */
export const LOOP = { direction: 180, sweep: 70, distance: 1.05 } as const;

const PAIR_BEND = 44;
const DETOURS = [70, -70, 120, -120, 180, -180, 260, -260, 360, -360];
/** Above this, lines may pass behind nodes: looking for a way around all of them costs edges × nodes. */
export const DETOURS_UP_TO = 200;
const CLEARANCE = 8;

export function toRects(positions: Positions, sizes: Map<string, Size>): Map<string, Rect> {
  const rects = new Map<string, Rect>();
  for (const [key, size] of sizes) {
    const position = positions.get(key);
    if (position) rects.set(key, { ...position, ...size });
  }
  return rects;
}

/** A path for every edge whose ends both have a place. */
export function toPaths(edges: ModelEdge[], rects: Map<string, Rect>): Map<string, EdgePath> {
  const paths = new Map<string, EdgePath>();
  const pairs = new Map<string, ModelEdge[]>();
  for (const edge of edges) {
    const pair = JSON.stringify([edge.source, edge.target].sort());
    const list = pairs.get(pair);
    if (list) list.push(edge);
    else pairs.set(pair, [edge]);
  }
  const obstacles = edges.length <= DETOURS_UP_TO ? [...rects] : [];
  for (const parallel of pairs.values()) {
    parallel.forEach((edge, index) => {
      const source = rects.get(edge.source);
      const target = rects.get(edge.target);
      if (!source || !target) return;
      if (edge.source === edge.target) {
        paths.set(edge.key, toLoop(source, index));
        return;
      }
      // The chord's normal turns with its direction, so that opposite edges with the same bend part ways.
      const forward = edge.source < edge.target ? 1 : -1;
      const bend = parallel.length === 1 ? 0 : forward * (index - (parallel.length - 1) / 2) * PAIR_BEND;
      const others = obstacles.filter(([key]) => key !== edge.source && key !== edge.target).map(([, rect]) => rect);
      paths.set(edge.key, toClearPath(source, target, bend, others));
    });
  }
  return paths;
}

function toClearPath(source: Rect, target: Rect, bend: number, others: Rect[]): EdgePath {
  const first = toPath(source, target, bend);
  if (!isBlocked(first, others)) return first;
  for (const detour of DETOURS) {
    const path = toPath(source, target, bend + detour);
    if (!isBlocked(path, others)) return path;
  }
  return first;
}

/** From border to border, bent or straight. */
export function toPath(source: Rect, target: Rect, bend: number): EdgePath {
  const control = toControl(source, target, bend);
  const start = toBorder(source, control ?? target);
  const end = toBorder(target, control ?? source);
  if (!control) return toEdgePath("straight", start, end, 0, [start, end]);
  return toEdgePath("curve", start, end, bend, toQuadratic(start, control, end, 20));
}

/** Cytoscape's own construction of a self-edge (two joined quadratics), for its parameters in `LOOP`. */
function toLoop(node: Rect, index: number): EdgePath {
  const distance = loopDistance(node) * 1.4;
  const middle = (LOOP.direction * Math.PI) / 180 - Math.PI / 2;
  const half = (LOOP.sweep * Math.PI) / 360;
  const grown = distance * (index / 3 + 1);
  const out = { x: node.x + Math.cos(middle - half) * grown, y: node.y + Math.sin(middle - half) * grown };
  const back = { x: node.x + Math.cos(middle + half) * grown, y: node.y + Math.sin(middle + half) * grown };
  const top = { x: (out.x + back.x) / 2, y: (out.y + back.y) / 2 };
  const start = toBorder(node, out);
  const end = toBorder(node, back);
  return toEdgePath("loop", start, end, 0, [...toQuadratic(start, out, top, 10), ...toQuadratic(top, back, end, 10).slice(1)]);
}

export function loopDistance(node: Size): number {
  return LOOP.distance * node.height;
}

/** The point of a distance (model units) along the path, clamped to its ends. */
export function toPointAt(path: EdgePath, distance: number): Point {
  const last = path.at.length - 1;
  if (distance <= 0) return { x: path.xs[0] ?? 0, y: path.ys[0] ?? 0 };
  // Lines are two points or twenty; a search would cost more than the walk.
  let index = 1;
  while (index < last && (path.at[index] ?? 0) < distance) index++;
  const from = path.at[index - 1] ?? 0;
  const span = (path.at[index] ?? 0) - from;
  const share = span > 0 ? Math.min(1, (distance - from) / span) : 1;
  const [x0, y0, x1, y1] = [path.xs[index - 1] ?? 0, path.ys[index - 1] ?? 0, path.xs[index] ?? 0, path.ys[index] ?? 0];
  return { x: x0 + (x1 - x0) * share, y: y0 + (y1 - y0) * share };
}

/** The heads of all lines: a plate over one hides where its line leads. @param size of an arrow, model units */
export function toArrowRects(paths: Iterable<EdgePath>, size: number): Rect[] {
  return Array.from(paths, (path) => {
    const tail = toPointAt(path, path.length - size);
    const [dx, dy] = [Math.abs(path.end.x - tail.x), Math.abs(path.end.y - tail.y)];
    return { x: (path.end.x + tail.x) / 2, y: (path.end.y + tail.y) / 2, width: Math.max(dx, size * 0.8), height: Math.max(dy, size * 0.8) };
  });
}

export function isInside({ x, y, width, height }: Rect, point: Point): boolean {
  return Math.abs(point.x - x) <= width / 2 && Math.abs(point.y - y) <= height / 2;
}

export function isOverlappingRect(a: Rect, b: Rect, gap = 0): boolean {
  return Math.abs(a.x - b.x) < (a.width + b.width) / 2 + gap && Math.abs(a.y - b.y) < (a.height + b.height) / 2 + gap;
}

/** How much of a rectangle others cover, with a gap around it. */
export function toOverlap(rect: Rect, others: Iterable<Rect>, gap = 0): number {
  let sum = 0;
  for (const other of others) {
    if (!isOverlappingRect(rect, other, gap)) continue;
    const width = (rect.width + other.width) / 2 + gap - Math.abs(rect.x - other.x);
    const height = (rect.height + other.height) / 2 + gap - Math.abs(rect.y - other.y);
    sum += width * height;
  }
  return sum;
}

function isBlocked({ xs, ys }: EdgePath, others: Rect[]): boolean {
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const extent = { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
  for (const rect of others) {
    // Most boxes are nowhere near.
    if (!isOverlappingRect(extent, rect, CLEARANCE)) continue;
    for (let index = 1; index < xs.length; index++) {
      if (isCrossing(xs[index - 1] ?? 0, ys[index - 1] ?? 0, xs[index] ?? 0, ys[index] ?? 0, rect)) return true;
    }
  }
  return false;
}

/** Whether a straight piece comes too near to a rectangle: what of it lies between both pairs of sides (Liang and Barsky). Asked very often. */
export function isCrossing(x0: number, y0: number, x1: number, y1: number, rect: Rect): boolean {
  const [left, right] = [rect.x - rect.width / 2 - CLEARANCE, rect.x + rect.width / 2 + CLEARANCE];
  if ((x0 <= left && x1 <= left) || (x0 >= right && x1 >= right)) return false;
  const [top, bottom] = [rect.y - rect.height / 2 - CLEARANCE, rect.y + rect.height / 2 + CLEARANCE];
  if ((y0 <= top && y1 <= top) || (y0 >= bottom && y1 >= bottom)) return false;
  let [enters, leaves] = [0, 1];
  if (x0 !== x1) {
    const [first, second] = [(left - x0) / (x1 - x0), (right - x0) / (x1 - x0)];
    enters = Math.max(enters, Math.min(first, second));
    leaves = Math.min(leaves, Math.max(first, second));
  }
  if (y0 !== y1) {
    const [first, second] = [(top - y0) / (y1 - y0), (bottom - y0) / (y1 - y0)];
    enters = Math.max(enters, Math.min(first, second));
    leaves = Math.min(leaves, Math.max(first, second));
  }
  return enters < leaves;
}

/** Where the line from a box's centre towards a point leaves the box. */
function toBorder(box: Rect, towards: Point): Point {
  const dx = towards.x - box.x;
  const dy = towards.y - box.y;
  if (dx === 0 && dy === 0) return { x: box.x + box.width / 2, y: box.y };
  const share = Math.min(dx === 0 ? Infinity : box.width / 2 / Math.abs(dx), dy === 0 ? Infinity : box.height / 2 / Math.abs(dy));
  return { x: box.x + dx * share, y: box.y + dy * share };
}

function toControl(from: Point, to: Point, bend: number): Point | null {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy);
  if (bend === 0 || length === 0) return null;
  return { x: (from.x + to.x) / 2 - (dy / length) * bend, y: (from.y + to.y) / 2 + (dx / length) * bend };
}

function toQuadratic(from: Point, control: Point, to: Point, steps: number): Point[] {
  return Array.from({ length: steps + 1 }, (_, step) => {
    const t = step / steps;
    const s = 1 - t;
    return { x: s * s * from.x + 2 * s * t * control.x + t * t * to.x, y: s * s * from.y + 2 * s * t * control.y + t * t * to.y };
  });
}

function toEdgePath(kind: EdgePath["kind"], start: Point, end: Point, bend: number, points: Point[]): EdgePath {
  const at = new Float32Array(points.length);
  for (let index = 1; index < points.length; index++) {
    const [a, b] = [points[index - 1] as Point, points[index] as Point];
    at[index] = (at[index - 1] ?? 0) + Math.hypot(b.x - a.x, b.y - a.y);
  }
  return {
    kind,
    start,
    end,
    bend,
    xs: Float32Array.from(points, (point) => point.x),
    ys: Float32Array.from(points, (point) => point.y),
    at,
    length: at.at(-1) ?? 0,
  };
}
