import type { StylesheetJson } from "cytoscape";
import type { MeshGraph } from "@/lib/mesh/graph";
import { toStylesheet } from "./cytoscape-style";
import type { Folded } from "./groups";
import { type StageSize, toMetrics } from "./metrics";
import { PALETTES, type Theme } from "./palette";
import { toPresence } from "./refusal-age";

/** What the stage shows; replaced as a whole at each update. */
export interface StageInput {
  /** What is drawn. */
  folded: Folded;
  /** What it was folded from: our own calls fly along its lines. */
  graph: MeshGraph;
  /** The server's clock, epoch ms; 0 = not known yet. */
  now: number;
  /** Filters leave something out of it. */
  filtered: boolean;
  showLocks: boolean;
  stale: boolean;
  theme: Theme;
  size: StageSize;
  /** Key of the selected element. */
  selected: string | null;
}

/** How faded each refusal is: while that stays, time alone changes nothing of the picture. */
export function toAges({ folded: { graph }, now }: StageInput): string {
  return graph.edges
    .filter(({ lock }) => lock.refused > 0)
    .map(({ own }) => toPresence(own.lastRefusedAt, now, graph.windowSeconds))
    .join();
}

/** What Cytoscape's style depends on. */
export function toLook({ theme, size, stale }: StageInput): string {
  return `${theme}/${size}/${stale}`;
}

export function toStyle({ theme, size, stale }: StageInput): StylesheetJson {
  // Nothing in it depends on the stage's width.
  return toStylesheet(PALETTES[theme], toMetrics(size, Number.POSITIVE_INFINITY), stale);
}

export function isSameButTime(a: StageInput, b: StageInput): boolean {
  return (Object.keys(b) as (keyof StageInput)[]).every((key) => key === "now" || a[key] === b[key]);
}
