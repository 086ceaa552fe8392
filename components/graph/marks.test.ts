import { expect, test } from "vitest";
import { toCrosses } from "./marks";

test("at most three crosses stand before the lock, and none where the line is too short", () => {
  expect(toCrosses(100, 9, 20)).toEqual([89, 69, 49]);
  expect(toCrosses(100, 1, 20)).toEqual([89]);
  expect(toCrosses(10, 4, 20)).toEqual([]);
});
