import { describe, expect, test } from "vitest";
import { LOCK_STATES } from "@/lib/mesh/lock";
import { lockColour, PALETTES, type Palette, type Theme } from "./palette";

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const channel = (from: number) => {
    const value = Number.parseInt(hex.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const grounds: (keyof Palette)[] = ["ground", "surface", "sunken"];

test("the measure itself: black on white is 21, a colour on itself is 1", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#7c8794", "#7c8794")).toBe(1);
});

describe.each(Object.keys(PALETTES) as Theme[])("%s", (theme) => {
  const palette = PALETTES[theme];

  test.each(["ink", "muted"] as const)("text in %s reads at 4.5 : 1 on every ground", (token) => {
    for (const ground of grounds) expect(contrast(palette[token], palette[ground])).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["mtls", "plain", "refused", "unknown", "bad"] as const)("words in %s on a plate read at 4.5 : 1", (token) => {
    expect(contrast(palette[token], palette.surface)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["ok", "bad", "idle", "mtls", "plain", "refused", "unknown", "border", "accent"] as const)(
    "marks in %s stand out at 3 : 1 on every ground",
    (token) => {
      for (const ground of grounds) expect(contrast(palette[token], palette[ground])).toBeGreaterThanOrEqual(3);
    },
  );

  test("the accent carries its own ink", () => {
    expect(contrast(palette.accent, palette.accentInk)).toBeGreaterThanOrEqual(4.5);
  });

  test("every lock's colour stands out on its plate, fresh and stale", () => {
    for (const state of LOCK_STATES) {
      expect(contrast(lockColour(palette, state), palette.surface)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(lockColour(palette, state, true), palette.surface)).toBeGreaterThanOrEqual(3);
    }
  });
});
