import type { ObservedGraph } from "@/lib/mesh/observed";
import type { KialiConnection } from "./connect";
import { KialiAbsent, KialiBusy, KialiForbidden, KialiLoginNeeded, KialiTooEarly, KialiUnauthorized, PrometheusDown } from "./errors";
import { type GraphView, getGraph } from "./graph";

export interface GraphPollState {
  /**
   * `stale`: failing, but there is a good answer from a short while ago, or Kiali itself is well. `down`: failing for longer, or from the start.
   * `absent`: there is no Kiali to ask.
   */
  state: "connecting" | "ok" | "stale" | "down" | "forbidden" | "absent";
  /** A sentence a person can act on; null when ok, and when connecting for the first time. */
  reason: string | null;
  /** Who is the cause when it is not well: Kiali itself, or the Prometheus behind a Kiali that answers. */
  culprit: "kiali" | "prometheus" | null;
  /** Epoch ms since when the state and its culprit have been these. */
  since: number;
  /** Epoch ms of the last graph. */
  lastGood: number | null;
  /** Epoch ms of Kiali's last answer of any worth, also one that says that Prometheus is gone. */
  lastAnswer: number | null;
  /** Epoch ms of the next try; null while one is under way, when stopped, and when all is well. */
  nextTry: number | null;
}

/** One Kiali, one outage: all polls of it wait behind the same gate, so that their tries do not add up (lib/kubernetes/retry-gate.ts is one). */
export interface PollGate {
  readonly nextTry: number | null;
  /** Resolves when it is the caller's turn: at once while all is well. */
  enter(signal: AbortSignal): Promise<void>;
  /** @param waitMs at least so long, when Kiali said so */
  fail(waitMs?: number): void;
  succeed(): void;
}

export interface PollTiming {
  /** Between two polls that go well, start to start, ms. */
  intervalMs: number;
  /** Of one question, ms. */
  timeoutMs: number;
}

export interface GraphPollOptions {
  /** Gives the connection to use; asked at every poll, so keep a good one (createKialiConnector does). */
  connect(signal: AbortSignal): Promise<KialiConnection>;
  view: GraphView;
  gate: PollGate;
  onGraph(graph: ObservedGraph): void;
  onState(state: GraphPollState): void;
  /** A failure that concerns every view of this Kiali: to be told to the other polls (`hear`), which wait at the gate and would not know. */
  onFailure?(error: unknown): void;
  /** For tests: full jitter draws from it. */
  random?: () => number;
  timing?: Partial<PollTiming>;
}

export interface GraphPoll {
  /** The first viewer came: polls at once. Does nothing when already running. */
  start(): void;
  /** The last viewer left: what is under way is given up and nothing more is asked. */
  stop(): void;
  /** Another poll of the same Kiali met this. */
  hear(error: unknown): void;
  readonly state: GraphPollState;
}

const TIMING: PollTiming = { intervalMs: 2_000, timeoutMs: 15_000 };
/** A slow Kiali is asked for a fifth of its time at most. */
const ANSWER_TIMES = 5;
/** For what concerns one view alone. */
const BACKOFF = { firstMs: 500, lastMs: 30_000 } as const;
/** From the third failure in a row, or 10 s after the last good answer, "stale" becomes "down". */
const DOWN_AFTER = { failures: 3, ms: 10_000 } as const;

/**
 * Asks Kiali for one view again and again: every max(2 s, 5 × the time its last answer took), start to start, one request at a time. After a
 * failure of Kiali's the gate says when; after one of this view alone (a namespace that is not shown) a random part of 0.5 s, 1 s … 30 s
 * ("full jitter"). Callers share one poll a view: see toViewKey.
 */
export function createGraphPoll(options: GraphPollOptions): GraphPoll {
  const { connect, view, gate, onGraph, onState, random = Math.random } = options;
  const timing = { ...TIMING, ...options.timing };
  let state: GraphPollState = { state: "connecting", reason: null, culprit: null, since: Date.now(), lastGood: null, lastAnswer: null, nextTry: null };
  let running: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function report(next: Omit<GraphPollState, "since">): void {
    state = { ...next, since: next.state === state.state && next.culprit === state.culprit ? state.since : Date.now() };
    onState(state);
  }

  async function poll(run: AbortController): Promise<void> {
    try {
      await gate.enter(run.signal);
    } catch {
      return;
    }
    const startedAt = Date.now();
    try {
      const connection = await connect(run.signal);
      // Finding Kiali and logging in, the first time, is not its answering.
      const clock = performance.now();
      const graph = await getGraph(connection, { ...view, signal: run.signal, timeoutMs: timing.timeoutMs });
      if (run.signal.aborted) return gate.succeed();
      gate.succeed();
      failures = 0;
      const tookMs = performance.now() - clock;
      timer = setTimeout(() => poll(run), Math.max(timing.intervalMs, ANSWER_TIMES * tookMs) - tookMs);
      report({ state: "ok", reason: null, culprit: null, lastGood: graph.receivedAt, lastAnswer: graph.receivedAt, nextTry: null });
      onGraph(graph);
    } catch (error) {
      // Whoever was let through must say how it went, or nobody else gets a turn; a poll that was given up tells nothing.
      if (run.signal.aborted) return gate.nextTry === null ? undefined : gate.fail();
      if (error instanceof KialiForbidden || error instanceof KialiTooEarly) {
        gate.succeed();
        const waitMs = random() * Math.min(BACKOFF.lastMs, BACKOFF.firstMs * 2 ** failures);
        timer = setTimeout(() => poll(run), waitMs);
        fail(error, Date.now() + waitMs, startedAt);
      } else {
        gate.fail(error instanceof KialiBusy ? error.retryAfterSeconds * 1_000 : 0);
        timer = setTimeout(() => poll(run));
        fail(error, gate.nextTry, startedAt);
        options.onFailure?.(error);
      }
    }
  }

  function fail(error: unknown, nextTry: number | null, startedAt: number): void {
    failures++;
    const answered = error instanceof PrometheusDown || error instanceof KialiForbidden || error instanceof KialiTooEarly;
    report({
      state: toFailureState(error, failures, state.lastGood, startedAt),
      reason: toReason(error),
      culprit: error instanceof PrometheusDown ? "prometheus" : "kiali",
      lastGood: state.lastGood,
      lastAnswer: answered ? Date.now() : state.lastAnswer,
      nextTry,
    });
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
    hear(error) {
      if (running !== null) fail(error, gate.nextTry, Date.now());
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
  if (error instanceof KialiAbsent) return "absent";
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
