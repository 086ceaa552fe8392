import { expect, test } from "vitest";
import { extrapolatedRate, roundToThousandth } from "./rate";

/** Samples one second apart from `first` seconds on. */
const everySecond = (first: number, values: number[]) => ({ times: values.map((_, i) => (first + i) * 1000), values });
const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

// Worked out by hand from extrapolatedRate in Prometheus' promql/functions.go: increase × (sampled + start + end) ÷ sampled ÷ window.
test.each([
  ["a full window, counter long since running: 9 × 10/9 ÷ 10", everySecond(1, count(5, 14)), 10, 1],
  ["a counter at zero is not stretched below zero: 9 × 9/9 ÷ 10", everySecond(1, count(0, 9)), 10, 0.9],
  ["born in the window: half an interval before it: 9 × 9.5/9 ÷ 60", everySecond(51, count(5, 14)), 60, 9.5 / 60],
  ["scraped no more: half an interval after it: 8 × 5.5/4 ÷ 10", everySecond(1, [10, 12, 14, 16, 18]), 10, 1.1],
  [
    "an edge just within 1.1 intervals is reached: 4 × (4+1.05+1)/4 ÷ 6.05",
    { times: [1050, 2050, 3050, 4050, 5050], values: [100, 101, 102, 103, 104] },
    6.05,
    1,
  ],
  ["an edge 1.5 intervals away is not: 8 × (4+1+0.5)/4 ÷ 6.5", everySecond(1, [10, 12, 14, 16, 18]), 6.5, 11 / 6.5],
  ["the way to zero is shorter than half an interval: 4 × (2+0.2)/2 ÷ 20", everySecond(18, [0.4, 2.4, 4.4]), 20, 0.22],
  ["a reset gives back what was lost: 7 × 4/3 ÷ 4", everySecond(1, [10, 12, 3, 5]), 4, 7 / 3],
  ["first seen with 1, then one more: 1 × 2.5/2 ÷ 10", everySecond(8, [1, 1, 2]), 10, 0.125],
  ["first seen with 7 and silent since: nothing", everySecond(8, [7, 7, 7]), 10, 0],
])("%s", (_, samples, window, expected) => {
  expect(extrapolatedRate(samples, 0, window * 1000)).toBeCloseTo(expected, 10);
});

test("one sample has no rate", () => {
  expect(extrapolatedRate(everySecond(3, [5]), 0, 10_000)).toBeUndefined();
  expect(extrapolatedRate({ times: [], values: [] }, 0, 10_000)).toBeUndefined();
});

test("rounding is PromQL's round(x, 0.001)", () => {
  expect([0.7634, 0.7635, 0.0004, 0.0005].map(roundToThousandth)).toEqual([0.763, 0.764, 0, 0.001]);
});
