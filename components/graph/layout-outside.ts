import type { Gaps, LayoutNode } from "./layout";
import type { FrameSlot, Ranked, Slot } from "./layout-compose";
import { isOverlapping } from "./layout-satellites";

interface Outside {
  nodes: LayoutNode[];
  slots: Map<string, Slot>;
  frames: FrameSlot[];
  edges: [string, string][];
  satellites: Map<string, string>;
  gaps: Gaps;
  down: boolean;
  ranked: Ranked;
}

/** Places frames and everything outside them: gateways before the frames and in line with what they call, mere callers in a band of their own, the person at the gateway. */
export function placeOutside({ nodes, slots, frames, edges, satellites, gaps, down, ranked }: Outside): void {
  const slotsOf = (wanted: (node: LayoutNode) => boolean) => nodes.filter(wanted).map((node) => slots.get(node.key) as Slot);
  const touched = new Set(edges.flat());
  const isBand = (node: LayoutNode) => !satellites.has(node.key) && (node.place === "caller" || (node.place !== "gateway" && !touched.has(node.key)));
  const band = slotsOf(isBand);
  const satellite = slotsOf((node) => satellites.has(node.key));
  const flow = slotsOf((node) => !isBand(node) && !satellites.has(node.key));

  const owner = new Map<string, string>();
  for (const frame of frames) for (const key of frame.members.keys()) owner.set(key, frame.key);
  const outer = toOuterEdges(edges, owner);
  // A gateway nobody used yet still stands before the frames.
  const first = frames[0];
  if (first) {
    for (const node of nodes) if (node.place === "gateway" && !outer.some(([source]) => source === node.key)) outer.push([node.key, first.key]);
  }
  ranked([...frames, ...flow], outer, { along: gaps.along, across: gaps.across * 0.6 });
  for (const frame of frames) {
    for (const member of frame.members.values()) {
      member.u += frame.u;
      member.v += frame.v;
    }
  }
  alignFlow(flow, frames, edges, slots, gaps);
  placePeople(satellite, satellites, slots, frames, [...flow, ...frames], gaps, down);
  placeBand(band, frames, [...flow, ...satellite], gaps, down);
}

function toOuterEdges(edges: [string, string][], owner: Map<string, string>): [string, string][] {
  const seen = new Set<string>();
  const outer: [string, string][] = [];
  for (const [source, target] of edges) {
    const pair: [string, string] = [owner.get(source) ?? source, owner.get(target) ?? target];
    const name = JSON.stringify(pair);
    if (pair[0] === pair[1] || seen.has(name)) continue;
    seen.add(name);
    outer.push(pair);
  }
  return outer;
}

/** Brings each outside node in line with the members it talks to, if nothing stands there. */
function alignFlow(flow: Slot[], frames: FrameSlot[], edges: [string, string][], slots: Map<string, Slot>, gaps: Gaps): void {
  const members = new Set(frames.flatMap((frame) => [...frame.members.keys()]));
  const settled: Slot[] = [];
  for (const slot of flow) {
    const partners = edges
      .flatMap(([source, target]) => (source === slot.key ? [target] : target === slot.key ? [source] : []))
      .filter((key) => members.has(key));
    const levels = partners.map((key) => (slots.get(key) as Slot).v).sort((a, b) => a - b);
    const wanted = levels[Math.floor((levels.length - 1) / 2)];
    const home = slot.v;
    if (wanted !== undefined) slot.v = wanted;
    const others = [...frames, ...settled, ...flow.filter((other) => other !== slot && !settled.includes(other))];
    const free = (v: number) => !others.some((other) => isOverlapping({ ...slot, v }, other, gaps.across / 4));
    const step = slot.dv + gaps.across / 3;
    slot.v = [0, 1, -1, 2, -2, 3, -3].map((side) => slot.v + side * step).find(free) ?? home;
    settled.push(slot);
  }
}

