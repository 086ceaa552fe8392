import type { CDPSession, Page } from "@playwright/test";
import { toGraphChange } from "@/lib/mesh/graph-change";
import { startPadlock } from "../e2e/padlock";
import { toPadlockApi } from "../e2e/padlock-api";
import { inPage, launchBrowser, VIEWPORT } from "./browser";
import { changeGraph } from "./change-graph";
import { readGraph } from "./graph-files";
import { type Figure, report } from "./report";
import { servePages } from "./serve-pages";
import { toMeshGraph } from "./to-mesh-graph";

/** P12: what a page costs that nobody looks at, that stands still, or that has been open for long. */
const HIDDEN_AFTER_MS = 30_000;
const HIDDEN_FOR_MS = 10_000;
const STILL_MS = 10_000;
const UPDATES = 600;
/** Some first, until most of what the engine compiles is compiled: machine code is all that a heap snapshot shows growing, 1.25 MB of 6.9. */
const BEFORE = 200;
const GRAPH = "50-100";

/** Counts the frames a page asks for; runs before its own code. */
function countFrames(): void {
  const counted = { frames: 0 };
  Object.assign(window, { counted });
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => {
    counted.frames++;
    return request(callback);
  };
}

/** Of the overlay's own loop, as the stage tells on its element. */
const readAnimated = async (page: Page) => Number(await page.locator("[data-graph-stage]").getAttribute("data-frames"));
const readFrames = (page: Page) => page.evaluate(() => (window as unknown as { counted: { frames: number } }).counted.frames);

async function readMetrics(session: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

async function readMemory(session: CDPSession): Promise<{ heap: number; nodes: number; listeners: number }> {
  for (let round = 0; round < 3; round++) await session.send("HeapProfiler.collectGarbage");
  const { JSHeapUsedSize = 0, Nodes = 0, JSEventListeners = 0 } = await readMetrics(session);
  return { heap: JSHeapUsedSize, nodes: Nodes, listeners: JSEventListeners };
}

await report("P12  idle, hidden, long run", async () => {
  const pages = await servePages();
  const browser = await launchBrowser();
  const padlock = await startPadlock(4740);
  const api = toPadlockApi(padlock.url);
  const figures: Figure[] = [];
  const none = (name: string, measured: number): Figure => ({ name, target: "0", measured, met: measured === 0 });
  const noMore = (name: string, measured: number): Figure => ({ name, target: "+0", measured, met: measured <= 0 });
  try {
    // The app itself, with traffic.
    const context = await browser.newContext({ viewport: VIEWPORT });
    await context.addInitScript(countFrames);
    const page = await context.newPage();
    await page.goto(padlock.url);
    await page.locator("[data-graph-stage][data-ready=true]").waitFor();
    // The page shows the gateway once the lab has been read.
    await page.locator("[data-source=gateway]").waitFor();
    await page.waitForTimeout(2000);
    await api.startRun({ kind: "calls", page: "bench-idle", count: 10, rate: 10, connection: "new" });
    await page.locator("[data-graph-stage][data-animating=true]").waitFor();
    await hide(page);
    await page.waitForTimeout(HIDDEN_AFTER_MS);
    const [framesBefore, animatedBefore] = [await readFrames(page), await readAnimated(page)];
    let requests = 0;
    page.on("request", () => requests++);
    await page.waitForTimeout(HIDDEN_FOR_MS);
    figures.push(none(`hidden: frames of the animation in ${HIDDEN_FOR_MS / 1000} s`, (await readAnimated(page)) - animatedBefore));
    figures.push(none(`hidden: frames asked for in ${HIDDEN_FOR_MS / 1000} s`, (await readFrames(page)) - framesBefore));
    figures.push(none(`hidden: requests in ${HIDDEN_FOR_MS / 1000} s`, requests));
    await context.close();

    await inPage(
      browser,
      pages.urlOf("padlock"),
      async (tab) => {
        await tab.evaluate(countFrames);
        await tab.evaluate((graph) => window.bench.paint(graph), GRAPH);
        await tab.waitForTimeout(2000);
        const [framesBefore, animatedBefore] = [await readFrames(tab), await readAnimated(tab)];
        await tab.waitForTimeout(5000);
        figures.push(none("prefers-reduced-motion: frames of the animation in 5 s", (await readAnimated(tab)) - animatedBefore));
        figures.push(none("prefers-reduced-motion: frames asked for in 5 s", (await readFrames(tab)) - framesBefore));
      },
      { reducedMotion: "reduce" },
    );

    await inPage(browser, pages.urlOf("padlock"), async (tab) => {
      const metrics = await tab.context().newCDPSession(tab);
      await metrics.send("Performance.enable");
      await tab.evaluate((graph) => window.bench.paint(graph), GRAPH);
      await tab.evaluate(() => window.bench.setMotion(false));
      await tab.waitForTimeout(2000);
      const before = await readMetrics(metrics);
      await tab.waitForTimeout(STILL_MS);
      const after = await readMetrics(metrics);
      const share = (((after["TaskDuration"] ?? 0) - (before["TaskDuration"] ?? 0)) / (STILL_MS / 1000)) * 100;
      figures.push({ name: "still graph: share of the main thread", target: "≤ 4 %", measured: share, unit: " %", met: share <= 4 });

      await tab.evaluate(() => window.bench.setMotion(true));
      const json = await readGraph(GRAPH);
      let shown = toMeshGraph(json);
      const update = (turn: number) => {
        const next = toMeshGraph(changeGraph(json, 0.05, turn));
        const change = JSON.stringify(toGraphChange(shown, next));
        shown = next;
        return tab.evaluate((changed) => window.bench.change(changed), change);
      };
      for (let turn = 0; turn < BEFORE; turn++) await update(turn);
      const start = await readMemory(metrics);
      for (let turn = BEFORE; turn < BEFORE + UPDATES; turn++) await update(turn);
      const end = await readMemory(metrics);
      const growth = (end.heap / start.heap - 1) * 100;
      figures.push({ name: `${UPDATES} updates: heap`, target: "≤ +10 %", measured: growth, unit: " %", met: growth <= 10 });
      figures.push(noMore(`${UPDATES} updates: listeners`, end.listeners - start.listeners));
      figures.push(noMore(`${UPDATES} updates: DOM nodes`, end.nodes - start.nodes));
    });
  } finally {
    await browser.close();
    await padlock.end();
    await pages.close();
  }
  return figures;
});

/**
 * Tells the page that nobody sees it. Harder than a tab that really is behind another: of such a one Chromium itself holds frames back, so this counts
 * what the page asks for, not what it is granted.
 */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
}
