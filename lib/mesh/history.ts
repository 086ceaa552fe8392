import type { GraphEdge, MeshGraph } from "./graph";

/** What Kiali observed at one moment, summed over the lines inside the mesh: requests/s by protection. */
export interface HistoryPoint {
  /** Epoch ms at which Kiali's answer arrived; its figures are of the window before. */
  at: number;
  mutualTls: number;
  plaintext: number;
  notMeasured: number;
}

const KEPT_MS = 15 * 60_000;
/** Kiali is asked more often than a strip of 15 minutes can show, ms. */
const LEAST_STEP_MS = 10_000;

/**
 * Kiali's figures alone: a lock follows a fresh call of ours, the history does not. Bytes/s of tcp lines and the one-way TLS before the gateway are no
 * requests between workloads and stay out.
 * @returns null while Kiali has told nothing
 */
export function toHistoryPoint({ edges, observedAt }: Pick<MeshGraph, "edges" | "observedAt">): HistoryPoint | null {
  if (observedAt === null) return null;
  const point: HistoryPoint = { at: observedAt, mutualTls: 0, plaintext: 0, notMeasured: 0 };
  for (const edge of edges) addEdge(point, edge);
  return { at: observedAt, mutualTls: round(point.mutualTls), plaintext: round(point.plaintext), notMeasured: round(point.notMeasured) };
}

function addEdge(point: HistoryPoint, { kind, protocol, health: { rate, mutualTlsPercent } }: GraphEdge): void {
  if (kind !== "mesh" || protocol === "tcp" || !Number.isFinite(rate) || rate <= 0) return;
  if (mutualTlsPercent == null) {
    point.notMeasured += rate;
    return;
  }
  point.mutualTls += rate * (mutualTlsPercent / 100);
  point.plaintext += rate * (1 - mutualTlsPercent / 100);
}

/**
 * Takes in what the graph tells, when it is news by at least 10 s; drops what is older than 15 minutes.
 * @param history oldest first @returns the same array when there is nothing new
 */
export function addToHistory(history: readonly HistoryPoint[], graph: Pick<MeshGraph, "edges" | "observedAt">): readonly HistoryPoint[] {
  const last = history.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  if (graph.observedAt === null || graph.observedAt - last < LEAST_STEP_MS) return history;
  const point = toHistoryPoint(graph);
  return point === null ? history : [...history.filter(({ at }) => at > point.at - KEPT_MS), point];
}

/** Requests/s to a thousandth: a page is sent 90 of these. */
function round(rate: number): number {
  return Math.round(rate * 1000) / 1000;
}
