import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "@playwright/test";
import config from "../e2e/playwright.config";

export const VIEWPORT = { width: 1600, height: 900 } as const;

/** The system's Chromium with the flags of the end-to-end tests: no GPU, nothing in the background. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch(config.use?.launchOptions ?? {});
}

/** What a new window of the browser has to do for itself before it rests: close to a second of a core, as long as a small graph takes. */
const WINDOW_MS = 2000;

/** A page in a window that has come to rest, so that the browser's own interface is no part of what is measured. */
export async function openPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.waitForTimeout(WINDOW_MS);
  return page;
}

/** Opens an address in a fresh profile, does what has to be done there, and closes it. */
export async function inPage<Result>(
  browser: Browser,
  url: string,
  use: (page: Page) => Promise<Result>,
  options: BrowserContextOptions = {},
): Promise<Result> {
  const context = await browser.newContext({ viewport: VIEWPORT, ...options });
  try {
    const page = await openPage(context);
    const thrown: Error[] = [];
    page.on("pageerror", (error) => thrown.push(error));
    await page.goto(url);
    const result = await use(page);
    if (thrown.length > 0) throw new AggregateError(thrown, `${url} threw: ${thrown[0]?.message}`);
    return result;
  } finally {
    await context.close();
  }
}
