import { expect, test } from "vitest";
import { LOCK_STATES } from "@/lib/mesh/lock";
import { LOCK_GRID, LOCK_SHAPES, LOCK_TOKENS, LOCK_WORDS } from "./lock-path";

test("every state has a shape of its own, not only a colour of its own", () => {
  const outlines = LOCK_STATES.map((state) => LOCK_SHAPES[state].map((shape) => `${shape.d}|${shape.stroke}|${shape.dash}`).join(";"));
  expect(new Set(outlines).size).toBe(LOCK_STATES.length);
});

test("every state has a word, and only protection is blue", () => {
  expect(new Set(LOCK_STATES.map((state) => LOCK_WORDS[state])).size).toBe(5);
  expect(LOCK_STATES.filter((state) => LOCK_TOKENS[state] === "mtls")).toEqual(["mutual-tls", "mixed"]);
});

test("the absolute points of every path lie on the grid", () => {
  for (const state of LOCK_STATES) {
    for (const shape of LOCK_SHAPES[state]) {
      for (const [, x, y] of shape.d.matchAll(/M(-?[\d.]+)[ ,](-?[\d.]+)/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(1);
        expect(Number(x)).toBeLessThanOrEqual(LOCK_GRID - 1);
        expect(Number(y)).toBeGreaterThanOrEqual(1);
        expect(Number(y)).toBeLessThanOrEqual(LOCK_GRID - 1);
      }
    }
  }
});
