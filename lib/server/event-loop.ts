/** How often the loop is asked, ms, and how many answers count. */
const EVERY = 500;
const KEPT = 20;

/** How long what is due waits for the event loop. A loop that is stuck for seconds answers nobody. */
export function watchEventLoop({ now = () => performance.now() }: { now?: () => number } = {}) {
  const lags: number[] = [];
  let due = now() + EVERY;
  const timer = setInterval(() => {
    const at = now();
    lags.push(Math.max(0, at - due));
    if (lags.length > KEPT) lags.shift();
    due = at + EVERY;
  }, EVERY);
  timer.unref();
  return {
    /** The longest wait of the last ten seconds, and of what is overdue now, seconds. */
    get lag(): number {
      return Math.max(0, now() - due, ...lags) / 1000;
    },
    close(): void {
      clearInterval(timer);
    },
  };
}
export type EventLoop = ReturnType<typeof watchEventLoop>;
