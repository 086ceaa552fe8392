import { DETOURS_UP_TO, isCrossing, type Rect } from "./geometry";
import type { Point } from "./layout";
import type { Size } from "./metrics";
import type { GraphModel } from "./model";

/**
 * Whether something new would stand where it sees all it has lines to, and none of them loses sight of what else it has lines to. Else lines have to bend
 * around boxes. Pure. Where so many lines are drawn that they may pass behind boxes, everything is in sight.
 * @param key of what is new
 * @param present what stands already, by key
 */
export function toSight(key: string, size: Size, present: ReadonlyMap<string, Rect>, edges: GraphModel["edges"]): (point: Point) => boolean {
  if (edges.length > DETOURS_UP_TO) return () => true;
  const neighbours = new Set(edges.flatMap(({ source, target }) => (source === key ? [target] : target === key ? [source] : [])));
  const lines = edges.flatMap(({ source, target }) => {
    const [from, to] = [present.get(source), present.get(target)];
    return from && to && from !== to && (neighbours.has(source) || neighbours.has(target)) ? [{ from, to }] : [];
  });
  const ends = [...present.values()];
  const seen = [...present].flatMap(([other, rect]) => (neighbours.has(other) ? [rect] : []));
  return (point) => {
    const rect = { ...point, ...size };
    if (lines.some(({ from, to }) => isCrossing(from.x, from.y, to.x, to.y, rect))) return false;
    return seen.every((end) => !ends.some((other) => other !== end && isCrossing(point.x, point.y, end.x, end.y, other)));
  };
}
