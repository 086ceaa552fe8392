import type { AddressInfo } from "node:net";
import { attack, serveElsewhere } from "./foreign-page";
import { NAMESPACE, toPolicy, toPolicyPath } from "./kubernetes-api";
import { expect, test } from "./test";

test.describe("B4, B5, B39: a page of another origin", () => {
  // Everything that is refused the browser writes to that page's console.
  test.use({ expectedComplaints: /^(console|policy): / });

  for (const host of ["127.0.0.1", "localhost"]) {
    test(`at ${host} gets nothing done and reads nothing`, async ({ baseURL, kubernetes, padlock, page }) => {
      const before = await padlock.readState();
      const server = await serveElsewhere();
      await page.goto(`http://${host}:${(server.address() as AddressInfo).port}/`);
      const seen = await attack(page, baseURL ?? "");
      for (const [attempt, result] of Object.entries(seen)) expect(result, attempt).toMatch(/^$|^refused/);
      // A refused frame has no document of Padlock's.
      const framed = await Promise.all(page.frames().map((frame) => frame.locator("[data-ready]").count()));
      expect(framed.every((count) => count === 0)).toBe(true);

      const after = await padlock.readState();
      expect({ calls: after.calls.recent, run: after.run, journal: after.journal, policies: after.mesh.policies }).toEqual({
        calls: before.calls.recent,
        run: before.run,
        journal: before.journal,
        policies: before.mesh.policies,
      });
      expect((await kubernetes.ask("GET", toPolicyPath("default"))).status).toBe(404);
      await new Promise((resolve) => server.close(resolve));
    });
  }
});

/** Legal in the place it is put, and made to break what does not treat it as text. */
const HOSTILE = {
  markup: `"><img src=x onerror=alert(1)><script>alert(2)</script>`,
  manager: `<img src=x onerror=alert(3)>`,
  template: `\${7*7} {{7*7}} javascript:alert(4)`,
  turning: "\u202Egnp.exe\u200B\u2066",
  tower: `z${"\u0301".repeat(1000)}`,
  long: "w".repeat(10_000),
};
const LONGEST_NAME = `constructor.${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(50)}`;

test.describe("B29, B30: hostile names and texts of objects", () => {
  // The refused press, as the browser itself writes it.
  test.use({ expectedComplaints: /^console: Failed to load resource: the server responded with a status of 409/ });

  test("are text on the page, and move nothing", async ({ dashboard, kubernetes, page }) => {
    const { metadata, ...policy } = toPolicy("STRICT", LONGEST_NAME);
    const annotations = { note: HOSTILE.markup, formula: HOSTILE.template, turning: HOSTILE.turning, tower: HOSTILE.tower, long: HOSTILE.long };
    await kubernetes.must("PATCH", `${toPolicyPath(LONGEST_NAME)}?fieldManager=${encodeURIComponent(HOSTILE.manager)}`, {
      type: "application/apply-patch+yaml",
      body: { ...policy, metadata: { ...metadata, annotations } },
    });
    await kubernetes.must("POST", `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/destinationrules`, {
      type: "application/json",
      body: {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "hasownproperty", namespace: NAMESPACE },
        spec: { host: HOSTILE.markup, trafficPolicy: { tls: { mode: "DISABLE" } } },
      },
    });
    await dashboard.open();
    await expect(page.locator("[data-position=STRICT]")).toBeVisible();
    await dashboard.button("YAML").click();
    const yaml = page.locator(`[data-yaml="${NAMESPACE}/${LONGEST_NAME}"]`);
    await expect(yaml).toContainText("<img src=x onerror=alert(1)>");
    await expect(yaml).toContainText("{{7*7}}");

    await dashboard.button("PERMISSIVE").click();
    await expect(page.locator("[data-notice=problem]")).toContainText(HOSTILE.manager);
    await dashboard.button("Reset the lab").click();
    const plan = page.locator("[data-reset-plan]");
    await expect(plan).toContainText(HOSTILE.markup);
    await expect(plan).toContainText(`written by ${HOSTILE.manager}`);
    await page.keyboard.press("Escape");

    for (const { width, height } of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await page.setViewportSize({ width, height });
      for (const view of ["graph", "table"]) {
        await dashboard.button(view).click();
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${view} at ${width}`).toBeLessThanOrEqual(width);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.keyboard.press("p");
    await expect(page.locator("[data-projector=on]")).toBeVisible();
    await page.keyboard.press("p");
    await expect(page.locator("img, [onerror]")).toHaveCount(0);
  });
});
