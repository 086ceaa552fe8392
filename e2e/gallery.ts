import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import { LOCK_STATES } from "@/lib/mesh/lock";
import { type Answer, type ControlState, toControlStates } from "./gallery/control-states";
import { withLockEverywhere } from "./gallery/lock-states";
import { readUsedLab } from "./gallery/used-lab";
import { expect, test } from "./test";
import { tellState } from "./told-state";

/**
 * Every state to look at, as pictures in test-results/gallery: each lock in each theme and size, and each control without content, waiting, refused
 * and stale. The pages are the built ones; only what the server says is literal.
 */
const FOLDER = "test-results/gallery";
const DESK = { name: "desk", viewport: { width: 1440, height: 900 }, query: "" };
const SIZES = [
  DESK,
  { name: "phone", viewport: { width: 390, height: 844 }, query: "" },
  { name: "projector-1080", viewport: { width: 1920, height: 1080 }, query: "?mode=projector" },
  { name: "projector-720", viewport: { width: 1280, height: 720 }, query: "?mode=projector" },
];
const THEMES = ["light", "dark"] as const;

for (const colorScheme of THEMES) {
  test(`locks, ${colorScheme}`, async ({ baseURL, browser, dashboard, padlock }) => {
    test.setTimeout(300_000);
    const base = await readUsedLab(padlock, dashboard);
    for (const lock of LOCK_STATES)
      for (const { name, viewport, query } of SIZES)
        await test.step(`${lock} ${name}`, () =>
          take(browser, { name: `lock-${lock}-${colorScheme}-${name}`, state: withLockEverywhere(base, lock), query }, { baseURL, viewport, colorScheme }));
  });
}

test("controls", async ({ baseURL, browser, dashboard, padlock }) => {
  test.setTimeout(300_000);
  const base = await readUsedLab(padlock, dashboard);
  for (const state of toControlStates(base))
    await test.step(state.name, () =>
      take(browser, { ...state, name: `control-${state.name}` }, { baseURL, viewport: DESK.viewport, colorScheme: "light" as const }),
    );
});

async function take(browser: Browser, { name, query = "", answers = {}, act, ...told }: ControlState, options: BrowserContextOptions): Promise<void> {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  try {
    await tellState(context, told);
    const page = await context.newPage();
    await answer(page, answers);
    await page.goto(`/${query}`);
    if (told.state !== null) await page.locator("[data-graph-stage][data-ready=true], table").first().waitFor({ state: "attached" });
    await act?.(page);
    // Until the layout, which a worker makes, and a picture's last frame are there.
    await page.waitForTimeout(700);
    await page.screenshot({ path: `${FOLDER}/${name}.png` });
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(tooWide, `${name} scrolls sideways by so many pixels`).toBe(0);
  } finally {
    await context.close();
  }
}

/** Commands get the answers of the state; all others are answered as if nothing had happened. */
async function answer(page: Page, answers: Partial<Record<string, Answer>>): Promise<void> {
  await page.route("**/api/**", async (route) => {
    const method = route.request().method();
    const { pathname } = new URL(route.request().url());
    const given = answers[`${method} ${pathname}`] ?? answers[pathname];
    if (given === "never") return;
    if (given === undefined) await route.fulfill({ status: 204 });
    else await route.fulfill({ status: given.status, contentType: "application/json", body: JSON.stringify(given.body) });
  });
}
