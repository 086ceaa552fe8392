import { describe, expect, test } from "vitest";
import { isOverlappingRect, type Rect } from "./geometry";
import { type NameRequest, type NameRules, placeNames } from "./place-names";

const rules: NameRules = { height: 12, air: 2, bounds: { left: 0, right: 400 }, toWidth: (text) => text.length * 6 };
const request = (title: string, x: number, more: Partial<Rect> = {}): NameRequest => ({ key: title, title, box: { x, y: 0, width: 40, height: 20, ...more } });
const place = (requests: NameRequest[], more: Partial<NameRules> = {}) => {
  const names = placeNames(requests, { ...rules, ...more });
  return (key: string) => names.find((name) => name.key === key) ?? expect.fail(`${key} has no name`);
};
const edges = ({ x, width }: Rect) => [x - width / 2, x + width / 2];

test("a name stands over the middle of its box, whole, when nothing is beside it", () => {
  const name = place([request("recommendation", 200), request("ads", 200, { y: 60 })]);
  expect(name("recommendation")).toEqual({ key: "recommendation", text: "recommendation", x: 200, y: 0, width: 84, height: 12 });
  expect(name("ads")).toMatchObject({ text: "ads", x: 200, width: 18 });
});

describe("before it loses a letter it moves", () => {
  test("to the empty side", () => {
    const name = place([request("recommendation", 200), request("ads", 245)]);
    expect(name("recommendation").text).toBe("recommendation");
    // Box ads starts at 225.
    expect(edges(name("recommendation"))).toEqual([139, 223]);
    expect(name("ads").x).toBe(245);
  });

  test("away from the edge of the stage", () => {
    expect(edges(place([request("recommendation", 20)])("recommendation"))).toEqual([0, 84]);
    expect(edges(place([request("recommendation", 380)])("recommendation"))).toEqual([316, 400]);
  });

  test("and so do its neighbours, one after the other", () => {
    // Three names of 84 and two gaps of 2: as much as there is.
    const requests = [request("recommendation", 124), request("purchasehistor", 196), request("ingressgateway", 268)];
    const name = place(requests, { bounds: { left: 75, right: 75 + 256 } });
    for (const { title } of requests) expect(name(title).text).toBe(title);
    expect(requests.map(({ title }) => edges(name(title))[0])).toEqual([75, 161, 247]);
  });

  test("though all of a neighbour's side is free, no further than it must", () => {
    const name = place([request("recommendation", 100), request("purchasehistor", 180)]);
    // 40 between the boxes: neither needs more than its half less air.
    expect([name("recommendation").width, name("purchasehistor").width]).toEqual([84, 84]);
    expect(edges(name("recommendation"))[1]).toBeLessThanOrEqual((edges(name("purchasehistor"))[0] ?? 0) - 2);
    expect(Math.abs(name("recommendation").x - 100)).toBeLessThanOrEqual(6);
  });
});

test("where nothing makes room the widest gives letters, and no more than it must", () => {
  const name = place([request("frontend", 100), request("purchase-history-v2", 160), request("cart", 220)], { bounds: { left: 60, right: 240 } });
  expect(name("frontend").text).toBe("frontend");
  expect(name("cart").text).toBe("cart");
  expect(name("purchase-history-v2").text).toMatch(/^purch.*….*v2$/);
  // 76 between the boxes of both others, each with air: another letter would be 78.
  expect(name("purchase-history-v2").width).toBe(72);
  expect(edges(name("frontend"))[1]).toBeLessThanOrEqual(124);
});

test("a name of which hardly a letter would be left is left out, and a short one is not", () => {
  const narrow = { width: 16 };
  const titles = ["recommendation", "purchase-history", "ads", "checkout"];
  const names = placeNames(
    titles.map((title, index) => request(title, 20 + index * 18, narrow)),
    { ...rules, bounds: { left: 12, right: 82 } },
  );
  expect(names.every(({ text, key }) => text === key || text.length > 4)).toBe(true);
  expect(names.length).toBeLessThan(4);
});

describe("whatever stands where", () => {
  /** Boxes in rows of a grid with gaps between them, seeded. */
  const scatter = (count: number, seed: number): NameRequest[] => {
    let state = seed;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    return Array.from({ length: count }, (_, index) => {
      const box = {
        x: 40 + (index % 8) * 50 + random() * 12,
        y: Math.floor(index / 8) * 26 + random() * 4,
        width: 20 + random() * 14,
        height: 12 + random() * 8,
      };
      return { key: String(index), title: "x".repeat(1 + Math.floor(random() * 24)), box };
    });
  };

  test.each([1, 2, 3, 4, 5])("names cover each other nowhere, no other box, and nothing beyond the stage (%d)", (seed) => {
    const requests = scatter(56, seed);
    const names = placeNames(requests, { ...rules, bounds: { left: 10, right: 440 } });
    expect(names.length).toBeGreaterThan(28);
    for (const name of names) {
      const [start = 0, end = 0] = edges(name);
      expect(start).toBeGreaterThanOrEqual(10 - 1e-6);
      expect(end).toBeLessThanOrEqual(440 + 1e-6);
      for (const other of names) if (other !== name) expect(isOverlappingRect(name, other, -1e-6), `${name.key} over ${other.key}`).toBe(false);
      for (const { key, box } of requests) {
        if (key === name.key) continue;
        expect(isOverlappingRect(name, box, -1e-6), `${name.key} over the box of ${key}`).toBe(false);
      }
    }
  });

  test.each([1, 2, 3, 4, 5])("what is alone in its rows is whole (%d)", (seed) => {
    const requests = scatter(56, seed).filter((_, index) => index % 8 === 3);
    for (const { key, text } of placeNames(requests, { ...rules, bounds: { left: 10, right: 440 } })) {
      expect(text).toBe(requests.find((item) => item.key === key)?.title);
    }
  });
});
