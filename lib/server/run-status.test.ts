import { expect, test } from "vitest";
import { createRunCount, toPathWords, toRunSentence } from "./run-status";

const hop = (name: string, depth?: number) => ({ name, code: 200, durationMs: 1, ...(depth === undefined ? {} : { depth }) });
const CHAIN = [hop("web-api", 0), hop("recommendation", 1), hop("purchase-history-v1", 2)];

test("a chain has arrows, a fan has none", () => {
  expect(toPathWords(CHAIN)).toBe("web-api → recommendation → purchase-history-v1");
  expect(toPathWords([hop("a", 0), hop("b", 1), hop("c", 1)])).toBe("a, b, c");
  expect(toPathWords([])).toBe("");
});

test("a run counts by caller and remembers the longest path", () => {
  const count = createRunCount();
  count.add({ caller: "gateway", outcome: "served", path: CHAIN });
  count.add({ caller: "gateway", outcome: "failed", path: CHAIN.slice(0, 1) });
  count.add({ caller: "without-sidecar", outcome: "refused", path: [] });
  count.add({ caller: "without-sidecar", outcome: "cancelled", path: [] });
  expect(count.byCaller).toEqual({
    gateway: { sent: 2, served: 1, failed: 1, refused: 0, unreachable: 0 },
    "without-sidecar": { sent: 2, served: 0, failed: 0, refused: 1, unreachable: 0 },
  });
  expect(count.path).toBe("web-api → recommendation → purchase-history-v1");
});

const run = { kind: "calls" as const, planned: 10, sent: 10, byCaller: { gateway: { sent: 10, served: 9, failed: 1, refused: 0, unreachable: 0 } } };
test.each([
  [null, "Sending · 9 answered · 1 answered with an error · a → b"],
  ["finished", "9 answered · 1 answered with an error · a → b"],
  ["cancelled", "Stopped · 9 answered · 1 answered with an error · a → b"],
  ["starter-gone", "Ended, because the page that started it was closed · 9 answered · 1 answered with an error · a → b"],
  ["failed", "Failed: no curl · 9 answered · 1 answered with an error · a → b"],
] as const)("%s is said as %s", (end, says) => expect(toRunSentence({ ...run, end }, "a → b", "no curl")).toBe(says));

test("nothing yet is nothing", () => expect(toRunSentence({ ...run, byCaller: {}, end: null }, "", null)).toBe("Sending · nothing answered yet"));
