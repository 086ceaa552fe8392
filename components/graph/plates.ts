import type { LockState } from "@/lib/mesh/lock";
import { type EdgePath, isOverlappingRect, type Rect, toOverlap, toPointAt } from "./geometry";
import type { Point } from "./layout";
import { createNeighbourhood, type Neighbourhood } from "./neighbourhood";
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
/** Beside its line, in widths or heights of the plate, whichever must clear the line. */
const ASIDE = [0, 0.8, -0.8, 1.5, -1.5, 2.2, -2.2, 3, -3, 4, -4];
/** Where beside there is no gap either, one is looked for all around, in heights of the plate: from so many points of the line, in all directions. */
const AROUND_AT = [0.5, 0.3, 0.7, 0.15, 0.85];
const DIRECTIONS = [0, 2, 4, 6, 1, 3, 5, 7].map((eighth) => ({ x: Math.cos((eighth * Math.PI) / 4), y: Math.sin((eighth * Math.PI) / 4) }));
const AROUND: readonly Point[] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((step) => DIRECTIONS.map(({ x, y }) => ({ x: x * step, y: y * step })));

const WEIGHT: Record<LockState, number> = { refused: 0, plaintext: 1, mixed: 2, "not-measured": 3, "mutual-tls": 4 };

export interface PlateRules {
  /** Air around a plate, model units. */
  gap: number;
  /** What a fitted view shows: a plate beyond it would be cut off. */
  bounds: Bounds;
  /** A graph of hundreds of lines: a plate that finds no free place on its own line is left out, and the table has it. */
  isDense: boolean;
}

/** What a plate stays clear of, or covers as little of as it can. */
export interface Obstacle extends Rect {
  /** Of its area covered. */
  cost: number;
}

/**
 * A box without a name in it and the head of a line are still seen when a plate lies over a part; of names, locks and words what is covered is not read; and
 * a frame's title has no other place.
 */
export const COST = { shape: 1, words: 20, title: 60 } as const;

/** Looking for more places costs more than their locks could say. */
const DENSE_AT_MOST = 160;
/** The most important plates choose first, and of those the widest. */
export function placePlates(requests: PlateRequest[], obstacles: readonly Obstacle[], rules: PlateRules): PlacedPlate[] {
  const { isDense } = rules;
  const ordered = [...requests].sort((a, b) => weightOf(a) - weightOf(b) || b.width - a.width).slice(0, isDense ? DENSE_AT_MOST : undefined);
  // A dense picture whose lines are all closed has nothing to place, and a grid of specks would be slow to fill.
  if (ordered.length === 0) return [];
  const placed: PlacedPlate[] = [];
  const taken: Neighbourhood<Obstacle> = createNeighbourhood(Math.max(...ordered.map((request) => request.width), 1) * 2);
  for (const obstacle of obstacles) taken.add(obstacle);
  for (const request of ordered) {
    const plate = placeOne(request, taken, rules);
    // Words alone are no reason to hide a lock; the table has them.
    if (plate.isCrowded && (isDense || (request.lock === null && placed.some((other) => isOverlappingRect(plate, other))))) continue;
    placed.push(plate);
    taken.add({ ...plate, cost: COST.words });
  }
  return placed;
}

function weightOf({ lock }: PlateRequest): number {
  return lock === null ? 5 : WEIGHT[lock];
}

function placeOne(request: PlateRequest, taken: Neighbourhood<Obstacle>, { gap, bounds, isDense }: PlateRules): PlacedPlate {
  let best: PlacedPlate | null = null;
  let least = Infinity;
  const short = request.shortWidth === undefined ? [] : [{ ...request, width: request.shortWidth }];
  const along = (request.lock === "refused" ? ALONG_REFUSED : ALONG).map((share) => toAnchor(request.path, share));
  const around = isDense ? [] : AROUND_AT.map((share) => toAnchor(request.path, share));
  const rounds = [...(isDense ? [0] : ASIDE).map((push) => ({ anchors: along, push })), ...(isDense ? [] : AROUND).map((push) => ({ anchors: around, push }))];
  for (const { anchors, push } of rounds) {
    // Fewer letters on the line are better than all of them beside it.
    for (const tried of [request, ...short]) {
      for (const anchor of anchors) {
        const candidate = toCandidate(tried, anchor, push, tried !== request);
        const cost = COST.words * cutOff(candidate, bounds) + toCost(candidate, taken, gap);
        if (cost === 0) return candidate;
        if (cost >= least) continue;
        least = cost;
        best = { ...candidate, isCrowded: true };
      }
    }
  }
  return best ?? toCandidate(request, toAnchor(request.path, 0.5), 0, false);
}

function toCost(plate: Rect, taken: Neighbourhood<Obstacle>, gap: number): number {
  let cost = 0;
  for (const other of taken.near(plate, gap)) if (isOverlappingRect(plate, other, gap)) cost += other.cost * toOverlap(plate, [other], gap);
  return cost;
}

/** A point of a line, and where the line leads there. */
interface Anchor {
  point: Point;
  /** From its start. */
  distance: number;
  dx: number;
  dy: number;
}

function toAnchor(path: EdgePath, share: number): Anchor {
  const distance = path.length * share;
  const before = toPointAt(path, distance - 1);
  const after = toPointAt(path, distance + 1);
  const [dx, dy] = [after.x - before.x, after.y - before.y];
  const length = Math.hypot(dx, dy) || 1;
  return { point: toPointAt(path, distance), distance, dx: dx / length, dy: dy / length };
}

/** @param push away from the line: straight aside, or in a direction */
function toCandidate({ key, width, height }: PlateRequest, { point, distance, dx, dy }: Anchor, push: number | Point, isShort: boolean): PlacedPlate {
  // Half the plate as seen along the line's direction.
  const reach = Math.min(width / 2 / (Math.abs(dx) || 1e-6), height / 2 / (Math.abs(dy) || 1e-6));
  // Aside first means below the line: names of the row above are nearer than those below, and the top of the stage is nearest.
  const aside = (typeof push === "number" ? push : 0) * (Math.abs(dx) >= Math.abs(dy) ? height : width) * (dx >= 0 ? 1 : -1);
  const away = typeof push === "number" ? { x: -dy * aside, y: dx * aside } : { x: push.x * height, y: push.y * height };
  const isAside = push !== 0;
  return {
    key,
    x: point.x + away.x,
    y: point.y + away.y,
    width,
    height,
    anchor: point,
    isAside,
    isShort,
    stop: Math.max(0, distance - (isAside ? 0 : reach)),
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
