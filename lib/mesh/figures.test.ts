import { expect, test } from "vitest";
import { formatAge, formatCount, formatPercent, formatTime } from "./figures";

test.each([
  [100, "100 %"],
  [99.999, ">99.9 %"],
  [99.95, ">99.9 %"],
  [99.9, "99.9 %"],
  [99.6, "99.6 %"],
  [99.04, "99 %"],
  [98.6, "99 %"],
  [83.4, "83 %"],
  [50, "50 %"],
  [0.7, "1 %"],
  [0.49, "<0.5 %"],
  [0, "0 %"],
  [Number.NaN, "? %"],
])("%s percent is %s", (percent, text) => {
  expect(formatPercent(percent)).toBe(text);
});

test("nothing below 100 reads as 100", () => {
  for (let percent = 0; percent < 100; percent += 0.01) expect(formatPercent(percent)).not.toBe("100 %");
});

test.each([
  [0, "now"],
  [-5_000, "now"],
  [6_400, "6 s ago"],
  [119_000, "119 s ago"],
  [120_000, "2 min ago"],
  [7_200_000, "2 h ago"],
  [172_800_000, "2 days ago"],
  [Number.NaN, "at an unknown time"],
])("%s ms is %s", (age, text) => {
  expect(formatAge(1_000_000_000_000 - age, 1_000_000_000_000)).toBe(text);
});

test("times of day, in UTC or the reader's zone", () => {
  const at = Date.UTC(2026, 10, 24, 23, 2, 11, 900);
  expect([formatTime(at), formatTime(at, 60), formatTime(at, -330), formatTime(Number.NaN), formatTime(8.64e15, 60)]).toEqual([
    "23:02:11",
    "00:02:11",
    "17:32:11",
    "an unknown time",
    "an unknown time",
  ]);
});

test("counts", () => {
  expect([formatCount(1, "caller"), formatCount(2, "caller"), formatCount(0, "reply", "replies")]).toEqual(["1 caller", "2 callers", "0 replies"]);
});
