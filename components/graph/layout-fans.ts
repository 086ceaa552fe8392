import type { Gaps, LayoutNode } from "./layout";
import type { Slot } from "./layout-compose";

/**
 * Fans: many that one calls, or that call one, and that have no other neighbour. In one column they would be specks on a wide stage. There the column is bent
 * towards the one like a horseshoe: its outermost step aside into the rows of the outermost that stay, so that the one still sees each of them. Pure.
 */
export interface Fan {
  /** Key of the one, in whatever frame it stands. */
  hub: string;
  /** Where the hub stands, along the flow. */
  side: "before" | "after";
}

/** How far which fans are bent. */
export interface Bend {
  /** By the keys of their nodes. */
  fans: ReadonlyMap<string, Fan>;
  /** How many may step aside at either end of a column. */
  depth: number;
}

export const NO_BEND: Bend = { fans: new Map(), depth: 0 };

/** Fewer fit below each other. */
const FAN_FROM = 6;
/** Space between boxes of a row, in gaps along the flow. */
const ROW_GAP = 0.6;
/** Between a line and the corner of a box that it passes, model units. */
const CLEARANCE = 10;

/** The fan of each node that belongs to one: of the same frame, with the same hub, on the same side of it. */
export function toFans(nodes: LayoutNode[], edges: [string, string][]): Map<string, Fan> {
  const known = new Map(nodes.map((node) => [node.key, node]));
  const neighbours = new Map<string, Set<string>>();
  const calling = new Set<string>();
  const called = new Set<string>();
  for (const [source, target] of edges) {
    if (source === target || !known.has(source) || !known.has(target)) continue;
    neighbours.set(source, (neighbours.get(source) ?? new Set()).add(target));
    neighbours.set(target, (neighbours.get(target) ?? new Set()).add(source));
    calling.add(source);
    called.add(target);
  }
  const groups = new Map<string, { fan: Fan; keys: string[] }>();
  for (const { key, frame } of nodes) {
    const [hub, ...others] = neighbours.get(key) ?? [];
    if (frame === null || hub === undefined || others.length > 0 || (calling.has(key) && called.has(key))) continue;
    const side = called.has(key) ? "before" : "after";
    const name = JSON.stringify([hub, side, frame]);
    const group = groups.get(name);
    if (group) group.keys.push(key);
    else groups.set(name, { fan: { hub, side }, keys: [key] });
  }
  const large = [...groups.values()].filter(({ keys }) => keys.length >= FAN_FROM);
  return new Map(large.flatMap(({ fan, keys }) => keys.map((key) => [key, fan] as const)));
}

/** Bends the columns of a ranked namespace. */
export function bendFans(flow: Slot[], bend: Bend, gaps: Gaps): void {
  if (bend.depth === 0) return;
  for (const column of toColumns(flow)) {
    if (column.length < FAN_FROM) continue;
    let u = (column[0] as Slot).u;
    const width = Math.max(...column.map((slot) => slot.du));
    const rows = [column, [...column].reverse()].map((end) => toRow(end, width, flow, bend, gaps));
    for (const side of ["before", "after"] as const) {
      const aside = rows.filter((row) => row.side === side);
      const breadth = Math.max(0, ...aside.map((row) => row.breadth));
      // A row that leads back to the hub moves the column itself away from it.
      for (const slot of flow) if (slot.u > u || (side === "before" && slot.u === u)) slot.u += breadth;
      if (side === "before") u += breadth;
      for (const row of aside) standInRow(row, width, gaps);
    }
  }
}

/** In the order of the flow, each from one end to the other. */
function toColumns(flow: Slot[]): Slot[][] {
  const columns = new Map<number, Slot[]>();
  for (const slot of flow) {
    const column = columns.get(slot.u);
    if (column) column.push(slot);
    else columns.set(slot.u, [slot]);
  }
  return [...columns].sort(([a], [b]) => a - b).map(([, column]) => column.sort((a, b) => a.v - b.v));
}

/** What steps aside at one end of a column. */
interface Row {
  side: Fan["side"];
  /** From the outermost inwards. */
  slots: Slot[];
  /** The outermost that stays. */
  anchor: Slot;
  breadth: number;
}

/** As many as may step aside and are still seen from the hub. @param end a column from that end inwards */
function toRow(end: Slot[], width: number, flow: Slot[], { fans, depth }: Bend, gaps: Gaps): Row {
  const [outermost, innermost] = [end[0] as Slot, end.at(-1) as Slot];
  const fan = fans.get(outermost.key);
  const row: Row = { side: fan?.side ?? "before", slots: [], anchor: outermost, breadth: 0 };
  if (!fan) return row;
  // A hub elsewhere comes to stand beside the middle.
  const hub = flow.find((slot) => slot.key === fan.hub) ?? { u: outermost.u - gaps.along - width, v: (outermost.v + innermost.v) / 2 };
  for (let count = 1; count <= Math.min(depth, (end.length - 1) / 2); count++) {
    const [slot, anchor] = [end[count - 1] as Slot, end[count] as Slot];
    if (fans.get(slot.key) !== fan) break;
    const breadth = row.breadth + slot.du + gaps.along * ROW_GAP;
    // The line to the one that stays must pass the corner of the next in its row.
    const along = Math.abs(hub.u - anchor.u) + breadth;
    const across = Math.abs(hub.v - anchor.v);
    if (across * (width / 2 + gaps.along * ROW_GAP) < along * (slot.dv / 2 + CLEARANCE)) break;
    row.slots.push(slot);
    row.anchor = anchor;
    row.breadth = breadth;
  }
  return row;
}

function standInRow({ side, slots, anchor }: Row, width: number, gaps: Gaps): void {
  const away = side === "before" ? -1 : 1;
  let edge = anchor.u + (away * width) / 2;
  for (const slot of [...slots].reverse()) {
    slot.u = edge + away * (gaps.along * ROW_GAP + slot.du / 2);
    slot.v = anchor.v;
    edge = slot.u + (away * slot.du) / 2;
  }
}
