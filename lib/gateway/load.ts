import { setMaxListeners } from "node:events";
import type { CallOutcome } from "@/lib/mesh/calls";
import { createLatencyHistogram, type LatencySummary, toLatencySummary } from "./latency";

/** What a run may not exceed, whatever is asked. */
export interface LoadLimits {
  /** Requests/s. */
  ratePerSecond: number;
  /** Calls in flight. */
  connections: number;
  seconds: number;
  requests: number;
}

export interface LoadStart {
  /** From 0. */
  index: number;
  /** When it was to start: on performance.now()'s scale, and as epoch ms. */
  intendedAt: number;
  intendedEpoch: number;
  /** Fires when the run is cancelled; the call must then end at once. */
  signal: AbortSignal;
}

export interface LoadOptions<R extends { outcome: CallOutcome }> {
  /** Requests/s, also fractions of one. */
  rate: number;
  /** How many calls, or for how long; one of the two. */
  count?: number;
  seconds?: number;
  /** Calls in flight at most; what is due while all are busy waits, and its latency counts from when it was due. */
  connections: number;
  limits: LoadLimits;
  /** Makes one call. Should not throw: a call that fails is a result; if it throws, the run ends as failed. */
  call(start: LoadStart): Promise<R>;
  onResult?(result: R, start: LoadStart): void;
  /** At most four times a second, and once at the end. */
  onProgress?(progress: LoadProgress): void;
  /** Cancels, like `cancel`. */
  signal?: AbortSignal;
}

export interface LoadProgress {
  planned: number;
  /** Begun, and ended in any way. */
  sent: number;
  ended: number;
  inFlight: number;
  outcomes: Record<CallOutcome, number>;
  /** From the intended start to the end, ms, of every call that was not cancelled; null before the first. */
  latency: LatencySummary | null;
  /** From the intended to the real start, ms. */
  lateness: LatencySummary | null;
  /** Requests/s, from the first to the last start; null before the second. */
  achievedRate: number | null;
}

export interface LoadSummary extends LoadProgress {
  /** `limit`: time ran out before all planned calls could be begun. */
  end: "finished" | "cancelled" | "limit" | "failed";
  /** What the call threw, when the run failed. */
  error: unknown;
}

export interface Load {
  /** Resolves when the run has ended; never rejects. */
  readonly done: Promise<LoadSummary>;
  progress(): LoadProgress;
  /** No call starts after this; those in flight are stopped. `done` follows within 250 ms. */
  cancel(): void;
}

/** More was asked than a run may do. */
export class LoadLimitExceeded extends Error {
  override readonly name = "LoadLimitExceeded";
}

const PROGRESS_MS = 250;
/** How long cancelled calls get to say so themselves. */
const CANCEL_GRACE_MS = 150;
/** How long what waits may still be begun after a run's planned seconds. */
const DRAIN_MS = 5_000;

/**
 * An open-loop load: call number i is due at start + i / rate, whether or not those before it were answered, as independent visitors come.
 * A target that stalls therefore shows in the latencies of all calls that were due meanwhile, not of one ("coordinated omission").
 * @throws LoadLimitExceeded, RangeError for what is no load at all
 */
