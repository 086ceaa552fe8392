import { describe, expect, test, vi } from "vitest";
import type { CallOutcome } from "@/lib/mesh/calls";
import { LoadLimitExceeded, type LoadOptions, type LoadProgress, startLoad } from "./load";

const LIMITS = { ratePerSecond: 200, connections: 50, seconds: 300, requests: 60_000 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Requests/s of all these times (ms), by the slope of the line through them: a stall of the machine at the very end does not count as rate. */
function toRate(times: number[]): number {
  const middle = (times.length - 1) / 2;
  const mean = times.reduce((sum, at) => sum + at, 0) / times.length;
  const along = times.reduce((sum, at, index) => sum + (index - middle) * (at - mean), 0);
  const spread = times.reduce((sum, _at, index) => sum + (index - middle) ** 2, 0);
  return (1_000 * spread) / along;
}

function toEndToEndRate(times: number[]): number {
  return ((times.length - 1) * 1_000) / ((times.at(-1) ?? 0) - (times[0] ?? 0));
}

/** A call that is answered after some time, without a network. */
const answerAfter =
  (ms: number, outcome: CallOutcome = "served"): LoadOptions<{ outcome: CallOutcome }>["call"] =>
  async ({ signal }) => {
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener("abort", finish);
    });
    return { outcome: signal.aborted ? "cancelled" : outcome };
  };

/** Times at which plain timers of the same rate fire, in the same process at the same time: what this machine can do just now. */
async function startControl(rate: number, count: number): Promise<{ times: number[]; lateness: number[] }> {
  const startedAt = performance.now();
  const times: number[] = [];
  const lateness: number[] = [];
  for (let index = 0; index < count; index++) {
    const dueAt = startedAt + (index * 1_000) / rate;
    while (performance.now() < dueAt) await pause(Math.ceil(dueAt - performance.now()));
    times.push(performance.now());
    lateness.push(performance.now() - dueAt);
  }
  return { times, lateness: lateness.sort((a, b) => a - b) };
}

test("at 1 to 200 requests/s over 10 s the rate is within 0.5 percent of what plain timers reach beside it", {
  timeout: 30_000,
}, async () => {
  const measure = async (rate: number) => {
    const starts: number[] = [];
    const answer = answerAfter(5);
    const load = startLoad({
      rate,
      seconds: 10,
      connections: 50,
      limits: LIMITS,
      call(start) {
        starts.push(performance.now());
        return answer(start);
      },
    });
    const [summary, control] = await Promise.all([load.done, startControl(rate, rate * 10)]);
    expect(starts).toHaveLength(rate * 10);
    expect(Math.abs(toRate(starts) / toRate(control.times) - 1)).toBeLessThan(0.005);
    expect(Math.abs((summary.achievedRate ?? 0) / toEndToEndRate(starts) - 1)).toBeLessThan(0.005);
  };
  await Promise.all([1, 50, 200].map(measure));
});

test("what does not fit waits, and its waiting counts", async () => {
  let inFlight = 0;
  let most = 0;
  const answer = answerAfter(100);
  const load = startLoad({
    rate: 100,
    count: 20,
    connections: 2,
    limits: LIMITS,
    async call(start) {
      most = Math.max(most, ++inFlight);
      const result = await answer(start);
      inFlight--;
      return result;
    },
  });
  const summary = await load.done;
  expect(most).toBe(2);
  // The last is due at 190 ms, begins at 900 ms and ends at 1,000 ms.
  expect(summary.latency?.max).toBeGreaterThan(700);
  expect(summary.lateness?.max).toBeGreaterThan(600);
});

test("each call knows when it was due", async () => {
  const due: number[] = [];
  const epochs: number[] = [];
  const before = Date.now();
  const load = startLoad({
    rate: 100,
    count: 5,
    connections: 5,
    limits: LIMITS,
    call: async ({ intendedAt, intendedEpoch }) => {
      due.push(intendedAt);
      epochs.push(intendedEpoch);
      return { outcome: "served" };
    },
  });
  await load.done;
  expect(due.map((at) => Math.round(at - (due[0] ?? 0)))).toEqual([0, 10, 20, 30, 40]);
  expect((epochs[4] ?? 0) - before).toBeGreaterThan(35);
  expect((epochs[4] ?? 0) - before).toBeLessThan(150);
});

