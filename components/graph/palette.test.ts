import { describe, expect, test } from "vitest";
import { LOCK_STATES, type LockState } from "@/lib/mesh/lock";
import { LOCK_SHAPES, LOCK_WORDS } from "../locks/lock-path";
import { toPrint, toPrintDifference } from "../locks/testdata/shape-print";
import { toStylesheet } from "./cytoscape-style";
import { toFaded } from "./draw-plate";
import { toMetrics } from "./metrics";
import { PATTERNS } from "./model";
import { lockColour, PALETTES, type Palette, type Theme } from "./palette";
import { toContrast, toDifference, toSeen, VISIONS, type Vision } from "./testdata/colour-vision";

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

/** Two colours that nobody mixes up side by side (CIE 1976; 2.3 is just noticeable). */
const CLEAR_COLOUR = 20;
/** Three tenths of what either lock covers at 20 px are covered by one of them only: half of a body, or another outline. */
const CLEAR_SHAPE = 0.3;

const PAIRS: [LockState, LockState][] = LOCK_STATES.flatMap((a, index) => LOCK_STATES.slice(index + 1).map((b): [LockState, LockState] => [a, b]));
const toShapeDifference = (a: LockState, b: LockState) => toPrintDifference(toPrint(LOCK_SHAPES[a]), toPrint(LOCK_SHAPES[b]));

describe("the measures themselves", () => {
  test("white stays white for everyone, and grey has no hue", () => {
    for (const vision of VISIONS) for (const value of toSeen("#ffffff", vision)) expect(value).toBeCloseTo(1, 3);
    expect(new Set(toSeen("#1d4ed8", "grey")).size).toBe(1);
  });

  test("red and green are told apart with all colours and are not in deuteranopia", () => {
    const [red, green] = ["#c04030", "#807a20"];
    const difference = (vision: Vision) => toDifference(toSeen(red ?? "", vision), toSeen(green ?? "", vision));
    expect(difference("all colours")).toBeGreaterThan(45);
    expect(difference("deuteranopia")).toBeLessThan(15);
  });

  test("a print covers what its path encloses: a square, a frame, a circle", () => {
    const covered = (d: string, stroke: number | null) => toPrint([{ d, stroke }]).filter(Boolean).length / 400;
    expect(covered("M0 0H12V24H0Z", null)).toBeCloseTo(0.5, 2);
    expect(covered("M0 0h24v24h-24zM6 6h12v12h-12z", null)).toBeCloseTo(0.75, 2);
    expect(covered("M2 12a10 10 0 1 1 20 0a10 10 0 1 1 -20 0", null)).toBeCloseTo((Math.PI * 100) / 576, 1);
    expect(toShapeDifference("mixed", "mixed")).toBe(0);
  });
});

describe.each(VISIONS)("seen with %s", (vision) => {
  describe.each(Object.keys(PALETTES) as Theme[])("%s", (theme) => {
    const palette = PALETTES[theme];
    const contrastOn = (colour: string, ground: keyof Palette) => toContrast(toSeen(colour, vision), toSeen(palette[ground], vision));

    test.each(LOCK_STATES)("%s stands out at 3 : 1 on every ground, fresh, stale and aged", (state) => {
      for (const ground of grounds) {
        for (const colour of [lockColour(palette, state), lockColour(palette, state, true), toFaded(palette, lockColour(palette, state), 0.35)])
          expect(contrastOn(colour, ground)).toBeGreaterThanOrEqual(3);
      }
    });

    test.each(["ok", "bad", "idle", "refused", "plain", "border", "accent"] as const)("lines and marks in %s stand out at 3 : 1 on every ground", (token) => {
      for (const ground of grounds) expect(contrastOn(palette[token], ground)).toBeGreaterThanOrEqual(3);
    });

    test.each(PAIRS)("%s and %s are told apart by colour, or else by shape", (a, b) => {
      const colours = toDifference(toSeen(lockColour(palette, a), vision), toSeen(lockColour(palette, b), vision));
      expect(
        colours >= CLEAR_COLOUR || toShapeDifference(a, b) >= CLEAR_SHAPE,
        `colours ${colours.toFixed(1)}, shapes ${toShapeDifference(a, b).toFixed(2)}`,
      ).toBe(true);
    });
  });
});

describe("no state by colour alone", () => {
  test.each(PAIRS)("%s and %s differ in shape and in word", (a, b) => {
    expect(toShapeDifference(a, b)).toBeGreaterThanOrEqual(CLEAR_SHAPE);
    expect(LOCK_WORDS[a]).not.toBe(LOCK_WORDS[b]);
  });

  test("lines differ in their pattern too", () => {
    const sheet = toStylesheet(PALETTES.light, toMetrics("screen", 1056), false);
    const looks = PATTERNS.map((pattern) =>
      sheet
        .flatMap((rule) => {
          // Whatever is not colour.
          const shape = "style" in rule ? Object.entries(rule.style).filter(([name]) => !name.includes("color")) : [];
          return rule.selector.endsWith(`.pattern-${pattern}`) || rule.selector.includes(`.pattern-${pattern}.`) ? [JSON.stringify(shape)] : [];
        })
        .join(),
    );
    expect(new Set(looks).size).toBe(PATTERNS.length);
  });
});
