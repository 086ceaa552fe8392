import { toFrameTitles } from "./frame-title";
import { isOverlappingRect, type Rect, toArrowRects, toOverlap } from "./geometry";
import type { Measure } from "./metrics";
import type { ModelNode, Plate } from "./model";
import { toLockSize, toMargin, toPlateHeight, toPlateWidth } from "./plate-size";
import { COST } from "./plates";
import type { Scene } from "./scene";
import { isDense } from "./standing";
import { toLimits } from "./viewport";

/** A lock on the corner of its node, in model units at a zoom. */
export interface NodePlate extends Rect {
  node: ModelNode;
  plate: Plate;
  /** Which of the four. */
  corner: number;
}

/** The corner each node's lock had, by the node's key. */
export type Corners = ReadonlyMap<string, number>;

const NONE: Corners = new Map();

/** It may reach this far into its node before it meets the name, in heights of the node. */
const REACH = 0.15;
/** Seen from so far away a lock is larger than its node: only groups and what is not closed keep theirs. */
const FAR = 0.6;

/**
 * Each on a corner of its node, mostly outside, because a lock keeps its size on screen and a name must stay free: the upper right one, or the next that
 * covers no frame's title, no other node and no line's head.
 * @param names what stands over its box because it does not fit into it
 * @param kept a lock that had a corner stays there, also when it has grown, until it would hide a name, a line's head or another lock
 */
export function toNodePlates(scene: Scene, zoom: number, measure: Measure, kept: Corners = NONE, names: readonly Rect[] = []): NodePlate[] {
  const { model, rects, metrics } = scene;
  const titles = toFrameTitles(scene, zoom, measure);
  const { left: start, right: end } = toLimits(scene, zoom, titles);
  const lock = toLockSize(metrics, zoom);
  const margin = toMargin(zoom);
  const height = toPlateHeight({ lock: "mutual-tls", parts: [] }, lock, margin) / zoom;
  const dense = isDense(model);
  // In a dense picture lines lead everywhere, and looking at each of them for each lock would take long.
  const words = [...titles, ...names];
  const taken: Rect[] = [...words, ...(dense ? [] : [...rects.values(), ...toArrowRects(scene.paths.values(), metrics.arrow)])];
  const boxes = new Set(rects.values());
  return model.nodes.flatMap((node) => {
    const rect = rects.get(node.key);
    const { plate } = node;
    if (!rect || !plate || (zoom < FAR && node.look !== "group" && plate.lock === "mutual-tls")) return [];
    const width = toPlateWidth(plate, lock, margin, measure) / zoom;
    const out = rect.height / 2 - Math.min(height / 2, rect.height * REACH) + height / 2;
    const over = height - metrics.radius;
    // Its number goes outwards: lines come in at the middle of a side.
    const right = Math.min(rect.x + rect.width / 2 - over, end - width) + width / 2;
    const left = Math.max(rect.x - rect.width / 2 + over, start + width) - width / 2;
    const corners = [
      { x: right, y: rect.y - out },
      { x: right, y: rect.y + out },
      { x: left, y: rect.y - out },
      { x: left, y: rect.y + out },
    ].map(({ x, y }, corner): NodePlate => ({ node, plate, width, height, x, y, corner }));
    const known = corners[kept.get(node.key) ?? -1];
    const stays = known && !taken.some((other) => other !== rect && isOverlappingRect(boxes.has(other) ? toInside(other) : other, known));
    const others = taken.filter((other) => other !== rect);
    const free = stays ? known : corners.find((corner) => !others.some((other) => isOverlappingRect(other, corner)));
    const toCost = (corner: Rect) => COST.shape * toOverlap(corner, others) + COST.words * toOverlap(corner, words);
    const placed = free ?? corners.toSorted((a, b) => toCost(a) - toCost(b))[0];
    if (placed && !dense) taken.push(placed);
    return placed ? [placed] : [];
  });
}

/** Of a box what its name may need: a lock may stand on the edge of another box as it does on its own. */
function toInside(box: Rect): Rect {
  return { ...box, width: box.width - 2 * REACH * box.height, height: box.height * (1 - 2 * REACH) };
}

export function toCorners(plates: NodePlate[]): Corners {
  return new Map(plates.map(({ node, corner }) => [node.key, corner]));
}
