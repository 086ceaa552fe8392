import { describe, expect, test } from "vitest";
import { createLatencyHistogram, toLatencySummary } from "./latency";

/** A fixed sequence of numbers in 0…1 (Lehmer), so that a failure can be repeated. */
function createSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe("percentiles are within 1 % of the sorted truth", () => {
  const draws: [string, (random: () => number) => number][] = [
    ["even 0 to 200 ms", (random) => random() * 200],
    ["exponential around 5 ms", (random) => -5 * Math.log(1 - random() * 0.999999)],
    ["mostly 3 ms, one in fifty 2 s", (random) => (random() < 0.98 ? 3 + random() : 2_000 + random() * 50)],
    ["from microseconds to minutes", (random) => 10 ** (random() * 7 - 2)],
  ];
  test.each(draws)("%s", (_name, draw) => {
    const random = createSequence(7);
    const histogram = createLatencyHistogram();
    const times = Array.from({ length: 20_000 }, () => draw(random));
    for (const time of times) histogram.record(time);
    times.sort((a, b) => a - b);
    for (const percent of [1, 50, 90, 95, 99, 99.9, 100]) {
      const truth = times[Math.ceil((percent / 100) * times.length) - 1] ?? 0;
      if (truth >= 0.01) expect(Math.abs((histogram.percentile(percent) ?? 0) - truth) / truth).toBeLessThan(0.01);
    }
    expect(histogram.max).toBe(times.at(-1));
  });
});

test("nothing recorded", () => {
  const histogram = createLatencyHistogram();
  expect([histogram.percentile(50), histogram.max, histogram.count, toLatencySummary(histogram)]).toEqual([null, null, 0, null]);
});

test("one time is all percentiles; none is above the largest", () => {
  const histogram = createLatencyHistogram();
  histogram.record(12.34);
  expect(toLatencySummary(histogram)).toEqual({ p50: expect.closeTo(12.34, 0), p95: expect.closeTo(12.34, 0), p99: expect.closeTo(12.34, 0), max: 12.34 });
  expect(histogram.percentile(100)).toBeLessThanOrEqual(12.34);
});

test("times out of range are kept at its ends, wrong ones refused", () => {
  const histogram = createLatencyHistogram();
  histogram.record(0);
  histogram.record(1e9);
  expect(histogram.count).toBe(2);
  expect(histogram.max).toBe(1e9);
  expect(() => histogram.record(-1)).toThrow(RangeError);
  expect(() => histogram.record(Number.NaN)).toThrow(RangeError);
});
