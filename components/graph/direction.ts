import type { Direction } from "./layout";
import type { GraphModel } from "./model";
import { isDense } from "./standing";

/** Narrower than this and hardly wider than high: the flow goes down. CSS pixels. */
const NARROW = 620;
/**
 * So many that one calls, or that call one, fill a narrow stage's row; more stand below each other, where their names can be read. The rows of a dense
 * picture are broken anyhow.
 */
const IN_A_ROW = 6;

/** Which way the flow goes on a stage. Pure. @param stage CSS pixels */
export function toDirection({ width, height }: { width: number; height: number }, model: GraphModel): Direction {
  const isNarrow = width < NARROW && width < height * 1.2;
  return isNarrow && (isDense(model) || toWidestFan(model.edges) <= IN_A_ROW) ? "down" : "right";
}

/** The most nodes that one node calls, or that call one. */
function toWidestFan(edges: GraphModel["edges"]): number {
  const others = new Map<string, Set<string>>();
  const add = (end: string, other: string) => {
    const known = others.get(end);
    if (known) known.add(other);
    else others.set(end, new Set([other]));
  };
  for (const { source, target } of edges) {
    add(`from ${source}`, target);
    add(`to ${target}`, source);
  }
  return Math.max(0, ...Array.from(others.values(), ({ size }) => size));
}
