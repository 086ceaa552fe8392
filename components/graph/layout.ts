import { compose } from "./layout-compose";
import { type Bend, NO_BEND, toFans } from "./layout-fans";
import type { Place } from "./model";

/**
 * Second stage, computed off the main thread: where everything stands. Pure; the ranking engine is handed in (`Arrange`), because dagre belongs in the
 * worker only.
 */
export interface LayoutNode {
  key: string;
  width: number;
  height: number;
  place: Place;
  frame: string | null;
}

export interface LayoutFrame {
  key: string;
  /** What its title needs. */
  minWidth: number;
}

export interface Range {
  min: number;
  base: number;
  max: number;
}

/** `right` for wide stages, `down` for tall narrow ones. */
export type Direction = "right" | "down";

export interface LayoutRequest {
  nodes: LayoutNode[];
  /** Source and target keys. */
  edges: [string, string][];
  frames: LayoutFrame[];
  framePad: { top: number; side: number; bottom: number };
  direction: Direction;
  along: Range;
  across: Range;
  /** Space a plate needs between two nodes, in units of the screen: where the graph must be shown smaller, gaps grow so that it still fits. */
  plate: number;
  /** Space to fill at zoom 1 by widening or narrowing the gaps; null = base gaps. */
  room: { width: number; height: number } | null;
}

export interface Point {
  x: number;
  y: number;
}

export type Positions = Map<string, Point>;

export interface Box {
  key: string;
  width: number;
  height: number;
}

export interface Gaps {
  along: number;
  across: number;
}

/** Ranks boxes left to right along their edges; returns centres. */
export type Arrange = (boxes: Box[], edges: [string, string][], gaps: Gaps) => Positions;

/** Filling the room takes two more runs: only graphs a person takes in at a glance get it. */
const FILL_UP_TO = 40;
const STEP = 16;
/** How much smaller than with the narrowest gaps a picture may be shown for the sake of its plates. */
const SMALLER_FOR_PLATES = 0.75;
/** A column reads more easily than a horseshoe; so many times larger the picture must become by it. */
const WORTH_BENDING = 1.2;

/** Centres of all nodes. The same request gives the same answer, in whatever order nodes and edges come. */
export function layout(request: LayoutRequest, arrange: Arrange): Positions {
  const ordered = {
    ...request,
    nodes: [...request.nodes].sort((a, b) => compareText(a.key, b.key)),
    edges: [...request.edges].sort((a, b) => compareText(a[0], b[0]) || compareText(a[1], b[1])),
    frames: [...request.frames].sort((a, b) => compareText(a.key, b.key)),
  };
  const { room, nodes } = request;
  if (!room || nodes.length <= 1 || nodes.length > FILL_UP_TO) {
    return compose(ordered, { along: request.along.base, across: request.across.base }, NO_BEND, arrange).positions;
  }
  const straight = fill(ordered, room, NO_BEND, arrange);
  let best = straight;
  const fans = toFans(ordered.nodes, ordered.edges);
  for (let depth = 1; fans.size > 0 && best.zoom < 1; depth++) {
    const bent = fill(ordered, room, { fans, depth }, arrange);
    if (bent.zoom <= best.zoom) break;
    best = bent;
  }
  return best.zoom >= straight.zoom * WORTH_BENDING ? best.positions : straight.positions;
}

/** With the gaps that fill the room best. @returns also the zoom at which all of it fits, 1 at most */
function fill(request: LayoutRequest, room: { width: number; height: number }, bend: Bend, arrange: Arrange): { positions: Positions; zoom: number } {
  const { along, across, plate } = request;
  const base = compose(request, { along: along.base, across: across.base }, bend, arrange);
  // The extent along the flow hardly depends on the gap across it, nor the other way round: one wider run samples both.
  const wider = compose(request, { along: along.base + STEP, across: across.base + STEP }, bend, arrange);
  const [alongRoom, acrossRoom] = request.direction === "right" ? [room.width, room.height] : [room.height, room.width];
  const toZoom = (extent: Gaps) => Math.min(1, alongRoom / extent.along, acrossRoom / extent.across);
  const lines = { along: toLine(along.base, base.extent.along, wider.extent.along), across: toLine(across.base, base.extent.across, wider.extent.across) };
  const gaps = { along: along.base, across: across.base };
  // What must be shown smaller to fit one way has more room the other: the second round knows how much smaller.
  let zoom = 1;
  for (let round = 0; round < 2; round++) {
    gaps.along = solve(along, lines.along, alongRoom, zoom, plate);
    gaps.across = solve(across, lines.across, acrossRoom, zoom, plate);
    zoom = toZoom({ along: toLength(lines.along, gaps.along), across: toLength(lines.across, gaps.across) });
  }
  const { positions, extent } = compose(request, gaps, bend, arrange);
  return { positions, zoom: toZoom(extent) };
}

/** An extent as a straight line over its gap. */
interface Line {
  fixed: number;
  slope: number;
}

/**
 * The extent is piecewise linear in the gap: two samples and one line through them suffice.
 * @param base the extent with this gap
 * @param wider the extent with a gap a step wider
 */
function toLine(gap: number, base: number, wider: number): Line {
  const slope = (wider - base) / STEP;
  return { fixed: base - slope * gap, slope };
}

function toLength({ fixed, slope }: Line, gap: number): number {
  return Math.max(1, fixed + slope * gap);
}

/** @param zoom at which the picture will be seen */
function solve(range: Range, { fixed, slope }: Line, room: number, zoom: number, plate: number): number {
  if (slope <= 0) return range.base;
  // The zoom that fits is room / (fixed + slope × gap); the gap times it must hold a plate.
  const wanted = room > plate * slope ? (plate * fixed) / (room - plate * slope) : range.max;
  // Where many stand in a row, room for each plate would leave none for names; plates can stand aside, names cannot.
  const affordable = (Math.max(0, fixed + slope * range.min) / SMALLER_FOR_PLATES - fixed) / slope;
  const least = Math.max(range.min, Math.min(wanted, affordable));
  return Math.round(Math.min(range.max, Math.max(least, (room / zoom - fixed) / slope)));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
