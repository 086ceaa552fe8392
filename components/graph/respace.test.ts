import { describe, expect, test } from "vitest";
import { arrangeWithDagre, toRowGap } from "./arrange-dagre";
import type { Arrange, Box, Gaps } from "./layout";
import { withRespacing } from "./respace";

const box = (key: string, width = 140, height = 58): Box => ({ key, width, height });
const base: Gaps = { along: 90, across: 96 };
const wide: Gaps = { along: 140, across: 160 };
const narrow: Gaps = { along: 62, across: 62 };

function counted(): { arrange: Arrange; runs: () => number } {
  let runs = 0;
  const arrange: Arrange = (...question) => {
    runs++;
    return arrangeWithDagre(...question);
  };
  return { arrange: withRespacing(arrange, toRowGap), runs: () => runs };
}

/** Differences between places: where the whole stands is nobody's business here. */
function relative(positions: ReturnType<Arrange>): Record<string, [number, number]> {
  const origin = [...positions.values()][0] ?? { x: 0, y: 0 };
  return Object.fromEntries(
    [...positions].map(([key, { x, y }]) => [key, [Math.round((x - origin.x) * 1000) / 1000, Math.round((y - origin.y) * 1000) / 1000]]),
  );
}

const TREE: [string, string][] = [
  ["a", "b"],
  ["a", "c"],
  ["a", "d"],
  ["b", "e"],
  ["c", "f"],
  ["d", "g"],
];

describe.each([
  [
    "a chain of different widths",
    [box("a", 120), box("b", 200), box("c", 160)],
    [
      ["a", "b"],
      ["b", "c"],
    ],
  ],
  ["a tree", [..."abcdefg"].map((key) => box(key)), TREE],
] as [string, Box[], [string, string][]][])("%s", (_name, boxes, edges) => {
  test.each([
    ["wider", wide],
    ["narrower", narrow],
  ])("%s gaps give what ranking anew gives, without ranking", (_gaps, gaps) => {
    const { arrange, runs } = counted();
    arrange(boxes, edges, base);
    expect(relative(arrange(boxes, edges, gaps))).toEqual(relative(arrangeWithDagre(boxes, edges, gaps)));
    expect(runs()).toBe(1);
  });
});

test("boxes keep their gaps where lines pass between them", () => {
  const boxes = [..."abcdefgh"].map((key) => box(key));
  const edges: [string, string][] = [...TREE, ["a", "e"], ["a", "h"], ["b", "g"], ["e", "h"], ["c", "h"]];
  const { arrange } = counted();
  arrange(boxes, edges, base);
  for (const gaps of [wide, narrow]) {
    const positions = [...arrange(boxes, edges, gaps).values()];
    positions.forEach((one, index) => {
      for (const other of positions.slice(index + 1)) {
        if (one.x === other.x) expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(58 + toRowGap(gaps) - 1e-6);
        else expect(Math.abs(one.x - other.x)).toBeGreaterThanOrEqual(140 + gaps.along - 1e-6);
      }
    });
  }
});

test("other boxes, other lines and rows of different heights are ranked anew", () => {
  const { arrange, runs } = counted();
  arrange([box("a"), box("b")], [["a", "b"]], base);
  arrange([box("a"), box("b")], [["b", "a"]], wide);
  arrange([box("a"), box("b", 200)], [["a", "b"]], wide);
  expect(runs()).toBe(3);
  const uneven = [box("a"), box("b", 140, 90)];
  arrange(uneven, [["a", "b"]], base);
  expect(relative(arrange(uneven, [["a", "b"]], wide))).toEqual(relative(arrangeWithDagre(uneven, [["a", "b"]], wide)));
  expect(runs()).toBe(5);
});
