import type { Page } from "@playwright/test";
import { inPage, launchBrowser } from "./browser";
import { type Figure, report } from "./report";
import { inRounds, toRatios, toSpread } from "./rounds";
import { type PageName, servePages } from "./serve-pages";

/** P1: from the graph's JSON to its first full paint, against Cytoscape with dagre on the main thread. */
const GRAPHS = [
  { name: "15-30", rounds: 8, target: null },
  { name: "50-100", rounds: 8, target: null },
  { name: "100-200", rounds: 8, target: null },
  { name: "500-1000", rounds: 6, target: 0.5 },
] as const;
/** Whoever takes longer counts as that long, ms. */
const BOUND = 30_000;

function paint(page: Page, graph: string): Promise<number> {
  const measured = page.evaluate((name) => window.bench.paint(name), graph);
  return Promise.race([measured, new Promise<number>((resolve) => setTimeout(resolve, BOUND, BOUND).unref())]);
}

await report("P1  graph JSON → first full paint, animation on", async () => {
  const pages = await servePages();
  const browser = await launchBrowser();
  const figures: Figure[] = [];
  const measure = (page: PageName, graph: string) => () => inPage(browser, pages.urlOf(page), (tab) => paint(tab, graph));
  try {
    for (const { name, rounds, target } of GRAPHS) {
      const times = await inRounds(rounds, { padlock: measure("padlock", name), cytoscape: measure("cytoscape", name) });
      const ratio = toRatios(times, "padlock", "cytoscape");
      figures.push(
        {
          name: `${name}: Padlock ÷ Cytoscape+dagre`,
          target: target === null ? "–" : `≤ ${target}`,
          measured: ratio,
          met: target === null ? null : ratio.median <= target,
        },
        { name: `${name}: Padlock`, target: "–", measured: toSpread(times.map(({ padlock }) => padlock)), unit: " ms", met: null },
        { name: `${name}: Cytoscape+dagre`, target: "–", measured: toSpread(times.map(({ cytoscape }) => cytoscape)), unit: " ms", met: null },
      );
    }
  } finally {
    await browser.close();
    await pages.close();
  }
  return figures;
});
