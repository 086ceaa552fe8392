import { applyGraphChange, type GraphChange } from "@/lib/mesh/graph-change";
import type { LiveState, StatePatch } from "./state";

/** What the stream sends after the whole: sections that changed, and of the graph mostly what changed in it. */
export interface StreamPatch extends StatePatch {
  /** Instead of `graph`; only whoever has the state before it can use it. */
  graphChange?: GraphChange;
}

export function applyPatch(state: LiveState, { graphChange, ...sections }: StreamPatch): LiveState {
  const next = { ...state, ...sections };
  return graphChange ? { ...next, graph: applyGraphChange(next.graph, graphChange) } : next;
}

/** `epoch.sequence`, the id of each message of the stream. @returns whether nothing is missing between the two */
export function isNext(before: string, after: string): boolean {
  const [from, to] = [toPlace(before), toPlace(after)];
  return from !== null && to !== null && from.epoch === to.epoch && to.sequence === from.sequence + 1;
}

function toPlace(id: string): { epoch: string; sequence: number } | null {
  const [, epoch, sequence] = /^(.+)\.(\d+)$/.exec(id) ?? [];
  return epoch === undefined || sequence === undefined ? null : { epoch, sequence: Number(sequence) };
}
