import { type EdgePath, loopDistance, type Rect } from "./geometry";
import type { GraphModel, ModelEdge } from "./model";
import { hasArrow, isDense, isQuiet, toFaint, toLayer } from "./standing";

/**
 * Fourth stage: what Cytoscape is told. It paints frames, lines and arrows and answers "what is under the pointer"; names, bars and locks are painted on the
 * overlay, where they are crisp at any zoom. Pure.
 */
export interface ElementSpec {
  group: "nodes" | "edges";
  id: string;
  classes: string;
  /** Nodes only: centre. */
  position: { x: number; y: number } | null;
  data: Record<string, string | number>;
}

/** What was said of a line, while it, its path and its ends are the same objects. */
const lines = new WeakMap<ModelEdge, { path: EdgePath; source: Rect; target: Rect; faint: number; spec: ElementSpec }>();

export function toElements(model: GraphModel, rects: Map<string, Rect>, frames: Map<string, Rect>, paths: Map<string, EdgePath>): ElementSpec[] {
  const elements: ElementSpec[] = [];
  for (const [key, rect] of frames) elements.push(toNodeSpec(key, "frame", rect));
  for (const node of model.nodes) {
    const rect = rects.get(node.key);
    if (rect) elements.push(toNodeSpec(node.key, "box", rect));
  }
  const dense = isDense(model);
  const faint = toFaint(model.edges.length);
  for (const edge of model.edges) {
    const path = paths.get(edge.key);
    const source = rects.get(edge.source);
    const target = rects.get(edge.target);
    if (!path || !source || !target) continue;
    const known = lines.get(edge);
    if (known?.path === path && known.source === source && known.target === target && known.faint === faint) {
      elements.push(known.spec);
      continue;
    }
    const quiet = isQuiet(edge, dense);
    const spec: ElementSpec = {
      group: "edges",
      id: edge.key,
      classes: [
        path.kind,
        `tone-${edge.tone}`,
        `pattern-${edge.pattern}`,
        `layer-${toLayer(edge, quiet)}`,
        ...(quiet ? ["quiet"] : []),
        ...(quiet && !hasArrow(faint) ? ["blunt"] : []),
      ].join(" "),
      position: null,
      data: {
        source: edge.source,
        target: edge.target,
        from: toEndpoint(path.start, source),
        to: toEndpoint(path.end, target),
        bend: Math.round(path.bend),
        loop: loopDistance(source),
        presence: edge.presence,
        faint,
      },
    };
    lines.set(edge, { path, source, target, faint, spec });
    elements.push(spec);
  }
  return elements;
}

function toNodeSpec(id: string, kind: "frame" | "box", rect: Rect): ElementSpec {
  return { group: "nodes", id, classes: kind, position: { x: rect.x, y: rect.y }, data: { width: rect.width, height: rect.height } };
}

/** Cytoscape's `source-endpoint`: pixels from the node's centre. */
function toEndpoint(point: { x: number; y: number }, box: Rect): string {
  return `${(point.x - box.x).toFixed(1)}px ${(point.y - box.y).toFixed(1)}px`;
}
