import { ALL_LOCKS_UP_TO, edgeKey, type GraphModel, type ModelEdge, nodeKey } from "./model";

/** Which lines of a picture stand in front and which step back: one rule for Cytoscape, the overlay and the exported picture. Pure. */

/** From here on what is pointed at or selected brings its own lines to the front; fewer lines can be followed as they are. */
export const FORWARD_ABOVE = 30;
/** What is left of the other lines meanwhile. */
export const VEILED = 0.25;
/** A line that steps back, in widths of a line. */
export const QUIET_WIDTH = 0.5;
/** So faint an arrowhead is not seen, and costs as much to draw as its line. */
const ARROW_ABOVE = 0.2;

export function isDense({ edges }: GraphModel): boolean {
  return edges.length > ALL_LOCKS_UP_TO;
}

/** Among many lines those without a mark (closed, or idle) step back, or they would be all that is seen. */
export function isQuiet(edge: ModelEdge, dense: boolean): boolean {
  return dense && edge.plate === null;
}

/** Opacity of a line that steps back: the more lie over each other, the fainter each, so that together they stay a ground. */
export function toFaint(lines: number): number {
  return Math.max(0.08, 0.5 * Math.sqrt(ALL_LOCKS_UP_TO / Math.max(ALL_LOCKS_UP_TO, lines)));
}

/** Whether a line of that opacity still has its arrowhead. */
export const hasArrow = (faint: number): boolean => faint > ARROW_ABOVE;

/** Layers of lines: what is closed or idle lies lowest, what is refused lies over all. */
export const LAYERS = 4;

/** @returns 0 (lowest) up to `LAYERS` - 1 */
export function toLayer({ tone, pattern }: ModelEdge, quiet: boolean): number {
  if (quiet) return 0;
  if (tone === "refused") return 3;
  return tone === "errors" || pattern === "plaintext" || pattern === "mixed" ? 2 : 1;
}

/** What is looked at among many lines. */
export interface Forward {
  /** Keys of the lines in front. */
  edges: ReadonlySet<string>;
  /** The others step back: a line that is only pointed at comes to the front without changing the rest. */
  isAlone: boolean;
}

/** The lines of the node pointed at, else of what is selected, and the line pointed at; null = all stand as usual. */
export function toForward({ model, selected, hovered }: { model: GraphModel; selected: string | null; hovered: string | null }): Forward | null {
  if (model.edges.length <= FORWARD_ABOVE || (selected === null && hovered === null)) return null;
  const focus = hovered?.startsWith(nodeKey("")) ? hovered : selected;
  const line = hovered?.startsWith(edgeKey("")) ? hovered : null;
  const isOf = ({ key, source, target }: ModelEdge) => key === focus || key === line || (focus !== null && (source === focus || target === focus));
  const edges = new Set(model.edges.filter(isOf).map(({ key }) => key));
  return edges.size === 0 ? null : { edges, isAlone: focus !== null };
}

/** @param key of a line */
export function isVeiled(key: string, forward: Forward | null): boolean {
  return forward?.isAlone === true && !forward.edges.has(key);
}
