import { type EdgePath, isOverlappingRect, type Rect, toPointAt } from "./geometry";
import type { LockState } from "@/lib/mesh/lock";

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
}

export interface PlacedPlate extends Rect {
  key: string;
  /** Distance along the path at which a refused call stops: the plate's near side. */
  stop: number;
  /** Overlaps something because there is no free place on its line. */
  crowded: boolean;
}

const ALONG = [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8, 0.14, 0.86];
/** A refusal happens at the server's door: its lock stands nearer to the target. */
const ALONG_REFUSED = [0.6, 0.66, 0.54, 0.72, 0.48, 0.42, 0.36, 0.3, 0.78, 0.24];
const ASIDE = [0, 0.8, -0.8, 1.5, -1.5];

const WEIGHT: Record<LockState, number> = { refused: 0, plaintext: 1, mixed: 2, "not-measured": 3, "mutual-tls": 4 };

/** The most important plates choose first; at most `limit` are placed. */
export function placePlates(requests: PlateRequest[], obstacles: Rect[], gap: number, limit = 300): PlacedPlate[] {
  const ordered = [...requests].sort((a, b) => weightOf(a) - weightOf(b)).slice(0, limit);
  const placed: PlacedPlate[] = [];
  for (const request of ordered) placed.push(placeOne(request, obstacles, placed, gap));
  return placed;
}

function weightOf({ lock }: PlateRequest): number {
  return lock === null ? 5 : WEIGHT[lock];
}

function placeOne(request: PlateRequest, obstacles: Rect[], placed: PlacedPlate[], gap: number): PlacedPlate {
  let best: PlacedPlate | null = null;
  let least = Infinity;
  for (const aside of ASIDE) {
    for (const share of request.lock === "refused" ? ALONG_REFUSED : ALONG) {
      const candidate = toCandidate(request, share, aside);
      const overlap = overlapOf(candidate, obstacles, gap) + overlapOf(candidate, placed, gap);
      if (overlap === 0) return candidate;
      if (overlap < least) {
        least = overlap;
        best = { ...candidate, crowded: true };
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
  return { key, x: point.x - (dy / length) * push, y: point.y + (dx / length) * push, width, height, stop: Math.max(0, distance - (aside === 0 ? reach : 0)), crowded: false };
}

function overlapOf(candidate: Rect, others: Rect[], gap: number): number {
  let sum = 0;
  for (const other of others) {
    if (!isOverlappingRect(candidate, other, gap)) continue;
    const width = (candidate.width + other.width) / 2 + gap - Math.abs(candidate.x - other.x);
    const height = (candidate.height + other.height) / 2 + gap - Math.abs(candidate.y - other.y);
    sum += width * height;
  }
  return sum;
}
