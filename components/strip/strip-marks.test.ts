import { expect, test } from "vitest";
import type { JournalEntry } from "@/lib/api/state";
import { toLabels, toStripMarks, toStripRuns } from "./strip-marks";

let id = 0;
const entry = (at: number, kind: JournalEntry["kind"], over: Partial<JournalEntry> = {}): JournalEntry => ({
  id: ++id,
  at,
  kind,
  says: "",
  namespace: "a",
  ...over,
});

test("a change is told with when it was enforced", () =>
  expect(toStripMarks([entry(1000, "policy-stored", { mode: "STRICT" }), entry(1140, "enforced", { mode: "STRICT" })])[0]?.words).toBe(
    "STRICT stored, enforced 0.14 s later",
  ));

test("a change that nobody saw enforced is only stored, also when the next one was", () =>
  expect(
    toStripMarks([entry(0, "policy-stored", { mode: "STRICT" }), entry(5000, "policy-stored", { mode: "PERMISSIVE" }), entry(5100, "enforced")]).map(
      ({ words }) => words,
    ),
  ).toEqual(["STRICT stored", "PERMISSIVE stored, enforced 0.10 s later"]));

test("another namespace's enforcement is not this one's", () =>
  expect(toStripMarks([entry(0, "policy-stored", { mode: "STRICT" }), entry(100, "enforced", { namespace: "b" })])[0]?.words).toBe("STRICT stored"));

test("a run without an end goes on", () =>
  expect(toStripRuns([entry(1, "run-started"), entry(2, "run-ended"), entry(3, "run-started")]).map(({ from, to }) => [from, to])).toEqual([
    [1, 2],
    [3, null],
  ]));

test("an end whose start is forgotten makes no run", () => expect(toStripRuns([entry(2, "run-ended")])).toEqual([]));

test("words never stand over each other: the newest are whole, an older one is short or silent", () => {
  const marks = [
    { id: 1, at: 98, words: "STRICT stored, enforced 0.14 s later", short: "STRICT" },
    { id: 2, at: 110, words: "PERMISSIVE stored", short: "PERMISSIVE" },
    { id: 3, at: 990, words: "STRICT stored", short: "STRICT" },
  ];
  const labels = toLabels(
    marks,
    (at) => at,
    (words) => words.length * 7,
    1000,
  );
  expect(Object.fromEntries(labels)).toEqual({
    1: { side: "left", words: "STRICT" },
    2: { side: "right", words: "PERMISSIVE stored" },
    3: { side: "left", words: "STRICT stored" },
  });
});

test("a mark between two others stands without words", () => {
  const marks = [100, 105, 110].map((at, id) => ({ id, at, words: "STRICT stored", short: "STRICT" }));
  expect(
    [
      ...toLabels(
        marks,
        (at) => at,
        (words) => words.length * 7,
        1000,
      ).keys(),
    ].sort(),
  ).toEqual([1, 2]);
});
