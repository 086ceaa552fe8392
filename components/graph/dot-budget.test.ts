import { expect, test } from "vitest";
import { createDotBudget, type DotBudget } from "./dot-budget";

function run(budget: DotBudget, frames: number, toElapsed: (limit: number) => number): void {
  for (let frame = 0; frame < frames; frame++) budget.frame(toElapsed(budget.limit));
}

test("a quick machine gets all dots within a few seconds, on any screen", () => {
  for (const refresh of [1000 / 120, 1000 / 60, 1000 / 30]) {
    const budget = createDotBudget(1200);
    run(budget, 240, () => refresh);
    expect(budget.limit).toBe(1200);
  }
});

test("where many dots cost frames it keeps to what costs none, and tries for more ever more rarely", () => {
  const budget = createDotBudget(1200);
  let slow = 0;
  let late = 0;
  run(budget, 60 * 60, (limit) => {
    const isSlow = limit > 700;
    if (isSlow) slow++;
    return isSlow ? 33 : 1000 / 60;
  });
  expect(budget.limit).toBeGreaterThan(300);
  expect(slow / 3600).toBeLessThan(0.12);
  run(budget, 60 * 60, (limit) => {
    if (limit > 700) late++;
    return limit > 700 ? 33 : 1000 / 60;
  });
  expect(late).toBeLessThan(slow);
});

test("a machine that becomes slow loses dots at once and never all of them; when it was not the dots, they come back", () => {
  const budget = createDotBudget(1200);
  run(budget, 240, () => 1000 / 60);
  run(budget, 30, () => 60);
  expect(budget.limit).toBe(720);
  run(budget, 30 * 5, () => 60);
  expect(budget.limit).toBe(60);
  run(budget, 30 * 300, () => 60);
  expect(budget.limit).toBe(1200);
});

test("a page that slept is not taken for a slow one", () => {
  const budget = createDotBudget(1200);
  run(budget, 240, () => 1000 / 60);
  run(budget, 60, () => 600_000);
  expect(budget.limit).toBe(1200);
});
