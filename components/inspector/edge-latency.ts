import type { Call } from "@/lib/mesh/calls";
import type { GraphEdge, MeshGraph } from "@/lib/mesh/graph";
import { toRoute } from "../graph/flights";
import { edgeKey, nodeKey } from "../graph/model";

/** How long our own calls took on one line, pure. */
export interface EdgeLatency {
  /** ms, in the order of the calls. */
  values: number[];
  /** `call` = from when each call was due to its answer; `service` = what the service that answered told of its own time. */
  of: "call" | "service";
  /** Own calls that went this way without an answer: they have no time. */
  unanswered: number;
}

/** @param recent own calls the page was told of @returns null when none of them went along this line */
export function toEdgeLatency(edge: Pick<GraphEdge, "id" | "target">, recent: readonly Call[], graph: MeshGraph): EdgeLatency | null {
  const latency: EdgeLatency = { values: [], of: "service", unanswered: 0 };
  let passed = 0;
  for (const call of recent) {
    const legs = toRoute(call, graph)?.legs ?? [];
    const index = legs.findIndex((leg) => leg.edge === edgeKey(edge.id));
    if (index === -1) continue;
    passed += 1;
    const isWhole = index === 0 && isFromCaller(call, edge.target);
    if (isWhole) latency.of = "call";
    const ms = isWhole ? toWholeTime(call) : toHopTime(call, index - legs.findIndex((leg) => leg.to === nodeKey(call.target)));
    if (ms === null || !Number.isFinite(ms) || ms < 0) latency.unanswered += 1;
    else latency.values.push(ms);
  }
  return passed === 0 ? null : latency;
}

/** A pod calls its target itself; what goes through the gateway is timed up to the gateway. */
function isFromCaller({ caller, target }: Call, edgeTarget: string): boolean {
  return caller !== "gateway" || target !== edgeTarget;
}

function toWholeTime({ outcome, latencyMs }: Call): number | null {
  return outcome === "served" || outcome === "failed" ? latencyMs : null;
}

function toHopTime({ path }: Call, hop: number): number | null {
  return path[hop]?.durationMs ?? null;
}

export interface LatencyFigures {
  count: number;
  p50: number;
  /** null below 20 calls: one in twenty of fewer is just the slowest. */
  p95: number | null;
  max: number;
}

const LEAST_FOR_P95 = 20;

/** Nearest rank. @param values ms @returns null of nothing */
export function toLatencyFigures(values: readonly number[]): LatencyFigures | null {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const max = sorted.at(-1);
  if (max === undefined) return null;
  return { count: sorted.length, p50: rank(0.5), p95: sorted.length < LEAST_FOR_P95 ? null : rank(0.95), max };
}

export interface Bin {
  /** ms; the last has no end. */
  from: number;
  to: number | null;
  count: number;
}

/** Bounds of the bars, ms: a factor of about two each, since times spread over powers of ten. */
const BOUNDS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** From the first bar that has something to the last one, empty ones between them included. */
export function toHistogram(values: readonly number[]): Bin[] {
  const bins = BOUNDS.map((from, index) => {
    const to = BOUNDS[index + 1] ?? null;
    return { from, to, count: values.filter((value) => value >= from && (to === null || value < to)).length };
  });
  const first = bins.findIndex(({ count }) => count > 0);
  return first === -1 ? [] : bins.slice(first, bins.findLastIndex(({ count }) => count > 0) + 1);
}

/** "3 of 5–10 ms, 1 of 1000–2000 ms": the bars for those who cannot see them. */
export function toHistogramWords(bins: readonly Bin[]): string {
  return bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => `${count} of ${to === null ? `${from} ms or more` : `${from}–${to} ms`}`)
    .join(", ");
}
