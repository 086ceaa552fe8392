import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import type { LiveState } from "@/lib/api/state";
import { LOCK_STATES } from "@/lib/mesh/lock";
import type { Dashboard } from "./dashboard";
import { type Answer, type ControlState, toControlStates } from "./gallery/control-states";
import { toGraphStates } from "./gallery/graph-states";
import { withLockEverywhere } from "./gallery/lock-states";
import { toPage } from "./gallery/sheet";
import { readUsedLab } from "./gallery/used-lab";
import type { PadlockApi } from "./padlock-api";
import { expect, test } from "./test";
import { tellState } from "./told-state";

/**
 * Every state to look at, as pictures in test-results/gallery with a page that shows them all: each lock in each theme and size, each control without
 * content, waiting, refused and stale, and graphs of every mark and of many lines. The pages are the built ones; only what the server says is literal.
 */
const FOLDER = "test-results/gallery";
/** A picture takes about two seconds; a busy machine takes its time. */
const LIMIT_MS = 600_000;
/** A page comes when the machine has time for it: ten seconds were once too few for one of 183. */
const LOAD_MS = 45_000;
/** What a state needs done to be seen is there at once or never. */
const ACT_MS = 10_000;

const DESK = { name: "desk", viewport: { width: 1440, height: 900 }, query: "" };
const PHONE = { name: "phone", viewport: { width: 390, height: 844 }, query: "" };
const WALL = { name: "projector-1080", viewport: { width: 1920, height: 1080 }, query: "?mode=projector" };
const SIZES = [DESK, PHONE, WALL, { name: "projector-720", viewport: { width: 1280, height: 720 }, query: "?mode=projector" }];
const THEMES = ["light", "dark"] as const;

let used: LiveState | null = null;
/** Read once: the lab takes a while to be used. */
async function readBase(padlock: PadlockApi, dashboard: Dashboard): Promise<LiveState> {
  used ??= await readUsedLab(padlock, dashboard);
  return used;
}

for (const colorScheme of THEMES) {
  test(`locks, ${colorScheme}`, async ({ baseURL, browser, dashboard, padlock }) => {
    test.setTimeout(LIMIT_MS);
    const base = await readBase(padlock, dashboard);
    for (const lock of LOCK_STATES)
      for (const { name, viewport, query } of SIZES)
        await take(browser, { name: `lock-${lock}-${colorScheme}-${name}`, state: withLockEverywhere(base, lock), query }, { baseURL, viewport, colorScheme });
  });

  test(`graphs, ${colorScheme}`, async ({ baseURL, browser, dashboard, padlock }) => {
    test.setTimeout(LIMIT_MS);
    const base = await readBase(padlock, dashboard);
    for (const state of toGraphStates(base))
      for (const { name, viewport, query } of [DESK, PHONE, WALL])
        await take(browser, { ...state, query, name: `graph-${state.name}-${colorScheme}-${name}` }, { baseURL, viewport, colorScheme });
  });
}

/** Each theme and each width once: a control is the same on every screen as wide. */
for (const { size, colorScheme } of [
  { size: DESK, colorScheme: "light" },
  { size: DESK, colorScheme: "dark" },
  { size: PHONE, colorScheme: "light" },
] as const) {
  test(`controls, ${size.name} ${colorScheme}`, async ({ baseURL, browser, dashboard, padlock }) => {
    test.setTimeout(LIMIT_MS);
    const base = await readBase(padlock, dashboard);
    for (const state of toControlStates(base))
      await take(browser, { ...state, name: `control-${state.name}-${size.name}-${colorScheme}` }, { baseURL, viewport: size.viewport, colorScheme }, true);
  });
}

test.afterAll(async () => {
  await writeFile(path.join(FOLDER, "index.html"), await toPage(FOLDER));
});

/** A state that cannot be brought about is told with its name, and the others are drawn all the same. @param whole also what is below the window */
async function take(browser: Browser, state: ControlState, options: BrowserContextOptions, whole = false): Promise<void> {
  await test.step(state.name, async () => {
    try {
      await draw(browser, state, options, whole);
    } catch (error) {
      expect.soft(null, `${state.name} was not drawn: ${error instanceof Error ? error.message : String(error)}`).not.toBeNull();
    }
  });
}

async function draw(
  browser: Browser,
  { name, query = "", answers = {}, act, ...told }: ControlState,
  options: BrowserContextOptions,
  whole: boolean,
): Promise<void> {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  context.setDefaultTimeout(ACT_MS);
  context.setDefaultNavigationTimeout(LOAD_MS);
  try {
    await tellState(context, told);
    const page = await context.newPage();
    await answer(page, answers);
    await page.goto(`/${query}`);
    if (told.state !== null)
      await page.locator("[data-graph-stage][data-ready=true], table, [data-empty]").first().waitFor({ state: "attached", timeout: LOAD_MS });
    if (told.down === true && told.state !== null) await page.locator("[data-stale=true]").first().waitFor({ state: "attached", timeout: LOAD_MS });
    await act?.(page);
    // Until the layout, which a worker makes, and a picture's last frame are there.
    await page.waitForTimeout(500);
    await page.screenshot({ path: path.join(FOLDER, `${name}.png`), fullPage: whole });
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
