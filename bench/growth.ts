import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { toGraphChange } from "@/lib/mesh/graph-change";
import { inPage, launchBrowser } from "./browser";
import { changeGraph } from "./change-graph";
import { readGraph } from "./graph-files";
import { type Figure, report } from "./report";
import { inRounds, toSpread } from "./rounds";
import { servePages } from "./serve-pages";
import { createThreadClock } from "./thread-time";
import { toMeshGraph } from "./to-mesh-graph";

/** P11: how effort grows with the number of services, and what a change of one in a hundred costs. */
const SIZES = [
  { name: "11-11", services: 11 },
  { name: "100-200", services: 100 },
  { name: "1000-2000", services: 1000 },
] as const;
const ROUNDS = 6;

interface Places {
  [node: string]: [number, number];
}

/** Cytoscape keeps its instance on its container. */
function readPlaces(page: Page): Promise<Places> {
  return page.evaluate(() => {
    interface Drawn {
      _cyreg?: { cy: { nodes(): { map<Result>(visit: (node: { id(): string; position(): { x: number; y: number } }) => Result): Result[] } } };
    }
    const drawn = [...document.querySelectorAll<HTMLElement & Drawn>("[data-graph-stage] div")].find((element) => element._cyreg);
    const nodes = drawn?._cyreg?.cy.nodes().map((node) => [node.id(), [node.position().x, node.position().y]] as const) ?? [];
    return Object.fromEntries(nodes.map(([id, [x, y]]) => [id, [x, y] as [number, number]]));
  });
}

function toFarthest(before: Places, after: Places): number {
  return Math.max(...Object.entries(before).map(([id, [x, y]]) => Math.hypot((after[id]?.[0] ?? Number.NaN) - x, (after[id]?.[1] ?? Number.NaN) - y)));
}

/** Slope of the straight line through the logarithms: 1 = twice the services, twice the effort. */
function toExponent(points: readonly { services: number; effort: number }[]): number {
  const logs = points.map(({ services, effort }) => [Math.log(services), Math.log(effort)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const over = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** What a poll costs the server: Kiali's answer read, the graph put together, told as what changed. Processor time, ms. */
function toServerEffort(before: string, after: string): number {
  const shown = toMeshGraph(before);
  const update = () => JSON.stringify(toGraphChange(shown, toMeshGraph(after)));
  // Compiled before it is measured, and long enough for a clock of milliseconds.
  const warmed = performance.now();
  while (performance.now() - warmed < 500) update();
  const [started, used] = [performance.now(), process.cpuUsage()];
  let updates = 0;
  for (; performance.now() - started < 1500; updates++) update();
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1000 / updates;
}

await report("P11  growth over 11, 100 and 1,000 services; animation on", async () => {
  const pages = await servePages();
  const browser = await launchBrowser();
  let farthest = 0;
  const changes: { wall: number; own: number; paint: number }[] = [];
  try {
    const measures = Object.fromEntries(
      SIZES.map(({ name }) => [
        name,
        () =>
          inPage(browser, pages.urlOf("padlock"), async (page) => {
            const clock = await createThreadClock(page);
            const began = await clock();
            const painted = await page.evaluate((graph) => window.bench.paint(graph), name);
            const ownPaint = (await clock()) - began;
            await page.waitForTimeout(500);
            const before = await readPlaces(page);
            const json = await readGraph(name);
            const changed = JSON.stringify(toGraphChange(toMeshGraph(json), toMeshGraph(changeGraph(json, 0.01, 1))));
            const changeBegan = await clock();
            const took = await page.evaluate((change) => window.bench.change(change), changed);
            const ownChange = (await clock()) - changeBegan;
            farthest = Math.max(farthest, toFarthest(before, await readPlaces(page)));
            if (name === "1000-2000") changes.push({ wall: took / painted, own: ownChange / ownPaint, paint: ownPaint });
            return painted;
          }),
      ]),
    );
    const rounds = await inRounds(ROUNDS, measures);
    const paints = SIZES.map(({ name, services }) => ({ name, services, ...toSpread(rounds.map((round) => round[name] ?? Number.NaN)) }));
    const bytes = await Promise.all(
      SIZES.map(async ({ name, services }) => {
        const json = await readGraph(name);
        const [before, after] = [toMeshGraph(json), toMeshGraph(changeGraph(json, 0.01, 1))];
        // Who comes gets the whole; then the stream sends what changed.
        const [whole, sent] = [{ graph: after }, { graphChange: toGraphChange(before, after) }].map((message) => gzipSync(JSON.stringify(message)).length);
        const server = toServerEffort(json, changeGraph(json, 0.01, 1));
        return { services, effort: whole ?? Number.NaN, share: (sent ?? Number.NaN) / (whole ?? Number.NaN), server };
      }),
    );
    const paintExponents = rounds.map((round) => toExponent(SIZES.map(({ name, services }) => ({ services, effort: round[name] ?? Number.NaN }))));
    const exponent = toSpread(paintExponents);
    const bytesExponent = toExponent(bytes);
    const serverExponent = toExponent(bytes.map(({ services, server }) => ({ services, effort: server })));
    const [, ...measured] = changes;
    const change = toSpread(measured.map(({ wall }) => wall));
    const ownChange = toSpread(measured.map(({ own }) => own));
    const share = bytes.at(-1)?.share ?? Number.NaN;
    const figures: Figure[] = [
      { name: "exponent of data → paint", target: "≤ 1.15", measured: exponent, met: exponent.median <= 1.15 },
      { name: "exponent of the server's processor time an update", target: "≤ 1.15", measured: serverExponent, met: serverExponent <= 1.15 },
      { name: "1000-2000: the server's processor time an update", target: "–", measured: bytes.at(-1)?.server ?? Number.NaN, unit: " ms", met: null },
      { name: "exponent of bytes (gzip)", target: "≤ 1.15", measured: bytesExponent, met: bytesExponent <= 1.15 },
      ...paints.map(
        ({ name, services, median, min, max }): Figure => ({
          name: `${name}: data → paint`,
          target: services === 1000 ? "≤ 3000 ms" : "–",
          measured: { median, min, max },
          unit: " ms",
          met: services === 1000 ? median <= 3000 : null,
        }),
      ),
      { name: "1000-2000: a 1 % change ÷ full paint", target: "≤ 0.1", measured: change, met: change.median <= 0.1 },
      { name: "the same in processor time", target: "≤ 0.1", measured: ownChange, met: ownChange.median <= 0.1 },
      {
        name: "1000-2000: processor time of the main thread until painted",
        target: "–",
        measured: toSpread(measured.map(({ paint }) => paint)),
        unit: " ms",
        met: null,
      },
      { name: "1000-2000: bytes of a 1 % change ÷ whole graph", target: "≤ 0.1", measured: share, met: share <= 0.1 },
      { name: "unchanged nodes moved by", target: "0 px", measured: farthest, unit: " px", met: farthest === 0 },
    ];
    return figures;
  } finally {
    await browser.close();
    await pages.close();
  }
});
