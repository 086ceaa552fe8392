import type { Gaps, LayoutNode } from "./layout";
import type { Slot } from "./layout-compose";

/**
 * Callers that would push the main row out of line stand beside their target instead: the person before the gateway, a test pod above the service it
 * calls. Returns satellite → target.
 */
export function toSatellites(nodes: LayoutNode[], edges: [string, string][]): Map<string, string> {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const targets = new Map<string, Set<string>>();
  const sources = new Map<string, Set<string>>();
  for (const [source, target] of edges) {
    targets.set(source, (targets.get(source) ?? new Set()).add(target));
    sources.set(target, (sources.get(target) ?? new Set()).add(source));
  }
  /** A source with one target, on the target's own side of the frame. */
  const candidates = new Map<string, string>();
  for (const node of nodes) {
    const [target, ...others] = targets.get(node.key) ?? [];
    if (target === undefined || others.length > 0 || sources.has(node.key)) continue;
    const sameSide = byKey.get(target)?.frame === node.frame;
    if (sameSide && (node.place === "frame" || node.place === "client")) candidates.set(node.key, target);
  }
  // The person stands at the gateway even before the first call.
  const gateway = nodes.find((node) => node.place === "gateway");
  for (const node of nodes) if (gateway && node.place === "client" && !targets.has(node.key) && !sources.has(node.key)) candidates.set(node.key, gateway.key);
  // A frame's only entrance is the start of its row, not a satellite: something else must call the target as well.
  const satellites = new Map<string, string>();
  for (const [key, target] of candidates) {
    const isClient = byKey.get(key)?.place === "client";
    const callers = [...(sources.get(target) ?? [])];
    if (isClient || callers.some((caller) => !candidates.has(caller))) satellites.set(key, target);
  }
  return satellites;
}

/** Above the target; several of one target side by side; higher when something stands there already. */
export function placeSatellites(satellites: Slot[], targets: Map<string, string>, slots: Map<string, Slot>, placed: Slot[], gaps: Gaps): void {
  const standing = [...placed];
  for (const slot of satellites) {
    const target = slots.get(targets.get(slot.key) as string);
    if (!target) continue;
    slot.u = target.u;
    slot.v = target.v - target.dv / 2 - gaps.across - slot.dv / 2;
    makeRoom(slot, standing, gaps);
    standing.push(slot);
  }
}

/** First to the side along the flow, left and right in turn, then a row further up; bounded by the number of things in the way. */
function makeRoom(slot: Slot, standing: Slot[], gaps: Gaps): void {
  const home = { u: slot.u, v: slot.v };
  const step = slot.du + gaps.across / 2;
  for (let row = 0; row <= standing.length; row++) {
    for (const side of [0, 1, -1, 2, -2]) {
      slot.u = home.u + side * step;
      slot.v = home.v - row * (slot.dv + gaps.across / 2);
      if (!standing.some((other) => isOverlapping(slot, other, gaps.across / 3))) return;
    }
  }
}

/** Workloads nobody called yet wait in rows after the flow, so that the first call can give them their place. */
export function placeParked(parked: Slot[], placed: Slot[], gaps: Gaps): void {
  if (parked.length === 0) return;
  const start = placed.length === 0 ? 0 : Math.min(...placed.map((slot) => slot.u - slot.du / 2));
  const end = placed.length === 0 ? 0 : Math.max(...placed.map((slot) => slot.u + slot.du / 2));
  const perRow = Math.max(3, Math.ceil(Math.sqrt(parked.length * 2)));
  const widest = Math.max(...parked.map((slot) => slot.du));
  const room = Math.max(end - start, perRow * widest + (perRow - 1) * gaps.along * 0.6);
  let v = placed.length === 0 ? 0 : Math.max(...placed.map((slot) => slot.v + slot.dv / 2)) + gaps.across * 0.6;
  let u = start;
  let rowHeight = 0;
  for (const slot of parked) {
    if (u > start && u + slot.du > start + room) {
      v += rowHeight + gaps.across / 2;
      u = start;
      rowHeight = 0;
    }
    slot.u = u + slot.du / 2;
    slot.v = v + slot.dv / 2;
    u += slot.du + gaps.along * 0.6;
    rowHeight = Math.max(rowHeight, slot.dv);
  }
}

export function isOverlapping(a: Slot, b: Slot, gap: number): boolean {
  return Math.abs(a.u - b.u) < (a.du + b.du) / 2 + gap && Math.abs(a.v - b.v) < (a.dv + b.dv) / 2 + gap;
}
