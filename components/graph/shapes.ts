import { toBoxSizes } from "./arranger";
import { type ElementSpec, toElements } from "./elements";
import { type EdgePath, type Rect, toPaths, toRects } from "./geometry";
import type { Direction, Positions } from "./layout";
import { type Measure, type Metrics, toFramePad } from "./metrics";
import type { GraphModel } from "./model";
import { toFrameRects } from "./positions";

/** Where everything of a picture is, in model units, and what Cytoscape is told of it. */
export interface Shapes {
  rects: Map<string, Rect>;
  frames: Map<string, Rect>;
  paths: Map<string, EdgePath>;
  elements: ElementSpec[];
}

/** Boxes, frames and lines from model and positions. What stands as it stood stays the same object, so that nobody works it out again. */
export function createShaper(measure: Measure): (model: GraphModel, positions: Positions, metrics: Metrics, direction: Direction) => Shapes {
  let before: { model: GraphModel; shapes: Shapes } | null = null;
  return (model, positions, metrics, direction) => {
    const { sizes, minWidths } = toBoxSizes(model, metrics, measure);
    const rects = keepRects(before?.shapes.rects, toRects(positions, sizes));
    const frames = toFrameRects(model.nodes, rects, minWidths, toFramePad(metrics, direction));
    const isSameNet = before !== null && before.shapes.rects === rects && hasSameLines(before.model, model);
    const paths = isSameNet && before ? before.shapes.paths : toPaths(model.edges, rects);
    const shapes = { rects, frames, paths, elements: toElements(model, rects, frames, paths) };
    before = { model, shapes };
    return shapes;
  };
}

/** The same map when nothing moved. */
function keepRects(before: Map<string, Rect> | undefined, after: Map<string, Rect>): Map<string, Rect> {
  if (before?.size !== after.size) return after;
  for (const [key, { x, y, width, height }] of after) {
    const old = before.get(key);
    if (old?.x !== x || old.y !== y || old.width !== width || old.height !== height) return after;
  }
  return before;
}

/** Lines bend away from each other and around boxes: only where all are the same, each is. */
function hasSameLines(before: GraphModel, after: GraphModel): boolean {
  return (
    before.edges.length === after.edges.length &&
    after.edges.every((edge, index) => {
      const old = before.edges[index];
      return old === edge || (old?.key === edge.key && old.source === edge.source && old.target === edge.target);
    })
  );
}
