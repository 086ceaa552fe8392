import { expect, test } from "vitest";
import { toAge, toAgo, toDataAge, toDuration, toRate } from "./age";

test.each([
  [-300, "now"],
  [0, "now"],
  [6_000, "6 s"],
  [89_400, "89 s"],
  [91_000, "2 min"],
  [7_200_000, "2 h"],
  [90 * 86_400_000, "90 days"],
])("%d ms is %s", (ms, words) => expect(toAge(ms)).toBe(words));

test("a moment ago is just now", () => expect([toAgo(100), toAgo(2_000)]).toEqual(["just now", "2 s ago"]));
test('figures of this second are not "now old"', () => expect([toDataAge(200), toDataAge(6_000)]).toEqual(["fresh", "6 s old"]));
test("durations", () => expect([0.84, 13.2, 1234].map(toDuration)).toEqual(["0.8 ms", "13 ms", "1.2 s"]));
test("rates", () => expect([0, 0.001, 0.5, 12.34, 200, Number.NaN].map(toRate)).toEqual(["0", "< 0.01", "0.50", "12.3", "200", "0"]));
