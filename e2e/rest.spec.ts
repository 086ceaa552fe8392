import type { Page } from "@playwright/test";
import { expect, test } from "./test";

/** A page that nobody looks at, or on which nothing moves, leaves the processor alone. */

/** Counts the frames that a page asks for; runs before its own code. */
function countFrames(): void {
  const request = window.requestAnimationFrame.bind(window);
  Object.assign(window, { framesAsked: 0 });
  window.requestAnimationFrame = (callback) => {
    (window as unknown as { framesAsked: number }).framesAsked++;
    return request(callback);
  };
}

const readFrames = (page: Page) => page.evaluate(() => (window as unknown as { framesAsked: number }).framesAsked);

/** Frames asked for in a second. */
async function framesASecond(page: Page): Promise<number> {
  const before = await readFrames(page);
  await page.waitForTimeout(1000);
  return (await readFrames(page)) - before;
}

const expectRest = (page: Page) => expect.poll(() => framesASecond(page), { timeout: 30_000 }).toBe(0);
const stage = (page: Page) => page.locator("[data-graph-stage]");

test.beforeEach(({ page }) => page.addInitScript(countFrames));

test("a picture that stands still asks for no frames, and draws again when something changes", async ({ dashboard, page }) => {
  await dashboard.open("?animation=off");
  await expect(stage(page)).toHaveAttribute("data-ready", "true");
  await expectRest(page);
  const before = await readFrames(page);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await expect.poll(() => readFrames(page)).toBeGreaterThan(before);
  await expectRest(page);
});

test("traffic moves nothing for whoever wants less motion", async ({ dashboard, padlock, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await dashboard.open();
  await padlock.startRun({ kind: "keep-sending", page: "e2e-rest", namespace: "istioinaction", rate: 5, seconds: 3 });
  await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });
  await expect.poll(async () => Number(await stage(page).getAttribute("data-dots"))).toBeGreaterThan(0);
  await expect(stage(page)).toHaveAttribute("data-animating", "false");
  await expectRest(page);
});

test("a hidden page asks for nothing: no frames, no requests", async ({ dashboard, padlock, page }) => {
  await dashboard.open();
  await padlock.startRun({ kind: "keep-sending", page: "e2e-rest", namespace: "istioinaction", rate: 5, seconds: 3 });
  await expect(stage(page)).toHaveAttribute("data-animating", "true");
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expectRest(page);
  let requests = 0;
  page.on("request", () => requests++);
  expect(await framesASecond(page)).toBe(0);
  expect(requests).toBe(0);
});