export function startLoad<R extends { outcome: CallOutcome }>(options: LoadOptions<R>): Load {
  const { rate, connections, call, onResult, onProgress, signal } = options;
  const { planned, lastStartMs } = toPlan(options);
  const startedAt = performance.now();
  const epochOffset = Date.now() - startedAt;
  const running = new AbortController();
  setMaxListeners(connections + 10, running.signal);

  const latency = createLatencyHistogram();
  const lateness = createLatencyHistogram();
  const outcomes: Record<CallOutcome, number> = { served: 0, failed: 0, refused: 0, unreachable: 0, cancelled: 0 };
  let sent = 0;
  let ended = 0;
  let firstStart = 0;
  let lastStart = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let grace: ReturnType<typeof setTimeout> | undefined;
  let isSettled = false;
  let end: LoadSummary["end"] | null = null;
  let error: unknown;
  let resolveDone: (summary: LoadSummary) => void = () => undefined;
  const done = new Promise<LoadSummary>((resolve) => {
    resolveDone = resolve;
  });

  const dueAt = (index: number) => startedAt + (index * 1_000) / rate;
  const progress = (): LoadProgress => ({
    planned,
    sent,
    ended,
    inFlight: sent - ended,
    outcomes: { ...outcomes },
    latency: toLatencySummary(latency),
    lateness: toLatencySummary(lateness),
    achievedRate: sent > 1 && lastStart > firstStart ? ((sent - 1) * 1_000) / (lastStart - firstStart) : null,
  });

  const reporting = setInterval(() => onProgress?.(progress()), PROGRESS_MS);
  const cancel = () => stop("cancelled");

  /** Begins all calls that are due and fit, and sets the time for the next. */
  function pump(): void {
    clearTimeout(timer);
    while (end === null && sent < planned && sent - ended < connections) {
      const now = performance.now();
      if (now - startedAt > lastStartMs) {
        end = "limit";
        break;
      }
      const waitMs = dueAt(sent) - now;
      if (waitMs > 0) {
        timer = setTimeout(pump, Math.ceil(waitMs));
        return;
      }
      begin(now);
    }
    // With all connections busy the next call's end comes back here.
    if (sent - ended === 0 && (end !== null || sent === planned)) settle(end ?? "finished");
  }

  function begin(now: number): void {
    const intendedAt = dueAt(sent);
    const start: LoadStart = { index: sent, intendedAt, intendedEpoch: intendedAt + epochOffset, signal: running.signal };
    if (sent === 0) firstStart = now;
    lastStart = now;
    lateness.record(now - intendedAt);
    sent++;
    void settleCall(start);
  }

  async function settleCall(start: LoadStart): Promise<void> {
    try {
      finish(await call(start), start);
    } catch (reason) {
      error ??= reason;
      stop("failed");
    }
  }

  function finish(result: R, start: LoadStart): void {
    // A cancelled run does not wait for calls that do not heed it; their late results are nobody's.
    if (isSettled) return;
    ended++;
    outcomes[result.outcome]++;
    if (result.outcome !== "cancelled") latency.record(performance.now() - start.intendedAt);
    onResult?.(result, start);
    pump();
  }

  function stop(how: "cancelled" | "failed"): void {
    if (end === "cancelled" || end === "failed" || isSettled) return;
    end = how;
    clearTimeout(timer);
    running.abort();
    grace = setTimeout(() => {
      outcomes.cancelled += sent - ended;
      ended = sent;
      settle(how);
    }, CANCEL_GRACE_MS);
    if (sent === ended) settle(how);
  }

  function settle(how: LoadSummary["end"]): void {
    if (isSettled) return;
    isSettled = true;
    clearInterval(reporting);
    clearTimeout(grace);
    signal?.removeEventListener("abort", cancel);
    const last = progress();
    onProgress?.(last);
    resolveDone({ ...last, end: how, error });
  }

  if (signal?.aborted) cancel();
  else {
    signal?.addEventListener("abort", cancel, { once: true });
    pump();
  }
  return { done, progress, cancel };
}

/** @returns how many calls, and until when one may begin, ms from the start */
function toPlan({ rate, count, seconds, connections, limits }: Pick<LoadOptions<never>, "rate" | "count" | "seconds" | "connections" | "limits">): {
  planned: number;
  lastStartMs: number;
} {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`A rate is a number above 0, not ${rate}`);
  if (!(Number.isInteger(connections) && connections > 0)) throw new RangeError(`Connections are a whole number above 0, not ${connections}`);
  if ((count === undefined) === (seconds === undefined)) throw new RangeError("A load has either a count or a number of seconds");
  if (count !== undefined && !(Number.isInteger(count) && count > 0)) throw new RangeError(`A count is a whole number above 0, not ${count}`);
  if (seconds !== undefined && !(seconds > 0 && Number.isFinite(seconds))) throw new RangeError(`Seconds are a number above 0, not ${seconds}`);

  const planned = count ?? Math.max(1, Math.round(rate * (seconds ?? 0)));
  const plannedSeconds = seconds ?? (planned - 1) / rate;
  const over = (what: string, asked: number, limit: number) =>
    new LoadLimitExceeded(`At most ${limit} ${what}; ${Math.round(asked * 100) / 100} were asked for`);
  if (rate > limits.ratePerSecond) throw over("requests/s", rate, limits.ratePerSecond);
  if (connections > limits.connections) throw over("connections", connections, limits.connections);
  if (planned > limits.requests) throw over("requests", planned, limits.requests);
  if (plannedSeconds > limits.seconds) throw over("seconds", plannedSeconds, limits.seconds);
  return { planned, lastStartMs: Math.min(limits.seconds * 1_000, seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1_000 + DRAIN_MS) };
}
