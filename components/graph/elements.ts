import { type EdgePath, loopDistance, type Rect } from "./geometry";
import { ALL_LOCKS_UP_TO, type GraphModel, type ModelEdge } from "./model";

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
  const isDense = model.edges.length > ALL_LOCKS_UP_TO;
  // The more lines lie over each other, the fainter each, so that together they stay a ground.
  const faint = Math.max(0.08, 0.5 * Math.sqrt(ALL_LOCKS_UP_TO / Math.max(ALL_LOCKS_UP_TO, model.edges.length)));
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
    const spec: ElementSpec = {
      group: "edges",
      id: edge.key,
      // Among many lines those without a mark step back, or they would be all that is seen.
      classes: [path.kind, `tone-${edge.tone}`, `pattern-${edge.pattern}`, ...(isDense && edge.plate === null ? toBackground(faint) : [])].join(" "),
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

/** So faint an arrowhead is not seen, and costs as much to draw as its line. */
const ARROW_ABOVE = 0.2;

const toBackground = (faint: number): string[] => (faint > ARROW_ABOVE ? ["quiet"] : ["quiet", "blunt"]);

function toNodeSpec(id: string, kind: "frame" | "box", rect: Rect): ElementSpec {
  return { group: "nodes", id, classes: kind, position: { x: rect.x, y: rect.y }, data: { width: rect.width, height: rect.height } };
}

/** Cytoscape's `source-endpoint`: pixels from the node's centre. */
function toEndpoint(point: { x: number; y: number }, box: Rect): string {
  return `${(point.x - box.x).toFixed(1)}px ${(point.y - box.y).toFixed(1)}px`;
}