/** The person stands above the gateway, level with the callers above the row when there are some; also when the flow goes down, since nothing leads there. */
function placePeople(
  people: Slot[],
  targets: Map<string, string>,
  slots: Map<string, Slot>,
  frames: FrameSlot[],
  others: Slot[],
  gaps: Gaps,
  down: boolean,
): void {
  const tops = frames.flatMap((frame) => [...frame.members.values()]);
  const standing = [...others];
  for (const slot of people) {
    const target = slots.get(targets.get(slot.key) as string);
    if (!target) continue;
    if (down) {
      slot.u = target.u - target.du / 2 - gaps.along - slot.du / 2;
      slot.v = target.v;
    } else {
      const level = Math.min(target.v - target.dv / 2 - gaps.across - slot.dv / 2, ...tops.map((top) => top.v).filter((v) => v < target.v - target.dv));
      slot.u = target.u;
      slot.v = Math.max(level, target.v - target.dv / 2 - gaps.across * 2 - slot.dv / 2);
    }
    while (standing.some((other) => isOverlapping(slot, other, gaps.across / 4))) {
      if (down) slot.u -= slot.du;
      else slot.v -= slot.dv;
    }
    standing.push(slot);
  }
}

/**
 * Callers that nothing calls. To the right: below the frames at the left edge, so that their lines come up from outside. Downwards: above the frames, left of
 * the gateway.
 */
function placeBand(band: Slot[], frames: FrameSlot[], others: Slot[], gaps: Gaps, down: boolean): void {
  if (band.length === 0) return;
  const all = [...frames, ...others];
  const startU = all.length === 0 ? 0 : Math.min(...all.map((slot) => slot.u - slot.du / 2));
  if (down) placeBandRow(band, frames, others, gaps);
  else placeBandColumns(band, all, startU, gaps);
}

const BAND_COLUMN = 5;

function placeBandColumns(band: Slot[], all: Slot[], startU: number, gaps: Gaps): void {
  const top = all.length === 0 ? 0 : Math.max(...all.map((slot) => slot.v + slot.dv / 2)) + gaps.across * 0.55;
  let u = startU;
  for (let from = 0; from < band.length; from += BAND_COLUMN) {
    const column = band.slice(from, from + BAND_COLUMN);
    const widest = Math.max(...column.map((slot) => slot.du));
    let v = top;
    for (const slot of column) {
      slot.u = u + slot.du / 2;
      slot.v = v + slot.dv / 2;
      v += slot.dv + gaps.across * 0.3;
    }
    u += widest + gaps.along * 0.6;
  }
}

/** A stage on which the flow goes down is narrow and tall: up to so many rows, before one reaches further aside than the frames below. */
const BAND_ROWS = 3;

function placeBandRow(band: Slot[], frames: FrameSlot[], others: Slot[], gaps: Gaps): void {
  const frameTop = frames.length === 0 ? Infinity : Math.min(...frames.map((frame) => frame.u - frame.du / 2));
  const beside = others.filter((slot) => slot.u + slot.du / 2 <= frameTop);
  const rowU = beside.length > 0 ? Math.max(...beside.map((slot) => slot.u)) : Number.isFinite(frameTop) ? frameTop - gaps.along : 0;
  const frameLeft = frames.length === 0 ? 0 : Math.min(...frames.map((frame) => frame.v - frame.dv / 2));
  const right =
    beside.length > 0
      ? Math.min(...beside.map((slot) => slot.v - slot.dv / 2)) - gaps.across * 0.3
      : frameLeft + Math.max(...frames.map((frame) => frame.dv), 0);
  const gap = gaps.across * 0.3;
  let u = rowU;
  for (const row of toRows(band, frames.length === 0 ? 0 : right - frameLeft, gap)) {
    let v = Math.min(frameLeft, right - toWidth(row, gap));
    for (const slot of row) {
      slot.u = u;
      slot.v = v + slot.dv / 2;
      v += slot.dv + gap;
    }
    u -= Math.max(...row.map((slot) => slot.du)) + gaps.along * 0.4;
  }
}

/** In order, each row as long as there is room or as it takes to stay within the rows. */
function toRows(band: Slot[], room: number, gap: number): Slot[][] {
  const least = Math.ceil(band.length / BAND_ROWS);
  const rows: Slot[][] = [];
  for (const slot of band) {
    const row = rows.at(-1);
    if (row && (row.length < least || toWidth([...row, slot], gap) <= room)) row.push(slot);
    else rows.push([slot]);
  }
  return rows;
}

function toWidth(row: Slot[], gap: number): number {
  return row.reduce((sum, slot) => sum + slot.dv + gap, -gap);
}
