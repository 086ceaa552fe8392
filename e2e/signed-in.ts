import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext } from "@playwright/test";
import { ROUTES } from "@/lib/api/routes";
import { toDashboard } from "./dashboard";
import { type PadlockApi, toPadlockApi } from "./padlock-api";
import { startApp, startLab } from "./processes";
import { expect, test } from "./test";

/** Stands for an address of the machine that others reach. */
export const LISTEN = { address: "127.0.0.2", port: 4760 };

interface SignIn {
  url: string;
  labFolder: string;
  /** The one that was printed; it is used up. */
  printed: string;
  room: string;
  /** The session that the printed link made. */
  cookie: string;
  log(): string;
}

interface Ready {
  url: string;
  signIn: { link: string; room: string };
}

/** A Padlock that others reach, one for each file; `padlock` asks as an instructor. */
export const shared = test.extend<{ padlock: PadlockApi; toInstructorLink: () => Promise<string> }, { signIn: SignIn }>({
  signIn: [
    async ({ browserName: _ }, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), "padlock-sign-in-"));
      const lab = await startLab(folder);
      const app = await startApp(lab.ready, LISTEN.port, { listen: LISTEN, signIn: true });
      const { url, signIn } = app.ready as unknown as Ready;
      const entered = await fetch(signIn.link, { redirect: "manual" });
      const cookie = entered.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
      await use({ url, labFolder: path.join(folder, ".lab"), printed: signIn.link, room: signIn.room, cookie, log: app.log });
      await app.end();
      await lab.end();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 90_000 },
  ],
  baseURL: ({ signIn }, use) => use(signIn.url),
  lab: ({ signIn }, use) => use(signIn.labFolder),
  padlock: ({ signIn }, use) => use(toPadlockApi(signIn.url, () => signIn.cookie)),
  toInstructorLink: ({ padlock }, use) => use(async () => ((await padlock.post(ROUTES.invite, {})).body as { url: string }).url),
});
export async function openAs(browser: Browser, link: string): Promise<{ context: BrowserContext; dashboard: ReturnType<typeof toDashboard> }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await expect(page.locator("[data-ready=true]").first()).toBeAttached();
  return { context, dashboard: toDashboard(page) };
}
