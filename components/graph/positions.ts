import { isOverlappingRect, type Rect } from "./geometry";
import type { Direction, Point, Positions, Range } from "./layout";
import type { Size } from "./metrics";
import type { GraphModel, ModelNode } from "./model";
import { toSight } from "./sight";

/**
 * Third stage: positions that stay. What stands does not move; what is new finds a free place beside what it talks to. Pure.
 */
export interface Arrangement {
  /** What the picture is of: another set of namespaces, size or direction is another picture and is laid out anew. */
  subject: string;
  positions: Positions;
  /** Nodes that had traffic when they were placed. One that only waited in a row takes its place with its first edge. */
  settled: Set<string>;
  /** Members of unfolded groups, as last seen, by key; where a group goes that is folded again. */
  origins?: ReadonlyMap<string, string>;
  /** It was laid out while filters left something out. */
  filtered?: boolean;
}

export type Decision = { kind: "layout" } | { kind: "place"; keys: string[] } | { kind: "keep" };

/** A fitted frame may touch the border of what is fitted; so much of the margin beyond it is still in view. */
const FRAME_SLACK = 10;

/** Bounds the search for free places; beyond it a layout in the worker is cheaper. */
const PLACE_AT_MOST = 40;

export function decide(arrangement: Arrangement | null, subject: string, model: GraphModel): Decision {
  if (!arrangement || arrangement.subject !== subject) return { kind: "layout" };
  const touched = toTouched(model);
  const known = model.nodes.filter((node) => arrangement.positions.has(node.key));
  const keys = model.nodes
    .filter((node) => !arrangement.positions.has(node.key) || (node.place === "frame" && touched.has(node.key) && !arrangement.settled.has(node.key)))
    .map((node) => node.key);
  if (keys.length === 0) return { kind: "keep" };
  const anySettled = model.nodes.some((node) => node.place === "frame" && arrangement.settled.has(node.key));
  const firstTraffic = !anySettled && model.nodes.some((node) => node.place === "frame" && touched.has(node.key));
  if (firstTraffic || keys.length > 2 * known.length || keys.length > PLACE_AT_MOST) return { kind: "layout" };
  return { kind: "place", keys };
}

/** Nodes at the end of some edge that leads to another node. */
export function toTouched(model: GraphModel): Set<string> {
  return new Set(model.edges.filter((edge) => edge.source !== edge.target).flatMap((edge) => [edge.source, edge.target]));
}

export interface FramePad {
  top: number;
  side: number;
  bottom: number;
}

/** Each inhabited frame around its members. */
export function toFrameRects(nodes: ModelNode[], rects: Map<string, Rect>, minWidths: Map<string, number>, pad: FramePad): Map<string, Rect> {
  const members = new Map<string, Rect[]>();
  for (const node of nodes) {
    const rect = rects.get(node.key);
    if (node.frame === null || !rect) continue;
    const list = members.get(node.frame);
    if (list) list.push(rect);
    else members.set(node.frame, [rect]);
  }
  const frames = new Map<string, Rect>();
  for (const [key, list] of members) frames.set(key, toFrameRect(list, minWidths.get(key) ?? 0, pad));
  return frames;
}

function toFrameRect(members: Rect[], minWidth: number, pad: FramePad): Rect {
  const low = { x: Infinity, y: Infinity };
  const high = { x: -Infinity, y: -Infinity };
  for (const rect of members) {
    low.x = Math.min(low.x, rect.x - rect.width / 2);
    low.y = Math.min(low.y, rect.y - rect.height / 2);
    high.x = Math.max(high.x, rect.x + rect.width / 2);
    high.y = Math.max(high.y, rect.y + rect.height / 2);
  }
  const height = high.y - low.y + pad.top + pad.bottom;
  return { x: (low.x + high.x) / 2, y: low.y - pad.top + height / 2, width: Math.max(minWidth, high.x - low.x + 2 * pad.side), height };
}

export interface Placing {
  model: GraphModel;
  sizes: Map<string, Size>;
  minWidths: Map<string, number>;
  pad: FramePad;
  direction: Direction;
  along: Range;
  across: Range;
  /** What of the model is in view: free places there are taken first, so that what is new is seen without the view moving. */
  view: Rect | null;
}

/** Positions for `keys`, every other node where it was. */
export function placeNew(known: Positions, keys: string[], placing: Placing): Positions {
  const positions = new Map(known);
  for (const key of keys) positions.delete(key);
  const byKey = new Map(placing.model.nodes.map((node) => [node.key, node]));
  // Neighbours of what stands go first, so that a new chain grows from its known end.
  const waiting = new Set(keys);
  for (let turn = keys.length; turn > 0 && waiting.size > 0; turn--) {
    const next =
      [...waiting].find((key) =>
        placing.model.edges.some((edge) => (edge.source === key && positions.has(edge.target)) || (edge.target === key && positions.has(edge.source))),
      ) ?? ([...waiting][0] as string);
    waiting.delete(next);
    const node = byKey.get(next);
    const size = placing.sizes.get(next);
    if (node && size) positions.set(next, toFreePlace(node, size, positions, placing));
  }
  return positions;
}

