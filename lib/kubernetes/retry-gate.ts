/** Pauses between tries: exponential, full jitter (each pause is drawn evenly from 0 to the present ceiling), so that many clients do not return at once. */
export interface Backoff {
  /** Milliseconds to wait before the next try. */
  next(): number;
  reset(): void;
}

export interface BackoffOptions {
  minMs?: number;
  maxMs?: number;
  random?: () => number;
}

export function createBackoff({ minMs = 500, maxMs = 30_000, random = Math.random }: BackoffOptions = {}): Backoff {
  let tries = 0;
  return {
    next: () => random() * Math.min(maxMs, minMs * 2 ** tries++),
    reset: () => {
      tries = 0;
    },
  };
}

/**
 * One server, one outage: everything that talks to it waits behind the same gate. While it is closed, one waiter at a time is let through
 * to see whether the server is back, so that the number of tries does not grow with the number of watches.
 */
export interface RetryGate {
  readonly open: boolean;
  /** Epoch ms of the next try; null while open. */
  readonly nextTry: number | null;
  /** Resolves when it is the waiter's turn: at once while open. */
  enter(signal: AbortSignal): Promise<void>;
  /**
   * A try met a server that is not there, or not able, or was given up: whoever was let through must report, or nobody else gets a turn.
   * @param waitMs at least so long, when the server said so
   */
  fail(waitMs?: number): void;
  succeed(): void;
}

export interface RetryGateOptions extends BackoffOptions {
  /** Tries while closed, at most so many in any `windowMs`: 0.2/s over a minute. */
  triesPerWindow?: number;
  windowMs?: number;
}

export function createRetryGate({ triesPerWindow = 12, windowMs = 60_000, ...options }: RetryGateOptions = {}): RetryGate {
  const backoff = createBackoff(options);
  const waiters: (() => void)[] = [];
  let tries: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  let nextTry: number | null = null;
  let trying = false;

  const release = () => {
    timer = undefined;
    const next = waiters.shift();
    if (!next) return;
    trying = true;
    tries.push(Date.now());
    next();
  };

  const schedule = (waitMs: number) => {
    const now = Date.now();
    tries = tries.filter((at) => now - at < windowMs);
    const oldest = tries.length >= triesPerWindow ? tries[tries.length - triesPerWindow] : undefined;
    const wait = Math.max(waitMs, backoff.next(), oldest === undefined ? 0 : oldest + windowMs - now);
    clearTimeout(timer);
    nextTry = now + wait;
    // Waiting for a server is no reason to keep a process.
    timer = setTimeout(release, wait).unref();
  };

  return {
    get open() {
      return nextTry === null;
    },
    get nextTry() {
      return nextTry;
    },
    enter(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (nextTry === null) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiters.splice(waiters.indexOf(pass), 1);
          reject(signal.reason);
        };
        const pass = () => {
          signal.removeEventListener("abort", leave);
          resolve();
        };
        signal.addEventListener("abort", leave, { once: true });
        waiters.push(pass);
        // The slot came while nobody was waiting: it is this waiter's.
        if (timer === undefined && !trying) release();
      });
    },
    fail(waitMs = 0) {
      trying = false;
      // Several tries that were under way when the server went down count as one.
      if (timer === undefined) schedule(waitMs);
      else if (nextTry !== null && Date.now() + waitMs > nextTry) {
        clearTimeout(timer);
        nextTry = Date.now() + waitMs;
        timer = setTimeout(release, waitMs).unref();
      }
    },
    succeed() {
      clearTimeout(timer);
      timer = undefined;
      nextTry = null;
      trying = false;
      backoff.reset();
      for (const pass of waiters.splice(0)) pass();
    },
  };
}
