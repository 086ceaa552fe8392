import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { PALETTES } from "@/components/graph/palette";

/** The canvas cannot read CSS variables in every frame, so the tokens stand twice; this holds the two together. */
const css = readFileSync(fileURLToPath(new URL("./globals.css", import.meta.url)), "utf8");
const tokens = [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(([, name = "", light = "", dark = ""]) => ({
  name,
  light,
  dark,
}));

const toPaletteName = (name: string) => (name === "bg" ? "ground" : name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase()));

test("every token of the style sheet is the canvas's as well, in both themes", () => {
  expect(tokens).toHaveLength(15);
  for (const { name, light, dark } of tokens) {
    expect(
      [PALETTES.light, PALETTES.dark].map((palette) => Object.entries(palette).find(([key]) => key === toPaletteName(name))?.[1]),
      name,
    ).toEqual([light, dark]);
  }
});
