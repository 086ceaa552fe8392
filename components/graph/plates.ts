import type { LockState } from "@/lib/mesh/lock";
import { type EdgePath, type Rect, toOverlap, toPointAt } from "./geometry";
import type { Point } from "./layout";
import type { Bounds } from "./viewport";

/**
 * Where locks sit: on their line, on a plate, never over a name, another plate or a frame's title when there is any other place. Plates keep their size on
 * screen, so their size in model units and with it their place depend on the zoom. Pure.
 */
export interface PlateRequest {
  key: string;
  path: EdgePath;
  lock: LockState | null;
  /** Model units at the present zoom. */
  width: number;
  height: number;
  /** Width with fewer letters; absent = there is nothing shorter. */
  shortWidth?: number;
}

export interface PlacedPlate extends Rect {
  key: string;
  /** Distance along the path at which a refused call stops: the plate's near side. */
  stop: number;
  /** Its point of the line: a plate that had to step aside is tied to it. */
  anchor: Point;
  isAside: boolean;
  /** With fewer letters, because the whole does not fit on its line. */
  isShort: boolean;
  /** Overlaps something because there is no free place on its line. */
  isCrowded: boolean;
}

const ALONG = [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8, 0.14, 0.86];
/** A refusal happens at the server's door: its lock stands nearer to the target. */
const ALONG_REFUSED = [0.6, 0.66, 0.54, 0.72, 0.48, 0.42, 0.36, 0.3, 0.78, 0.24];
const ASIDE = [0, 0.8, -0.8, 1.5, -1.5, 2.2, -2.2, 3, -3, 4, -4];

const WEIGHT: Record<LockState, number> = { refused: 0, plaintext: 1, mixed: 2, "not-measured": 3, "mutual-tls": 4 };

export interface PlateRules {
  /** Air around a plate, model units. */
  gap: number;
  /** What a fitted view shows: a plate beyond it would be cut off. */
  bounds: Bounds;
  /** A graph of hundreds of lines: a plate that finds no free place on its own line is left out, and the table has it. */
  isDense: boolean;
}

/** Looking for more places costs more than their locks could say. */
const DENSE_AT_MOST = 160;

/** The most important plates choose first. */
export function placePlates(requests: PlateRequest[], obstacles: Rect[], rules: PlateRules): PlacedPlate[] {
  const { isDense } = rules;
  const ordered = [...requests].sort((a, b) => weightOf(a) - weightOf(b)).slice(0, isDense ? DENSE_AT_MOST : undefined);
  // A dense picture whose lines are all closed has nothing to place, and a grid of specks would be slow to fill.
  if (ordered.length === 0) return [];
  const placed: PlacedPlate[] = [];
  const taken = createNeighbourhood(Math.max(...ordered.map((request) => request.width), 1) * 2);
  for (const rect of obstacles) taken.add(rect);
  for (const request of ordered) {
    const plate = placeOne(request, taken, rules);
    if (isDense && plate.isCrowded) continue;
    placed.push(plate);
    taken.add(plate);
  }
  return placed;
}

/** Rectangles by grid cell, so that each candidate meets only what is near it. */
interface Neighbourhood {
  add(rect: Rect): void;
  near(rect: Rect, gap: number): Set<Rect>;
}

function createNeighbourhood(cell: number): Neighbourhood {
  const cells = new Map<string, Rect[]>();
  const visit = (rect: Rect, gap: number, each: (key: string) => void) => {
    const [left, right] = [Math.floor((rect.x - rect.width / 2 - gap) / cell), Math.floor((rect.x + rect.width / 2 + gap) / cell)];
    const [top, bottom] = [Math.floor((rect.y - rect.height / 2 - gap) / cell), Math.floor((rect.y + rect.height / 2 + gap) / cell)];
    for (let column = left; column <= right; column++) for (let row = top; row <= bottom; row++) each(`${column}/${row}`);
  };
  return {
    add(rect) {
      visit(rect, 0, (key) => {
        const list = cells.get(key);
        if (list) list.push(rect);
        else cells.set(key, [rect]);
      });
    },
    near(rect, gap) {
      const found = new Set<Rect>();
      visit(rect, gap, (key) => {
        for (const other of cells.get(key) ?? []) found.add(other);
      });
      return found;
    },
  };
}

function weightOf({ lock }: PlateRequest): number {
  return lock === null ? 5 : WEIGHT[lock];
}

function placeOne(request: PlateRequest, taken: Neighbourhood, { gap, bounds, isDense }: PlateRules): PlacedPlate {
  let best: PlacedPlate | null = null;
  let least = Infinity;
  const short = request.shortWidth === undefined ? [] : [{ ...request, width: request.shortWidth }];
  for (const aside of isDense ? [0] : ASIDE) {
    // Fewer letters on the line are better than all of them beside it.
    for (const tried of [request, ...short]) {
      for (const share of tried.lock === "refused" ? ALONG_REFUSED : ALONG) {
        const candidate = { ...toCandidate(tried, share, aside), isShort: tried !== request };
        const overlap = toOverlap(candidate, taken.near(candidate, gap), gap) + cutOff(candidate, bounds);
        if (overlap === 0) return candidate;
        if (overlap < least) {
          least = overlap;
          best = { ...candidate, isCrowded: true };
        }
      }
    }
  }
  return best ?? toCandidate(request, 0.5, 0);
}

function toCandidate({ key, path, width, height }: PlateRequest, share: number, aside: number): PlacedPlate {
  const distance = path.length * share;
  const point = toPointAt(path, distance);
  const before = toPointAt(path, distance - 1);
  const after = toPointAt(path, distance + 1);
  const [dx, dy] = [after.x - before.x, after.y - before.y];
  const length = Math.hypot(dx, dy) || 1;
  // Half the plate as seen along the line's direction.
  const reach = Math.min(Math.abs((width / 2) * (length / (Math.abs(dx) || 1e-6))), Math.abs((height / 2) * (length / (Math.abs(dy) || 1e-6))));
  const push = aside * (Math.abs(dx) >= Math.abs(dy) ? height : width);
  // Aside first means below the line: names of the row above are nearer than those below, and the top of the stage is nearest.
  const below = dx >= 0 ? 1 : -1;
  return {
    key,
    x: point.x - (dy / length) * push * below,
    y: point.y + (dx / length) * push * below,
    width,
    height,
    anchor: point,
    isAside: aside !== 0,
    isShort: false,
    stop: Math.max(0, distance - (aside === 0 ? reach : 0)),
    isCrowded: false,
  };
}

/** The part of a rectangle that lies beyond the bounds. */
function cutOff(rect: Rect, { left, top, right, bottom }: Bounds): number {
  const width = Math.min(rect.x + rect.width / 2, right) - Math.max(rect.x - rect.width / 2, left);
  const height = Math.min(rect.y + rect.height / 2, bottom) - Math.max(rect.y - rect.height / 2, top);
  const lost = rect.width * rect.height - Math.max(0, width) * Math.max(0, height);
  // Sums of fractions differ in their last digits.
  return lost > 1e-6 * rect.width * rect.height ? lost : 0;
}
