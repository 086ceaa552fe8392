import type { Arrange, Box, Gaps, LayoutNode, LayoutRequest, Point, Positions } from "./layout";
import { type Bend, bendFans } from "./layout-fans";
import { placeOutside } from "./layout-outside";
import { placeParked, placeSatellites, toSatellites } from "./layout-satellites";

/**
 * Puts the picture together in coordinates of the flow: `u` along it, `v` across it (x and y for a flow to the right, y and x for one downwards).
 * Each namespace is ranked by itself and then stands as one box in the outer ranking, so that frames can never overlap.
 */
export interface Slot {
  key: string;
  u: number;
  v: number;
  /** Size along and across the flow. */
  du: number;
  dv: number;
}

export interface FrameSlot extends Slot {
  members: Map<string, Slot>;
}

interface Pads {
  uStart: number;
  uEnd: number;
  vStart: number;
  vEnd: number;
  /** Least size that the title asks for. */
  minU: number;
  minV: number;
}

export function compose(request: LayoutRequest, gaps: Gaps, bend: Bend, arrange: Arrange): { positions: Positions; extent: Gaps } {
  const down = request.direction === "down";
  const slots = new Map(request.nodes.map((node) => [node.key, toSlot(node, down)]));
  const nodes = new Map(request.nodes.map((node) => [node.key, node]));
  const edges = request.edges.filter(([source, target]) => source !== target && nodes.has(source) && nodes.has(target));
  const satellites = toSatellites(request.nodes, edges);
  const ranked = withSlots(arrange, down);
  const rankedAndBent: Ranked = (flow, inner, wanted) => {
    ranked(flow, inner, wanted);
    bendFans(flow, bend, wanted);
  };

  const frames: FrameSlot[] = [];
  for (const frame of request.frames) {
    const members = request.nodes.filter((node) => node.frame === frame.key).map((node) => slots.get(node.key) as Slot);
    if (members.length === 0) continue;
    const pads = toPads(request, frame.minWidth, down);
    frames.push(composeFrame(frame.key, members, edges, satellites, gaps, pads, rankedAndBent));
  }
  const outside = request.nodes.filter((node) => node.frame === null || !frames.some((frame) => frame.members.has(node.key)));
  placeOutside({ nodes: outside, slots, frames, edges, satellites, gaps, down, ranked });

  const positions: Positions = new Map();
  const extent = { low: { u: Infinity, v: Infinity }, high: { u: -Infinity, v: -Infinity } };
  for (const slot of [...slots.values(), ...frames]) {
    extent.low = { u: Math.min(extent.low.u, slot.u - slot.du / 2), v: Math.min(extent.low.v, slot.v - slot.dv / 2) };
    extent.high = { u: Math.max(extent.high.u, slot.u + slot.du / 2), v: Math.max(extent.high.v, slot.v + slot.dv / 2) };
  }
  for (const slot of slots.values()) {
    const u = Math.round(slot.u - extent.low.u);
    const v = Math.round(slot.v - extent.low.v);
    positions.set(slot.key, down ? { x: v, y: u } : { x: u, y: v });
  }
  return { positions, extent: { along: extent.high.u - extent.low.u, across: extent.high.v - extent.low.v } };
}

/** A ranking of slots: writes their u and v. */
export type Ranked = (slots: Slot[], edges: [string, string][], gaps: Gaps) => void;

function withSlots(arrange: Arrange, down: boolean): Ranked {
  return (slots, edges, gaps) => {
    if (slots.length === 0) return;
    const boxes: Box[] = slots.map((slot) => ({ key: slot.key, width: slot.du, height: slot.dv }));
    const keys = new Set(boxes.map((box) => box.key));
    const known = edges.filter(([source, target]) => keys.has(source) && keys.has(target));
    const centres = arrange(boxes, known, down ? { along: gaps.along, across: gaps.across / 2 } : gaps);
    for (const slot of slots) {
      const centre = centres.get(slot.key) as Point;
      slot.u = centre.x;
      slot.v = centre.y;
    }
  };
}

function composeFrame(
  key: string,
  members: Slot[],
  edges: [string, string][],
  satellites: Map<string, string>,
  gaps: Gaps,
  pads: Pads,
  ranked: Ranked,
): FrameSlot {
  const own = new Map(members.map((slot) => [slot.key, slot]));
  const inner = edges.filter(([source, target]) => own.has(source) && own.has(target));
  const touched = new Set(edges.flat());
  const satellite = members.filter((slot) => satellites.has(slot.key));
  const parked = members.filter((slot) => !touched.has(slot.key));
  const flow = members.filter((slot) => touched.has(slot.key) && !satellites.has(slot.key));
  ranked(flow, inner, gaps);
  placeSatellites(satellite, satellites, own, flow, gaps);
  placeParked(parked, [...flow, ...satellite], gaps);
  const low = { u: Math.min(...members.map((slot) => slot.u - slot.du / 2)), v: Math.min(...members.map((slot) => slot.v - slot.dv / 2)) };
  const high = { u: Math.max(...members.map((slot) => slot.u + slot.du / 2)), v: Math.max(...members.map((slot) => slot.v + slot.dv / 2)) };
  const du = Math.max(pads.minU, high.u - low.u + pads.uStart + pads.uEnd);
  const dv = Math.max(pads.minV, high.v - low.v + pads.vStart + pads.vEnd);
  // Members relative to the frame's centre, so that moving the frame is one addition. The spare room of a wide title goes to both sides alike.
  const shift = { u: (pads.uStart - pads.uEnd) / 2 - (low.u + high.u) / 2, v: (pads.vStart - pads.vEnd) / 2 - (low.v + high.v) / 2 };
  for (const slot of members) {
    slot.u += shift.u;
    slot.v += shift.v;
  }
  return { key, u: 0, v: 0, du, dv, members: own };
}

function toSlot(node: LayoutNode, down: boolean): Slot {
  return { key: node.key, u: 0, v: 0, du: down ? node.height : node.width, dv: down ? node.width : node.height };
}

function toPads({ framePad }: LayoutRequest, minWidth: number, down: boolean): Pads {
  return down
    ? { uStart: framePad.top, uEnd: framePad.bottom, vStart: framePad.side, vEnd: framePad.side, minU: 0, minV: minWidth }
    : { uStart: framePad.side, uEnd: framePad.side, vStart: framePad.top, vEnd: framePad.bottom, minU: minWidth, minV: 0 };
}
