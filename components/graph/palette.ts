import type { LockState } from "@/lib/mesh/lock";
import { LOCK_TOKENS } from "../locks/lock-path";

/**
 * The page's colour tokens as plain values: a canvas cannot read CSS variables without asking for computed style in every frame.
 * Blue is protection, amber plaintext, magenta refused, grey not measured; green is only ever "answered", orange an error answer.
 */
export interface Palette {
  ground: string;
  surface: string;
  sunken: string;
  ink: string;
  muted: string;
  /** Hairlines; decoration, never the only carrier of a meaning. */
  line: string;
  accent: string;
  accentInk: string;
  ok: string;
  bad: string;
  idle: string;
  mtls: string;
  plain: string;
  refused: string;
  unknown: string;
  /** A node's border: ink at 55 % on the surface. */
  border: string;
}

export type Theme = "light" | "dark";

export const PALETTES: Record<Theme, Palette> = {
  light: {
    ground: "#f5f6f8",
    surface: "#ffffff",
    sunken: "#eef0f3",
    ink: "#12161c",
    muted: "#55606e",
    line: "#d5dae1",
    accent: "#1d4ed8",
    accentInk: "#ffffff",
    ok: "#16794c",
    bad: "#c2410c",
    idle: "#7c8794",
    mtls: "#1d4ed8",
    plain: "#a15c00",
    refused: "#a8195b",
    unknown: "#66717f",
    border: "#7d7f82",
  },
  dark: {
    ground: "#0d1117",
    surface: "#151b23",
    sunken: "#0f141b",
    ink: "#eef2f7",
    muted: "#a4afbd",
    line: "#2b3440",
    accent: "#7aa7ff",
    accentInk: "#0b1220",
    ok: "#4fd39a",
    bad: "#ff9a62",
    idle: "#7f8b99",
    mtls: "#8db4ff",
    plain: "#f5b54a",
    refused: "#ff85b8",
    unknown: "#9aa6b4",
    border: "#8c9198",
  },
};

/** The colour that repeats a lock's shape; a stale picture keeps the shapes and loses the colours. */
export function lockColour(palette: Palette, state: LockState, stale = false): string {
  return stale ? palette.unknown : palette[LOCK_TOKENS[state]];
}

/** Two `#rrggbb` mixed: 0 is the first, 1 the second. */
export function mixColours(first: string, second: string, share: number): string {
  const channel = (colour: string, from: number) => Number.parseInt(colour.slice(from, from + 2), 16);
  const mixed = [1, 3, 5].map((from) => Math.round(channel(first, from) * (1 - share) + channel(second, from) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
