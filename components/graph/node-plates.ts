import { toFrameTitles } from "./frame-title";
import { isOverlappingRect, type Rect } from "./geometry";
import type { Measure } from "./metrics";
import type { ModelNode, Plate } from "./model";
import { toLockSize, toMargin, toPlateHeight, toPlateWidth } from "./plate-size";
import type { Scene } from "./scene";
import { toBounds } from "./viewport";

/** A lock on the corner of its node, in model units at a zoom. */
export interface NodePlate extends Rect {
  node: ModelNode;
  plate: Plate;
}

/** It may reach this far into its node before it meets the name, in heights of the node. */
const REACH = 0.21;
/** Seen from so far away a lock is larger than its node: only groups and what is not closed keep theirs. */
const FAR = 0.6;
/** CSS pixels. */
const AIR = 12;

/** On the upper right corner (the lower where a frame's title is), mostly outside, because a lock keeps its size on screen and a name must stay free. */
export function toNodePlates(scene: Scene, zoom: number, measure: Measure): NodePlate[] {
  const { model, rects, metrics } = scene;
  const titles = toFrameTitles(scene, zoom, measure);
  // A fitted view ends a little beyond the outermost box; what reaches further would be cut off.
  const end = (toBounds([...rects.values(), ...scene.frames.values()])?.right ?? 0) + AIR / zoom;
  const lock = toLockSize(metrics, zoom);
  const margin = toMargin(zoom);
  return model.nodes.flatMap((node) => {
    const rect = rects.get(node.key);
    const { plate } = node;
    if (!rect || !plate || (zoom < FAR && node.look !== "group" && plate.lock === "mutual-tls")) return [];
    const [width, height] = [toPlateWidth(plate, lock, margin, measure) / zoom, toPlateHeight(plate, lock, margin) / zoom];
    const out = rect.height / 2 - Math.min(height / 2, rect.height * REACH) + height / 2;
    const upper = {
      node,
      plate,
      width,
      height,
      // Its number goes outwards: lines come in at the middle of the upper side.
      x: Math.min(rect.x + rect.width / 2 + metrics.radius - toPlateHeight(plate, lock, margin) / zoom, end - width) + width / 2,
      y: rect.y - out,
    };
    return titles.some((title) => isOverlappingRect(title, upper)) ? { ...upper, y: rect.y + out } : upper;
  });
}
