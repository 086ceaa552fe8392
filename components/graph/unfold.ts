import { arrangeQuickly } from "./arrange-quick";
import { isOverlappingRect, type Rect, toRects } from "./geometry";
import { type LayoutRequest, layout, type Positions } from "./layout";
import { type Metrics, type Size, toFramePad } from "./metrics";
import type { GraphModel, ModelNode } from "./model";
import { toBounds } from "./viewport";

/** What unfolding needs to know of the picture. */
export interface Unfolding {
  model: GraphModel;
  metrics: Metrics;
  direction: LayoutRequest["direction"];
  sizes: Map<string, Size>;
  minWidths: Map<string, number>;
}

/**
 * A group that was pressed opens where it stands: its members are laid out around its place, and what is in the way is pushed aside, right of it to the
 * right, above it upwards. Nothing changes its order, so the rest of the picture is found again. Pure.
 * @returns the same positions when no group of the picture has just been unfolded
 */
export function unfold(known: Positions, unfolding: Unfolding): Positions {
  let positions = known;
  for (const [origin, members] of toNewcomers(known, unfolding.model)) positions = unfoldOne(positions, origin, members, unfolding);
  return positions;
}

/** Members without a place, by the placed group they came out of. */
function toNewcomers(known: Positions, model: GraphModel): Map<string, ModelNode[]> {
  const newcomers = new Map<string, ModelNode[]>();
  for (const node of model.nodes) {
    if (node.origin === null || known.has(node.key) || !known.has(node.origin)) continue;
    const list = newcomers.get(node.origin);
    if (list) list.push(node);
    else newcomers.set(node.origin, [node]);
  }
  return newcomers;
}

function unfoldOne(known: Positions, origin: string, members: ModelNode[], unfolding: Unfolding): Positions {
  const { model, metrics, sizes } = unfolding;
  const anchor = known.get(origin);
  const inner = toInner(members, unfolding);
  const bounds = toBounds(toRects(inner, sizes).values());
  if (!anchor || !bounds) return known;
  const own = new Set(members.map(({ key }) => key));
  // A namespace that opens needs room for its frame and title too; a part of one stands in a frame that grows by itself.
  const opensFrame = members.some(({ frame }) => frame !== null) && !model.nodes.some(({ key, frame }) => !own.has(key) && frame === members[0]?.frame);
  const pad = opensFrame ? toFramePad(metrics, unfolding.direction) : { top: 0, side: 0, bottom: 0 };
  const air = metrics.across.min / 2;
  const region: Rect = {
    ...anchor,
    width: bounds.right - bounds.left + 2 * (pad.side + air),
    height: bounds.bottom - bounds.top + pad.top + pad.bottom + 2 * air,
  };
  const others = [...toRects(known, sizes)].filter(([key]) => !own.has(key) && key !== origin).map(([, rect]) => rect);
  const positions = new Map(known);
  if (others.some((rect) => isOverlappingRect(rect, region))) {
    const [right, down] = [region.width / 2, region.height / 2];
    for (const [key, at] of known) {
      if (key !== origin) positions.set(key, { x: at.x + Math.sign(at.x - anchor.x) * right, y: at.y + Math.sign(at.y - anchor.y) * down });
    }
  }
  const shift = {
    x: Math.round(anchor.x - (bounds.left + bounds.right) / 2),
    y: Math.round(anchor.y + (pad.top - pad.bottom) / 2 - (bounds.top + bounds.bottom) / 2),
  };
  for (const [key, at] of inner) positions.set(key, { x: at.x + shift.x, y: at.y + shift.y });
  return positions;
}

/** The members by themselves; at most a screenful, so the quick ranking does it at once. */
function toInner(members: ModelNode[], { model, metrics, direction, sizes }: Unfolding): Positions {
  const keys = new Set(members.map(({ key }) => key));
  const request: LayoutRequest = {
    nodes: members.map(({ key }) => ({ key, place: "elsewhere", frame: "inner", ...(sizes.get(key) ?? { width: 0, height: 0 }) })),
    edges: model.edges.filter(({ source, target }) => keys.has(source) && keys.has(target)).map(({ source, target }) => [source, target]),
    frames: [{ key: "inner", minWidth: 0 }],
    framePad: { top: 0, side: 0, bottom: 0 },
    direction,
    along: metrics.along,
    across: metrics.across,
    plate: metrics.plate,
    room: null,
  };
  return layout(request, arrangeQuickly);
}

/** Where a group stands that has just been folded: amid its members, as far as they had places. Null = nobody knows. */
export function toFoldedPlace(known: Positions, origins: ReadonlyMap<string, string>, group: string): { x: number; y: number } | null {
  const places = [...origins].flatMap(([key, origin]) => (origin === group ? (known.get(key) ?? []) : []));
  if (places.length === 0) return null;
  return {
    x: Math.round(places.reduce((sum, { x }) => sum + x, 0) / places.length),
    y: Math.round(places.reduce((sum, { y }) => sum + y, 0) / places.length),
  };
}