test("progress is told at most four times a second, and at the end", async () => {
  const reports: LoadProgress[] = [];
  const load = startLoad({ rate: 50, seconds: 1, connections: 5, limits: LIMITS, call: answerAfter(5), onProgress: (progress) => reports.push(progress) });
  await load.done;
  expect(reports.length).toBeGreaterThanOrEqual(3);
  expect(reports.length).toBeLessThanOrEqual(6);
  expect(reports.at(-1)).toMatchObject({ planned: 50, sent: 50, ended: 50, inFlight: 0 });
  expect(load.progress()).toEqual(reports.at(-1));
});

describe("how a run ends", () => {
  test("by the caller's signal", async () => {
    const stop = new AbortController();
    const load = startLoad({ rate: 10, count: 100, connections: 5, limits: LIMITS, call: answerAfter(10_000), signal: stop.signal });
    await pause(50);
    stop.abort();
    expect(await load.done).toMatchObject({ end: "cancelled", outcomes: { cancelled: 1 } });
    expect(await startLoad({ rate: 10, count: 1, connections: 1, limits: LIMITS, call: answerAfter(0), signal: stop.signal }).done).toMatchObject({
      end: "cancelled",
      sent: 0,
    });
  });
  test("within 250 ms even when calls do not heed it", async () => {
    const onResult = vi.fn();
    const load = startLoad({
      rate: 100,
      count: 100,
      connections: 5,
      limits: LIMITS,
      call: async () => {
        await pause(600);
        return { outcome: "served" as const };
      },
      onResult,
    });
    await pause(100);
    const before = performance.now();
    load.cancel();
    load.cancel();
    expect(await load.done).toMatchObject({ end: "cancelled", sent: 5, outcomes: { cancelled: 5, served: 0 } });
    expect(performance.now() - before).toBeLessThan(250);
    await pause(600);
    expect(onResult).not.toHaveBeenCalled();
  });
  test("by its time, when the target is too slow for what was planned", async () => {
    const load = startLoad({ rate: 50, count: 10, connections: 1, limits: { ...LIMITS, seconds: 0.5 }, call: answerAfter(200) });
    const summary = await load.done;
    expect(summary.end).toBe("limit");
    expect(summary.sent).toBeLessThan(5);
    expect(summary.inFlight).toBe(0);
  });
  test.each([
    ["rejects", async () => Promise.reject(new Error("bug"))],
    [
      "throws",
      () => {
        throw new Error("bug");
      },
    ],
  ])("as failed when the call %s, with what it threw", async (_how, call) => {
    const summary = await startLoad({ rate: 100, count: 10, connections: 2, limits: LIMITS, call }).done;
    expect(summary).toMatchObject({ end: "failed", error: expect.objectContaining({ message: "bug" }) });
  });
});

describe("bounds (B24)", () => {
  const start = (asked: object) => () => startLoad({ rate: 10, count: 10, connections: 1, limits: LIMITS, call: answerAfter(0), ...asked });
  test.each([{ rate: 201 }, { rate: 1e9 }, { connections: 51 }, { count: undefined, seconds: 301 }, { rate: 200, count: 60_001 }, { rate: 0.01, count: 10 }])(
    "%j is too much, and the limit is named",
    (asked) => {
      expect(start(asked)).toThrow(LoadLimitExceeded);
      expect(start(asked)).toThrow(/^At most (200|50|300|60000) /);
    },
  );
  test.each([
    { rate: 0 },
    { rate: -1 },
    { rate: Number.NaN },
    { rate: Number.POSITIVE_INFINITY },
    { connections: 0 },
    { connections: 1.5 },
    { count: 0 },
    { count: 1.5 },
    { count: undefined },
    { seconds: 5 },
    { count: undefined, seconds: 0 },
    { count: undefined, seconds: Number.POSITIVE_INFINITY },
  ])("%j is no load", (asked) => expect(start(asked)).toThrow(RangeError));
});
