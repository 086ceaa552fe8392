import type { ObservedGraph } from "@/lib/mesh/observed";
import type { KialiConnection } from "./connect";
import { KialiForbidden, KialiLoginNeeded, KialiTooEarly, KialiUnauthorized, PrometheusDown } from "./errors";
import { type GraphView, getGraph } from "./graph";

export interface GraphPollState {
  /** `stale`: failing, but there is a good answer from a short while ago, or Kiali itself is well. `down`: failing for longer, or from the start. */
  state: "connecting" | "ok" | "stale" | "down" | "forbidden";
  /** A sentence a person can act on; null when ok, and when connecting for the first time. */
  reason: string | null;
  /** Epoch ms since when the state has been this one. */
  since: number;
  lastGood: number | null;
  /** Epoch ms of the next try; null while one is under way, when stopped, and when all is well. */
  nextTry: number | null;
}

export interface GraphPollOptions {
  /** Gives the connection to use; asked at every poll, so keep a good one (createKialiConnector does). */
  connect(signal: AbortSignal): Promise<KialiConnection>;
  view: GraphView;
  onGraph(graph: ObservedGraph): void;
  onState(state: GraphPollState): void;
  /** For tests: full jitter draws from it. */
  random?: () => number;
}

export interface GraphPoll {
  /** The first viewer came: polls at once. Does nothing when already running. */
  start(): void;
  /** The last viewer left: what is under way is given up and nothing more is asked. */
  stop(): void;
  readonly state: GraphPollState;
}

const MIN_INTERVAL_MS = 2_000;
/** A slow Kiali is asked for a fifth of its time at most. */
const ANSWER_TIMES = 5;
const BACKOFF = { firstMs: 500, lastMs: 30_000 } as const;
/** From the third failure in a row, or 10 s after the last good answer, "stale" becomes "down". */
const DOWN_AFTER = { failures: 3, ms: 10_000 } as const;

/**
 * Asks Kiali for one view again and again: every max(2 s, 5 × the time its last answer took), start to start, one request at a time, and
 * after failures after a random part of 0.5 s, 1 s … 30 s ("full jitter"). Callers share one poll a view: see toViewKey.
 */
export function createGraphPoll({ connect, view, onGraph, onState, random = Math.random }: GraphPollOptions): GraphPoll {
  let state: GraphPollState = { state: "connecting", reason: null, since: Date.now(), lastGood: null, nextTry: null };
  let running: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function report(next: Pick<GraphPollState, "state" | "reason" | "lastGood" | "nextTry">): void {
    state = { ...next, since: next.state === state.state ? state.since : Date.now() };
    onState(state);
  }

  async function poll(run: AbortController): Promise<void> {
    const startedAt = Date.now();
    try {
      const connection = await connect(run.signal);
      // Finding Kiali and logging in, the first time, is not its answering.
      const clock = performance.now();
      const graph = await getGraph(connection, { ...view, signal: run.signal });
      if (run.signal.aborted) return;
      failures = 0;
      const tookMs = performance.now() - clock;
      timer = setTimeout(() => poll(run), Math.max(MIN_INTERVAL_MS, ANSWER_TIMES * tookMs) - tookMs);
      report({ state: "ok", reason: null, lastGood: graph.receivedAt, nextTry: null });
      onGraph(graph);
    } catch (error) {
      if (run.signal.aborted) return;
      failures++;
      const waitMs = random() * Math.min(BACKOFF.lastMs, BACKOFF.firstMs * 2 ** (failures - 1));
      timer = setTimeout(() => poll(run), waitMs);
      report({
        state: toFailureState(error, failures, state.lastGood, startedAt),
        reason: toReason(error),
        lastGood: state.lastGood,
        nextTry: Date.now() + waitMs,
      });
    }
  }

  return {
    start() {
      if (running !== null) return;
      running = new AbortController();
      failures = 0;
      void poll(running);
    },
    stop() {
      clearTimeout(timer);
      running?.abort();
      running = null;
      state = { ...state, nextTry: null };
    },
    get state() {
      return state;
    },
  };
}

/** Equal for views that one poll can serve: the same namespaces in any order, over the same window. */
export function toViewKey({ namespaces, windowSeconds }: GraphView): string {
  return `${[...new Set(namespaces)].sort().join(",")}@${windowSeconds}`;
}

function toFailureState(error: unknown, failures: number, lastGood: number | null, now: number): GraphPollState["state"] {
  if (error instanceof KialiForbidden || error instanceof KialiLoginNeeded || error instanceof KialiUnauthorized) return "forbidden";
  if (error instanceof KialiTooEarly) return lastGood === null ? "connecting" : "stale";
  if (lastGood === null) return "down";
  // Kiali answers; it is its source that is gone.
  if (error instanceof PrometheusDown) return "stale";
  return failures < DOWN_AFTER.failures && now - lastGood < DOWN_AFTER.ms ? "stale" : "down";
}

function toReason(error: unknown): string {
  const isOurs = error instanceof Error && (error.name.startsWith("Kiali") || error.name === "PrometheusDown");
  return isOurs ? error.message : "Reading Kiali's answer failed inside Padlock";
}
