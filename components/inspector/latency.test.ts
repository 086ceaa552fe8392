import { expect, test } from "vitest";
import { toSuccess } from "./edge-facts";
import { toSample } from "./latency";

test("the figures say what they rest on", () => {
  expect(toSample({ values: [1, 2], unanswered: 0 }, 60)).toBe("2 of the last 60 own calls this page was told of");
  expect(toSample({ values: [1], unanswered: 3 }, 9)).toBe("1 of the last 9 own calls this page was told of; 3 more went this way without one");
  expect(toSample({ values: [], unanswered: 21 }, 60)).toBe("21 of the last 60 own calls this page was told of went this way; none was answered with a time");
});

test("success is of what was observed, and nothing observed is no success", () => {
  const health = { rate: 1, codes: {} };
  expect([0, 0.04, 100].map((errorPercent) => toSuccess({ health: { ...health, errorPercent } }))).toEqual([
    "100 % of what was observed",
    ">99.9 % of what was observed",
    "0 % of what was observed",
  ]);
  expect(toSuccess({ health: { ...health, errorPercent: null } })).toBeNull();
});
