import { type Browser, type BrowserContextOptions, chromium, type Page } from "@playwright/test";
import config from "../e2e/playwright.config";

export const VIEWPORT = { width: 1600, height: 900 } as const;

/** The system's Chromium with the flags of the end-to-end tests: no GPU, nothing in the background. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch(config.use?.launchOptions ?? {});
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
    const page = await context.newPage();
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
