import { parseGraph, parseJson } from "@/lib/kiali/wire";

/**
 * The same graph a poll later: a share of the lines with other rates, and one of them no longer mutual TLS.
 * @param share of the edges, 0–1; at least one changes
 * @param turn another turn changes others
 */
export function changeGraph(json: string, share: number, turn: number): string {
  const count = parseGraph(parseJson(json)).edges.length;
  const changed = Math.max(1, Math.round(count * share));
  const chosen = new Set(Array.from({ length: changed }, (_, index) => `e${(turn * changed + index * Math.ceil(count / changed)) % count}`));
  const first = [...chosen][0];
  return json
    .split("\n")
    .map((line) => {
      const id = /^\{"data":\{"id":"(e\d+)"/.exec(line)?.[1];
      if (id === undefined || !chosen.has(id)) return line;
      const slower = line.replace(/"http":"[\d.]+"/, `"http":"${(1 + (turn % 20)).toFixed(2)}"`);
      return id === first ? slower.replace('"isMTLS":"100"', `"isMTLS":"${40 + (turn % 50)}"`) : slower;
    })
    .join("\n");
}