function toFreePlace(node: ModelNode, size: Size, positions: Positions, placing: Placing): Point {
  const present = new Map<string, Rect>();
  for (const other of placing.model.nodes) {
    const position = positions.get(other.key);
    const otherSize = placing.sizes.get(other.key);
    if (position && otherSize && other.key !== node.key) present.set(other.key, { ...position, ...otherSize });
  }
  const home = toHome(node, size, present, placing);
  const others = [...present];
  const inside = placing.model.nodes.filter((other) => other.frame !== null && other.frame === node.frame).flatMap((other) => present.get(other.key) ?? []);
  const strangers = others.filter(([key]) => placing.model.nodes.find((other) => other.key === key)?.frame !== node.frame).map(([, rect]) => rect);
  const frames = [...toFrameRects(placing.model.nodes, present, placing.minWidths, placing.pad)].filter(([key]) => key !== node.frame).map(([, rect]) => rect);
  const toGrown = (rect: Rect) => toFrameRect([...inside, rect], placing.minWidths.get(node.frame ?? "") ?? 0, placing.pad);
  const isFree = (point: Point) => {
    const rect = { ...point, ...size };
    if (others.some(([, other]) => isOverlappingRect(rect, other, placing.across.min / 3))) return false;
    if (node.frame === null) return !frames.some((frame) => isOverlappingRect(rect, frame, 8));
    const grown = toGrown(rect);
    return ![...strangers, ...frames].some((stranger) => isOverlappingRect(grown, stranger, 8));
  };
  const step = { x: size.width + placing.along.min, y: size.height + placing.across.min / 2 };
  const points = RINGS.map(([i, j]) => ({ x: Math.round(home.x + i * step.x), y: Math.round(home.y + j * step.y) }));
  const inView = points.filter((point) => isWithin({ ...point, ...size }, placing.view) && isFree(point));
  // A frame that grows out of view would lose its title.
  const whole = node.frame === null ? inView : inView.filter((point) => isWithin(toGrown({ ...point, ...size }), placing.view, FRAME_SLACK));
  const isInSight = toSight(node.key, size, present, placing.model.edges);
  const free =
    whole.find(isInSight) ??
    whole[0] ??
    inView.find(isInSight) ??
    inView[0] ??
    points.find((point) => isFree(point) && isInSight(point)) ??
    points.find(isFree);
  if (free) return free;
  const bottom = Math.max(...others.map(([, rect]) => rect.y + rect.height / 2), 0);
  return { x: home.x, y: bottom + placing.across.base + size.height / 2 };
}

function isWithin(rect: Rect, view: Rect | null, slack = 0): boolean {
  return (
    view !== null && Math.abs(rect.x - view.x) <= (view.width - rect.width) / 2 + slack && Math.abs(rect.y - view.y) <= (view.height - rect.height) / 2 + slack
  );
}

/** Grid offsets by distance; up and down before sideways, so that rows and columns stay readable. */
const RINGS: [number, number][] = Array.from({ length: 15 * 31 }, (_, index): [number, number] => [(index % 15) - 7, Math.floor(index / 15) - 15]).sort(
  (a, b) => a[0] * a[0] * 2.2 + a[1] * a[1] - (b[0] * b[0] * 2.2 + b[1] * b[1]) || b[1] - a[1] || a[0] - b[0],
);

/** Where it would stand if nothing were in the way: after what calls it, before what it calls, above a row it joins as one more caller. */
function toHome(node: ModelNode, size: Size, present: Map<string, Rect>, { model, along, across, direction, view }: Placing): Point {
  const caller = model.edges.map((edge) => (edge.target === node.key ? present.get(edge.source) : undefined)).find((rect) => rect !== undefined);
  const target = model.edges.find((edge) => edge.source === node.key && present.has(edge.target));
  const targetRect = target && present.get(target.target);
  const right = direction === "right";
  if (caller && node.place !== "caller") {
    return right
      ? { x: caller.x + (caller.width + size.width) / 2 + along.base, y: caller.y }
      : { x: caller.x, y: caller.y + (caller.height + size.height) / 2 + along.base };
  }
  const all = [...present.values()];
  if (node.place === "caller" && all.length > 0) {
    const left = Math.min(...all.map((rect) => rect.x - rect.width / 2));
    const bottom = Math.max(...all.map((rect) => rect.y + rect.height / 2));
    const top = Math.min(...all.map((rect) => rect.y));
    const below = bottom + across.base / 2 + size.height / 2;
    // The left column has room beside the frame when there is none below it.
    const lowest = view ? Math.min(below, view.y + (view.height - size.height) / 2) : below;
    return right ? { x: left + size.width / 2, y: lowest } : { x: left + size.width / 2, y: top };
  }
  if (targetRect && target) {
    const joins = node.place === "frame" && model.edges.some((edge) => edge.target === target.target && edge.source !== node.key && present.has(edge.source));
    const before = { x: targetRect.x - (targetRect.width + size.width) / 2 - along.base, y: targetRect.y };
    const above = { x: targetRect.x, y: targetRect.y - (targetRect.height + size.height) / 2 - across.base };
    return joins === right ? above : before;
  }
  const frame = model.nodes.filter((other) => other.frame === node.frame).flatMap((other) => present.get(other.key) ?? []);
  const group = frame.length > 0 ? frame : all;
  if (group.length === 0) return { x: 0, y: 0 };
  return {
    x: Math.min(...group.map((rect) => rect.x - rect.width / 2)) + size.width / 2,
    y: Math.max(...group.map((rect) => rect.y + rect.height / 2)) + across.min + size.height / 2,
  };
}
