/** The work did not end within its time. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  constructor(readonly ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

export interface Deadline {
  /** Fires when time is up or any of the given signals does. */
  readonly signal: AbortSignal;
  /** Time is no longer counted; the other signals still are. */
  lift(): void;
  /** Lets go of timer and signals. */
  end(): void;
}

/**
 * A signal with a time limit. AbortSignal.any would do, but on Node 20 it keeps every derived signal alive as long as its source lives,
 * and ours live as long as the process.
 * @param ms time limit; the signal's reason is then a DeadlineError
 */
export function startDeadline(ms: number, ...signals: (AbortSignal | undefined)[]): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlineError(ms)), ms);
  const sources = signals.filter((signal) => signal !== undefined);
  const forward = () => controller.abort(sources.find((signal) => signal.aborted)?.reason);
  for (const signal of sources) {
    if (signal.aborted) forward();
    else signal.addEventListener("abort", forward, { once: true });
  }
  const lift = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    lift,
    end() {
      lift();
      for (const signal of sources) signal.removeEventListener("abort", forward);
    },
  };
}

/** Resolves after `ms`; rejects with the signal's reason when it fires first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
