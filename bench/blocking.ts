/** What of Chromium's trace matters here; times in µs. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Processor time, where it was taken. */
  tdur?: number;
  args: { name?: string };
}

/**
 * Total blocking time by the main thread's own processor time: what a page does, without the time in which the machine did something else.
 * @param trace as Playwright's `stopTracing` gives it, category `toplevel` @param longTask beyond this a task is felt, ms
 */
export function toBlockingTime(trace: Buffer, longTask: number): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const toThread = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
  const mains = new Set(traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(toThread));
  const tasks = traceEvents.filter((event) => event.name.endsWith("RunTask") && mains.has(toThread(event)));
  if (tasks.length === 0) throw new Error("The trace names no task of a main thread: Chromium calls them otherwise now.");
  return tasks.reduce((sum, { tdur = 0 }) => sum + Math.max(0, tdur / 1000 - longTask), 0);
}
