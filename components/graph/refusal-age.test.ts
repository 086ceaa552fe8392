import { expect, test } from "vitest";
import { mixColours } from "./palette";
import { toPresence } from "./refusal-age";

const at = 1_700_000_000_000;

test("a refusal fades step by step through the window and never wholly before it leaves", () => {
  const steps = Array.from({ length: 61 }, (_, second) => toPresence(at, at + second * 1000, 60));
  expect(steps[0]).toBe(1);
  expect(steps.at(-1)).toBeCloseTo(0.35);
  expect(steps).toEqual(steps.toSorted((a, b) => b - a));
  expect(new Set(steps).size).toBe(9);
});

test("what is not known does not fade, and clocks that differ do no harm", () => {
  expect(toPresence(null, at, 60)).toBe(1);
  expect(toPresence(at, 0, 60)).toBe(1);
  expect(toPresence(at, at, 0)).toBe(1);
  expect(toPresence(at, at - 5000, 60)).toBe(1);
  expect(toPresence(at, at + 9_000_000, 60)).toBeCloseTo(0.35);
});

test("colours mix channel by channel", () => {
  expect([mixColours("#000000", "#ffffff", 0), mixColours("#000000", "#ffffff", 1), mixColours("#0a0000", "#140000", 0.5)]).toEqual([
    "#000000",
    "#ffffff",
    "#0f0000",
  ]);
});
