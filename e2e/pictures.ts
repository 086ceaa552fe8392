import type { Page } from "@playwright/test";
import { toDashboard } from "./dashboard";
import { expect, test } from "./test";

/** The pictures of the documentation, from the lab's own story: `npm run pictures`. What they show has really happened. */
const LIMIT_BYTES = 200_000;

async function picture(page: Page, name: string): Promise<void> {
  // Dots have spread along their lines, and the pointer is out of the way.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(1500);
  const bytes = await page.screenshot({ path: `docs/${name}.png` });
  expect(bytes.length, `${name}.png is small enough for the repository`).toBeLessThanOrEqual(LIMIT_BYTES);
}

/** As it looks in another window or theme, with the same lab behind it. */
async function pictureOf(page: Page, name: string, options: { colorScheme: "light" | "dark"; width: number; height: number; query?: string }): Promise<void> {
  await page.emulateMedia({ colorScheme: options.colorScheme });
  await page.setViewportSize({ width: options.width, height: options.height });
  await toDashboard(page).open(options.query);
  await page.locator("[data-graph-stage][data-ready=true]").waitFor();
  await picture(page, name);
}

test("pictures of the story", async ({ dashboard, padlock, page }) => {
  test.setTimeout(120_000);
  await dashboard.open();
  const edgesOf = async (state: string) => (await padlock.readState()).graph.edges.filter(({ lock }) => lock.state === state).length;
  const tryCall = async (caller: "with-sidecar" | "without-sidecar", outcome: string) => {
    await dashboard.probe(caller).getByRole("button", { name: /^Try/ }).click();
    await expect(dashboard.probe(caller)).toHaveAttribute("data-outcome", outcome);
  };

  await dashboard.button("Send 10 calls").click();
  await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });
  await tryCall("with-sidecar", "served");
  await tryCall("without-sidecar", "served");
  await expect.poll(() => edgesOf("mutual-tls"), { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
  await expect.poll(() => edgesOf("plaintext")).toBe(1);
  await pictureOf(page, "permissive", { colorScheme: "light", width: 1440, height: 900 });
  await pictureOf(page, "projector-light", { colorScheme: "light", width: 1920, height: 1080, query: "?mode=projector" });

  await pictureOf(page, "permissive", { colorScheme: "light", width: 1440, height: 900 });
  await dashboard.button("STRICT").click();
  await expect(dashboard.step("enforced")).toHaveAttribute("data-lit", "true");
  for (let call = 0; call < 3; call++) await tryCall("without-sidecar", "refused");
  await dashboard.button("Send 10 calls").click();
  await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });
  await tryCall("with-sidecar", "served");
  // Last, because the projector's caption tells the last thing that happened.
  await tryCall("without-sidecar", "refused");
  await expect(dashboard.posture).toHaveAttribute("data-posture", "mutual-tls", { timeout: 90_000 });
  await pictureOf(page, "padlock", { colorScheme: "light", width: 1440, height: 900 });
  await pictureOf(page, "strict-dark", { colorScheme: "dark", width: 1440, height: 900 });
  await pictureOf(page, "projector", { colorScheme: "dark", width: 1920, height: 1080, query: "?mode=projector" });
  await pictureOf(page, "phone", { colorScheme: "light", width: 390, height: 844 });
});
