import { gzipSync } from "node:zlib";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { openPage, VIEWPORT } from "./browser";
import { toFrameRate } from "./frames";

/** A whole console with a graph on it, ours or Kiali's, watched from its first byte. */
export interface Visit {
  /** From "graph JSON received" to the second frame after the last element is in the scene, ms; the bound when it took longer. */
  paint: number;
  /** The same from the navigation's begin. */
  total: number;
  /** First contentful and largest contentful paint, ms since the navigation began. */
  fcp: number;
  lcp: number;
  /** Script the page asked for until then, kB after gzip. */
  script: number;
  /** Of the settled picture; null when it was not asked for, or nothing was painted in time. */
  framesPerSecond: number | null;
  /** Share of the main thread meanwhile, 0–1. */
  busy: number | null;
}

declare global {
  interface Window {
    /** When the graph's JSON was there, ms since the navigation began. */
    benchReceived?: () => number;
    /** Whether every element is in the scene. */
    benchComplete?: () => boolean;
  }
}

export interface Visited {
  url: string;
  /** Puts `benchReceived` and `benchComplete` into its pages. */
  prepare(context: BrowserContext): Promise<void>;
}

export interface VisitOptions {
  /** Whoever takes longer counts as that long, ms. */
  bound: number;
  /** Frames are watched for so long after settling, s; 0 = not at all. */
  seconds: number;
}

const SETTLE_MS = 2000;

export async function visit(browser: Browser, { url, prepare }: Visited, { bound, seconds }: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  try {
    await prepare(context);
    await context.addInitScript(observePaints);
    const page = await openPage(context);
    const bodies: Promise<Buffer | null>[] = [];
    page.on("response", (response) => {
      if (/javascript/.test(response.headers()["content-type"] ?? "")) bodies.push(response.body().catch(() => null));
    });
    await page.goto(url);
    const { paint, total } = await waitForPaint(page, bound);
    const { fcp, lcp } = await page.evaluate(() => (window as unknown as { paints: { fcp: number; lcp: number } }).paints);
    const script = (await Promise.all(bodies)).reduce((sum, body) => sum + (body === null ? 0 : gzipSync(body).length), 0) / 1000;
    const moving = paint < bound && seconds > 0 ? await watchMoving(page, seconds) : { framesPerSecond: null, busy: null };
    return { paint, total, fcp, lcp, script, ...moving };
  } finally {
    await context.close();
  }
}

/** Runs in the page before anything else of it. */
function observePaints(): void {
  const paints = { fcp: 0, lcp: 0 };
  Object.assign(window, { paints });
  const observe = (type: string, take: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  observe("paint", ({ name, startTime }) => {
    if (name === "first-contentful-paint") paints.fcp = startTime;
  });
  observe("largest-contentful-paint", ({ startTime }) => {
    paints.lcp = startTime;
  });
}

/** A page that is busy for very long does not even answer; it counts as the bound, too. */
async function waitForPaint(page: Page, bound: number): Promise<{ paint: number; total: number }> {
  const measured = page.evaluate(async () => {
    const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    while (window.benchComplete?.() !== true) await nextFrame();
    await nextFrame();
    await nextFrame();
    const total = performance.now();
    return { paint: total - (window.benchReceived?.() ?? Number.NaN), total };
  });
  measured.catch(() => undefined);
  return await Promise.race([measured, new Promise<{ paint: number; total: number }>((resolve) => setTimeout(resolve, bound, { paint: bound, total: bound }))]);
}

async function watchMoving(page: Page, seconds: number): Promise<{ framesPerSecond: number; busy: number }> {
  await page.waitForTimeout(SETTLE_MS);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const read = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
  const before = await read();
  const started = performance.now();
  const framesPerSecond = await toFrameRate(page, seconds);
  return { framesPerSecond, busy: ((await read()) - before) / ((performance.now() - started) / 1000) };
}
