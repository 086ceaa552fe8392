import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Nodes and edges of the fixed graphs. */
export const GRAPH_SIZES = [
  [11, 11],
  [15, 30],
  [50, 100],
  [100, 200],
  [300, 600],
  [500, 1000],
  [1000, 2000],
] as const;

export const GRAPH_FOLDER = fileURLToPath(new URL("../bench/testdata/", import.meta.url));

/** @param name `50-100`: nodes and edges @returns the file as Kiali would send it */
export function readGraph(name: string): Promise<string> {
  return readFile(`${GRAPH_FOLDER}${name}.json`, "utf8");
}
