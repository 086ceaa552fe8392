import type { Page } from "@playwright/test";
import { type Dashboard, toDashboard, whenShown } from "./dashboard";
import { expect, test } from "./test";

/** What one page does is on all of them within this time, ms. */
const FOLLOWS_WITHIN = 1000;
/** A run ends so long after its starter has closed the page, and is looked after once a second, ms. */
const GONE_AFTER = 15_000;

test("ten pages of one browser share one stream, all act, all follow, and the next one leads when the leader closes", async ({ context, page }) => {
  const streams: string[] = [];
  context.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/stream") streams.push(request.url());
  });
  const pages = [page];
  while (pages.length < 10) pages.push(await context.newPage());
  // All ten are in sight here, as they never are for a person: only two of them draw.
  for (const each of pages) await toDashboard(each).open(each === page || each === pages[9] ? "" : "?view=table");
  expect(streams).toHaveLength(1);

  const tenth = toDashboard(pages[9] ?? page);
  expect(await pressAndFollow(tenth, "STRICT", pages)).toBeLessThan(FOLLOWS_WITHIN);

  const [leader, ...rest] = pages;
  await leader?.close();
  await expect.poll(() => streams.length).toBe(2);
  expect(await pressAndFollow(tenth, "PERMISSIVE", rest)).toBeLessThan(FOLLOWS_WITHIN);
});

/** @returns how long after the answer to the press the last page showed it, ms */
async function pressAndFollow(dashboard: Dashboard, mode: "STRICT" | "PERMISSIVE", pages: readonly Page[]): Promise<number> {
  const shown = Promise.all(pages.map((each) => whenShown(each, `[data-position=${mode}]`)));
  const answer = dashboard.page.waitForResponse((response) => response.url().endsWith("/api/switch"));
  await dashboard.button(mode).click();
  const response = await answer;
  expect(response.status()).toBe(200);
  const { startTime, responseEnd } = response.request().timing();
  return Math.max(...(await shown)) - (startTime + responseEnd);
}

test("a run goes on while its starter's page is hidden, and ends 15 s after it was closed", async ({ context, dashboard, padlock, page }) => {
  test.setTimeout(90_000);
  const watcher = toDashboard(await context.newPage());
  await watcher.open();
  await dashboard.open();
  await dashboard.button("Keep sending").click();
  await expect(dashboard.run).toHaveAttribute("data-run-end", "running");

  await setHidden(page, true);
  const hiddenAt = Date.now();
  await expect.poll(() => Date.now() - hiddenAt, { timeout: GONE_AFTER + 5000, intervals: [1000] }).toBeGreaterThan(GONE_AFTER + 1500);
  await expect(watcher.run).toHaveAttribute("data-run-end", "running");
  await setHidden(page, false);
  await expect(dashboard.run).toHaveAttribute("data-run-end", "running");

  // As a person closes a tab: the page gets to say goodbye.
  await page.close({ runBeforeUnload: true });
  const closedAt = Date.now();
  await expect(watcher.run).toHaveAttribute("data-run-end", "starter-gone", { timeout: GONE_AFTER + 2000 });
  const { last } = (await padlock.readState()).run;
  const after = (last?.endedAt ?? 0) - closedAt;
  expect(after).toBeGreaterThan(GONE_AFTER - 1000);
  expect(after).toBeLessThan(GONE_AFTER + 1500);
  await expect(watcher.run).toContainText("the page that started it was closed");
});

/** What a browser does when another tab comes to the front; a browser without a window never does it by itself. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    if (value) {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
      Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    } else {
      Reflect.deleteProperty(document, "visibilityState");
      Reflect.deleteProperty(document, "hidden");
    }
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
