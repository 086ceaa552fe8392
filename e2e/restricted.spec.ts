import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { findFaults } from "./find-faults";
import { type GuardedKiali, startGuardedKiali, TOKEN } from "./guarded-kiali";
import { type OwnProcess, startApp, startLab } from "./processes";
import { expect, test } from "./test";

interface Own {
  app: OwnProcess<{ url: string }>;
  kiali: GuardedKiali;
  /** The file of the authority that signed the gateway's certificate. */
  authorityFile: string;
}

/** A cluster whose user may only look, whose Kiali wants a token, and whose gateway's authority nobody has vouched for. */
const restricted = test.extend<object, { own: Own }>({
  own: [
    async ({ browserName: _ }, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), "padlock-restricted-"));
      const lab = await startLab(folder);
      const kiali = await startGuardedKiali(lab.ready.kialiUrl);
      const app = await startApp(lab.ready, 4780, {
        kind: "cluster",
        label: "padlock-lab-viewer",
        context: "padlock-lab-viewer",
        kiali: { url: kiali.url, tokenFile: null, caFile: null },
        gateway: { address: null, caFile: null, host: "istioinaction.io" },
      });
      await use({ app, kiali, authorityFile: lab.ready.gateway.caFile });
      await app.end();
      await kiali.stop();
      await lab.end();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 90_000 },
  ],
  baseURL: ({ own }, use) => use(own.app.ready.url),
  // Nobody here has the right to change anything.
  start: ({ browserName: _ }, use) => use(undefined),
});
// Refusals, as the browser itself writes them.
restricted.use({ expectedComplaints: /Failed to load resource: the server responded with a status of 4\d\d/ });

const region = (page: Page, name: string) => page.getByRole("region", { name });

restricted("who may only look reads at each control which right is missing and what another could run", async ({ dashboard, page }) => {
  await dashboard.open();
  const policy = region(page, "1 · Policy");
  await expect(policy.locator("[data-missing-right]")).toContainText(/padlock-viewer may not .*peerauthentications.* in istioinaction/);
  await expect(policy.locator("[data-missing-right] [data-command*=kubectl]").first()).toBeVisible();
  for (const name of ["STRICT", "PERMISSIVE"]) await expect(dashboard.button(name)).toBeDisabled();

  for (const caller of ["with-sidecar", "without-sidecar"] as const) {
    await expect(dashboard.probe(caller).getByRole("button", { name: /^Try/ })).toBeDisabled();
    await expect(dashboard.probe(caller).locator("[data-missing-right]")).toContainText(/may not .*pods\/exec/);
  }
  for (const key of ["t", "m", "u"]) await page.keyboard.press(key);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  // What may be read is there.
  await expect(page.locator("[data-position=inherit]")).toBeVisible();
  await expect(policy).toContainText("istio-system/default");
});

restricted("axe finds nothing with every form and every missing right on the page", async ({ dashboard, page }) => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await dashboard.open();
    await expect(page.locator("[data-kiali-login=token]")).toBeVisible();
    await expect(page.locator("[data-gateway-authority]")).toBeVisible();
    expect(await findFaults(page)).toEqual([]);
  }
});

restricted("the gateway's authority is entered in the page, held against the gateway, and forgotten again", async ({ dashboard, page, own }) => {
  await dashboard.open();
  const traffic = region(page, "2 · Traffic");
  await expect(dashboard.source("gateway")).not.toHaveAttribute("data-state", "ok");
  const field = traffic.getByLabel(/^Certificate of the authority/);
  await field.fill("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----");
  const trust = traffic.getByRole("button", { name: "Trust it" });
  await trust.click();
  const asked = page.getByRole("dialog", { name: "This is a real cluster" });
  await expect(asked).toContainText("Check the gateway's certificate");
  expect(await findFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(trust).toBeFocused();
  await page.keyboard.press("Enter");
  await asked.getByRole("button", { name: "Do it on this cluster" }).click();
  await expect(traffic.locator("[data-notice=problem]").last()).toContainText(/certificate/i);
  await expect(dashboard.source("gateway")).not.toHaveAttribute("data-state", "ok");

  await field.fill(await readFile(own.authorityFile, "utf8"));
  await trust.click();
  await expect(dashboard.source("gateway")).toHaveAttribute("data-state", "ok", { timeout: 20_000 });
  await expect(dashboard.button("Send 10 calls")).toBeEnabled();
  await expect(field).toBeHidden();
  await traffic.getByRole("button", { name: "Forget it" }).click();
  await expect(field).toBeVisible({ timeout: 20_000 });
  await expect(field).toHaveValue("");
});

restricted(
  "Kiali's token is entered by keyboard, refused or taken, and stays nowhere; Prometheus behind it is told apart",
  async ({ dashboard, page, own }) => {
    restricted.setTimeout(120_000);
    await dashboard.open();
    const login = page.locator("[data-kiali-login=token]");
    const field = login.getByLabel("Token for Kiali");
    await field.focus();
    await page.keyboard.type("a-token-of-nobody-in-here");
    await page.keyboard.press("Enter");
    const asked = page.getByRole("dialog", { name: "This is a real cluster" });
    await expect(asked).toContainText("Sign in to this cluster's Kiali");
    await page.keyboard.press("Escape");
    await expect(asked).toBeHidden();
    await expect(login.getByRole("alert")).toContainText("Nothing was done");
    await expect(field).toBeFocused();
    await page.keyboard.type("a-token-of-nobody-in-here");
    await page.keyboard.press("Enter");
    await asked.getByRole("button", { name: "Do it on this cluster" }).press("Enter");
    await expect(login.getByRole("alert")).toContainText("It was not kept.");
    await expect(field).toHaveValue("");
    await expect(dashboard.source("kiali")).not.toHaveAttribute("data-state", "ok");

    await field.fill(TOKEN);
    await page.keyboard.press("Enter");
    await expect(dashboard.source("kiali")).toHaveAttribute("data-state", "ok", { timeout: 30_000 });
    await expect(login).toHaveCount(0);
    const kept = await page.evaluate(() => JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }]));
    for (const secret of [TOKEN, "a-token-of-nobody-in-here"]) for (const place of [kept, own.app.log()]) expect(place).not.toContain(secret);

    await expect(dashboard.source("prometheus")).toHaveCount(0);
    own.kiali.prometheus = "down";
    await expect(dashboard.source("prometheus")).toHaveAttribute("data-state", /stale|down/, { timeout: 30_000 });
    await expect(dashboard.source("prometheus")).toContainText("Prometheus");
    await expect(dashboard.source("kiali")).toHaveAttribute("data-state", "ok");
    own.kiali.prometheus = "up";
    await expect(dashboard.source("prometheus")).toHaveCount(0, { timeout: 30_000 });
  },
);
