import { ROUTES } from "@/lib/api/routes";
import { toDashboard } from "./dashboard";
import { toPolicy, toPolicyPath } from "./kubernetes-api";
import { replayKubectl } from "./terminals";
import { expect, test } from "./test";

/** The browser's own line about a refused command; the page says why in words. */
const refusals = /^console: Failed to load resource: the server responded with a status of 409/;

test("one run at a time: a second one is refused with a sentence, and the first goes on", async ({ context, dashboard, padlock }) => {
  await dashboard.open();
  await dashboard.button("Keep sending").click();
  await expect(dashboard.run).toHaveAttribute("data-run-end", "running");
  const second = await padlock.post(ROUTES.runs, { kind: "calls", page: "e2e-second", count: 10, rate: 5, connection: "new" });
  expect(second).toMatchObject({ status: 409, body: { error: { code: "already-running", message: expect.stringMatching(/\w+.*\.$/) } } });

  const other = toDashboard(await context.newPage());
  await other.open();
  await expect(other.run).toHaveAttribute("data-run-end", "running");
  await expect(other.button("Send 10 calls")).toHaveCount(0);
  await other.button("Stop sending").click();
  await expect(dashboard.run).toHaveAttribute("data-run-end", "cancelled");
});

const good = { kind: "calls", page: "e2e-limits", count: 10, rate: 5, connection: "new" };
for (const wrong of [
  { rate: 0 },
  { rate: -1 },
  { rate: 201 },
  { rate: "200" },
  { rate: 1e9 },
  { rate: null },
  { count: 0 },
  { count: 60_001 },
  { count: 1.5 },
  { connections: 51 },
  { connection: "both" },
  { url: "http://169.254.169.254/" },
  { headers: { host: "elsewhere" } },
  { kind: "keep-sending", namespace: "istioinaction", rate: 1, seconds: 301 },
]) {
  test(`a run with ${JSON.stringify(wrong)} is refused, and nothing is sent`, async ({ padlock }) => {
    const { status, body } = await padlock.post(ROUTES.runs, { ...good, ...wrong });
    expect({ status, body }).toMatchObject({ status: 400, body: { error: { code: "bad-request", message: expect.stringMatching(/\.$/) } } });
    const { run, calls } = await padlock.readState();
    expect([run.current, calls.recent]).toEqual([null, []]);
  });
}

test.describe("a policy that changes between the look and the press", () => {
  test.use({ expectedComplaints: refusals });

  test("is not overwritten: the page says so and shows what is there now", async ({ dashboard, kubernetes, page }) => {
    await dashboard.open();
    await dashboard.button("STRICT").click();
    await expect(page.locator("[data-position=STRICT]")).toBeVisible();
    // The press is held back on its way, and the terminal is faster.
    await page.route(`**${ROUTES.switch}`, async (route) => {
      await replayKubectl(kubernetes).applyMode("DISABLE");
      await route.continue();
    });
    await dashboard.button("PERMISSIVE").click();
    await expect(page.locator("[data-notice=problem]")).toContainText(/DISABLE/);
    await expect(page.locator("[data-position=DISABLE]")).toBeVisible();
    expect(await kubernetes.must("GET", toPolicyPath("default"))).toMatchObject({ spec: { mtls: { mode: "DISABLE" } } });
  });

  test("a mode that a controller owns is named, and taken over only by a second act", async ({ dashboard, kubernetes, page }) => {
    await kubernetes.must("PATCH", `${toPolicyPath("default")}?fieldManager=argocd-controller`, {
      type: "application/apply-patch+yaml",
      body: toPolicy("PERMISSIVE"),
    });
    await dashboard.open();
    await expect(page.locator("[data-position=PERMISSIVE]")).toBeVisible();
    await dashboard.button("STRICT").click();
    await expect(page.locator("[data-notice=problem]")).toContainText("argocd-controller");
    expect(await kubernetes.must("GET", toPolicyPath("default"))).toMatchObject({ spec: { mtls: { mode: "PERMISSIVE" } } });

    await dashboard.button("Take it over from argocd-controller").click();
    await expect(page.locator("[data-position=STRICT]")).toBeVisible();
    await expect(page.locator("[data-notice=problem]")).toHaveCount(0);
    const { metadata } = (await kubernetes.must("GET", toPolicyPath("default"))) as { metadata: { managedFields: { manager: string }[] } };
    expect(metadata.managedFields.map(({ manager }) => manager)).toContain("padlock");
  });

  test("one that Argo CD keeps is told before the press, and needs a second act that names the application", async ({ dashboard, kubernetes, page }) => {
    const { metadata, ...policy } = toPolicy("PERMISSIVE");
    await kubernetes.must("PATCH", `${toPolicyPath("default")}?fieldManager=kubectl-client-side-apply`, {
      type: "application/apply-patch+yaml",
      body: { ...policy, metadata: { ...metadata, labels: { "argocd.argoproj.io/instance": "mesh" } } },
    });
    await dashboard.open();
    await expect(page.locator("[data-notice=hint]").filter({ hasText: "Argo CD application mesh" })).toContainText("A change asks twice.");
    await dashboard.button("STRICT").click();
    await expect(page.locator("[data-notice=problem]")).toContainText("it will likely put it back");
    expect(await kubernetes.must("GET", toPolicyPath("default"))).toMatchObject({ spec: { mtls: { mode: "PERMISSIVE" } } });
    await dashboard.button("Take it over from Argo CD application mesh").click();
    await expect(page.locator("[data-position=STRICT]")).toBeVisible();
  });
});

test("a mode that kubectl wrote is taken over in the same press", async ({ dashboard, kubernetes, page }) => {
  await replayKubectl(kubernetes).applyMode("PERMISSIVE");
  await dashboard.open();
  await expect(page.locator("[data-position=PERMISSIVE]")).toBeVisible();
  await dashboard.button("STRICT").click();
  await expect(page.locator("[data-position=STRICT]")).toBeVisible();
  await expect(page.locator("[data-notice=problem]")).toHaveCount(0);
});

test("inherit deletes the namespace's policy, and says before what will then decide", async ({ dashboard, kubernetes, page }) => {
  await dashboard.open();
  await dashboard.button("STRICT").click();
  await expect(page.locator("[data-position=STRICT]")).toBeVisible();
  await dashboard.button(/^inherit.*then PERMISSIVE from istio-system\/default decides$/).click();
  await expect(page.locator("[data-position=inherit]")).toBeVisible();
  await expect(page.locator("[data-decides=mesh]")).toBeVisible();
  expect((await kubernetes.ask("GET", toPolicyPath("default"))).status).toBe(404);
});
