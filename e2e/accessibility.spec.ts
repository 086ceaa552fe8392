import type { Locator, Page } from "@playwright/test";
import { EDGES } from "./dashboard";
import { findFaults } from "./find-faults";
import { expect, test } from "./test";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test(`axe finds nothing on the page, its table, its projector and its dialogs, ${colorScheme}`, async ({ dashboard, page }) => {
      test.setTimeout(90_000);
      await dashboard.open();
      expect(await findFaults(page)).toEqual([]);

      // With everything on it that a class meets: served, refused, why, YAML, a change, a run.
      await dashboard.button("Send 10 calls").click();
      await dashboard.button("STRICT").click();
      await expect(dashboard.step("enforced")).toHaveAttribute("data-lit", "true");
      for (const caller of ["without-sidecar", "with-sidecar"] as const) {
        await dashboard.probe(caller).getByRole("button", { name: /^Try/ }).click();
        await expect(dashboard.probe(caller)).not.toHaveAttribute("data-outcome", "none");
        await dashboard.probe(caller).getByRole("button", { name: /^Why/ }).click();
      }
      await dashboard.button("YAML").click();
      expect(await findFaults(page)).toEqual([]);

      await page.keyboard.press("g");
      await dashboard.edge(EDGES.withoutSidecarToWebApi).getByRole("button").first().click();
      expect(await findFaults(page)).toEqual([]);

      await page.locator("[data-target]").click();
      await expect(page.getByRole("dialog", { name: "What Padlock talks to" })).toBeVisible();
      expect(await findFaults(page)).toEqual([]);
      await page.keyboard.press("Escape");

      for (const { key, name } of [
        { key: "?", name: "Keys" },
        { key: "r", name: /^Reset/ },
      ]) {
        await page.keyboard.press(key);
        await expect(page.getByRole("dialog", { name })).toBeVisible();
        expect(await findFaults(page)).toEqual([]);
        await page.keyboard.press("Escape");
      }

      await page.keyboard.press("p");
      await expect(page.locator("[data-projector=on]")).toBeVisible();
      expect(await findFaults(page)).toEqual([]);
    });
  });
}

/** Presses Tab until something has the focus, as a person without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab does not lead to ${target}.`);
}

test("the whole story by Tab, Enter and Space alone", async ({ dashboard, page }) => {
  await dashboard.open("?view=table");
  await tabTo(page, dashboard.button("YAML"));
  await page.keyboard.press("Enter");
  await expect(page.locator("[data-yaml]").first()).toBeVisible();

  await tabTo(page, dashboard.button("Send 10 calls"));
  await page.keyboard.press("Enter");
  await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });

  await tabTo(page, dashboard.button("STRICT"));
  await page.keyboard.press("Space");
  await expect(dashboard.step("enforced")).toHaveAttribute("data-lit", "true");

  const row = dashboard.probe("without-sidecar");
  await tabTo(page, row.getByRole("button", { name: /^Try/ }));
  await page.keyboard.press("Enter");
  await expect(row).toHaveAttribute("data-outcome", "refused");
  // The button a person pressed keeps the focus though it was out of use meanwhile.
  await tabTo(page, row.getByRole("button", { name: /^Why/ }));
  await page.keyboard.press("Enter");
  await expect(row).toContainText("no istio-proxy container");

  const line = dashboard.edge(EDGES.withoutSidecarToWebApi).getByRole("button").first();
  await tabTo(page, line);
  await page.keyboard.press("Enter");
  await expect(line).toHaveAttribute("aria-pressed", "true");

  const reset = dashboard.button("Reset the lab");
  await tabTo(page, reset);
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^Reset/ });
  await expect(dialog.locator("[data-reset-plan]")).toBeVisible();
  await tabTo(page, dialog.getByRole("button", { name: "Reset", exact: true }));
  await page.keyboard.press("Enter");
  await expect(dialog.locator("[data-reset=ok]")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(reset).toBeFocused();
});

test("the demo by its keys on the projector, each step said in words", async ({ dashboard, page }) => {
  await dashboard.open();
  await page.keyboard.press("p");
  const caption = page.locator("[data-caption]");
  await expect(page.locator("[data-projector=on]")).toBeVisible();
  await page.keyboard.press("t");
  await expect(caption).toContainText(/STRICT is enforced/);
  await page.keyboard.press("u");
  await expect(caption).toContainText(/refused|turned away/i);
  await page.keyboard.press("l");
  await expect(caption).toContainText(/10 answered/, { timeout: 15_000 });
  await expect(page.locator("[data-posture][data-mode=STRICT]")).toBeVisible();
  await page.keyboard.press("r");
  await expect(page.getByRole("dialog", { name: /^Reset/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("p");
  await expect(page.locator("[data-projector]")).toHaveCount(0);
});

test("single keys can be silenced for people who speak to their machine", async ({ dashboard, page }) => {
  await dashboard.open();
  await page.keyboard.press("?");
  await page.getByRole("switch", { name: "Single keys act" }).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await expect(page.locator("[data-graph-stage]")).toBeVisible();
  await expect(page.locator("[data-projector], [data-table]")).toHaveCount(0);
});

test("with less motion wished for, nothing flies", async ({ dashboard, padlock, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await dashboard.open();
  await padlock.startRun({ kind: "calls", page: "e2e-motion", count: 5, rate: 10, connection: "new" });
  await expect(dashboard.run).toHaveAttribute("data-run-end", "finished");
  const stage = page.locator("[data-graph-stage][data-ready=true]");
  await expect.poll(async () => Number(await stage.getAttribute("data-edges"))).toBeGreaterThan(3);
  await expect(stage).not.toHaveAttribute("data-animating", "true");
});
