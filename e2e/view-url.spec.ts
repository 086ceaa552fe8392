import { EDGES, toDashboard } from "./dashboard";
import { expect, test } from "./test";

test("a link restores what is looked at, and how", async ({ context, dashboard, padlock, page }) => {
  await padlock.startRun({ kind: "calls", page: "e2e-view-url", count: 5, rate: 10, connection: "new" });
  await dashboard.open();
  await dashboard.button("table").click();
  await page.getByRole("combobox", { name: "Window" }).selectOption("300");
  await dashboard.edge(EDGES.gatewayToWebApi).getByRole("button").first().click();
  await dashboard.button("graph").click();
  await page.getByRole("switch", { name: "Traffic animation" }).click();
  await page.getByRole("switch", { name: "Security" }).click();
  await expect(page.locator("[data-graph-stage][data-ready=true]")).toHaveAttribute("data-fitted", "true");
  await dashboard.button("Zoom in").click();
  await expect(page.locator("[data-graph-stage]")).toHaveAttribute("data-fitted", "false");
  await expect.poll(() => new URL(page.url()).searchParams.get("at")).toMatch(/^[\d.]+,-?\d+,-?\d+$/);

  const link = new URL(page.url());
  const other = toDashboard(await context.newPage());
  await other.open(link.search);
  await expect(other.page.locator("[data-graph-stage][data-ready=true]")).toHaveAttribute("data-fitted", "false");
  await expect(other.page.getByRole("combobox", { name: "Window" })).toHaveValue("300");
  await expect(other.page.getByRole("switch", { name: "Traffic animation" })).not.toBeChecked();
  await expect(other.page.getByRole("switch", { name: "Security" })).not.toBeChecked();
  await other.button("table").click();
  await expect(other.edge(EDGES.gatewayToWebApi).getByRole("button", { pressed: true })).toBeVisible();
  // The link itself is not bent by being opened.
  await other.button("graph").click();
  expect(new URL(other.page.url()).search).toBe(link.search);
});

test("Back goes to the view before, not to every zoom between", async ({ dashboard, page }) => {
  await dashboard.open();
  await page.keyboard.press("g");
  await expect(page.locator("[data-table]")).toBeVisible();
  await page.keyboard.press("p");
  await expect(page.locator("[data-projector=on]")).toBeVisible();
  await page.goBack();
  await expect(page.locator("[data-table]")).toBeVisible();
  await page.goBack();
  await expect(page.locator("[data-graph-stage]")).toBeVisible();
});

test("a mangled link opens the page", async ({ dashboard, page }) => {
  await dashboard.open("?namespace=..%2Fx&window=61&view=cake&mode=x&at=9,9&selected=nobody");
  await expect(dashboard.posture).toHaveAttribute("data-mode", "PERMISSIVE");
  await expect(page.locator("[data-graph-stage]")).toBeVisible();
});
