import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { EDGES } from "./dashboard";
import { type LabReady, type OwnProcess, startApp, startLab } from "./processes";
import { expect, test } from "./test";

interface Own {
  folder: string;
  lab: OwnProcess<LabReady>;
  app: OwnProcess<{ url: string }>;
}

/** Lab and app that can be taken away, each from the other and both from the page. */
const own = test.extend<object, { own: Own }>({
  own: [
    async ({ browserName: _ }, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), "padlock-sources-"));
      const lab = await startLab(folder);
      const processes: Own = { folder, lab, app: await startApp(lab.ready, 4720) };
      await use(processes);
      await processes.app.end();
      await processes.lab.end();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 90_000 },
  ],
  baseURL: ({ own }, use) => use(own.app.ready.url),
  lab: ({ own }, use) => use(path.join(own.folder, ".lab")),
});
// What is taken away the browser writes to its console by itself.
own.use({ expectedComplaints: /Failed to load resource|net::ERR_/ });

own(
  "a lab that dies leaves the page its last good data, with its age; one that comes back is live without a reload",
  async ({ dashboard, own: processes, padlock, page }) => {
    own.setTimeout(120_000);
    await dashboard.open();
    await padlock.startRun({ kind: "keep-sending", page: "e2e-sources", namespace: "istioinaction", rate: 2, seconds: 4 });
    await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });
    const stage = page.locator("[data-graph-stage]");
    await expect(stage).toHaveAttribute("data-animating", "true");

    await processes.lab.kill();
    const banner = page.locator("[data-stale-source]");
    await expect(banner).toBeVisible();
    await expect(dashboard.posture).toHaveAttribute("data-stale", "true");
    for (const source of ["kubernetes", "kiali"] as const) await expect(dashboard.source(source)).toHaveAttribute("data-state", /stale|down/);
    await expect(banner).toContainText(/for \d+ s/);
    // Its dots stop.
    await expect(stage).toHaveAttribute("data-animating", "false");
    const frames = await stage.getAttribute("data-frames");
    await page.keyboard.press("g");
    // The figures stay; what they were protected by nobody measures any more.
    const line = dashboard.edge(EDGES.gatewayToWebApi);
    await expect(line).not.toHaveAttribute("data-rate", "0");
    await expect(line).toHaveAttribute("data-lock", "not-measured");
    await expect(line).toContainText("Nobody measures the encryption now");
    await expect(dashboard.edge(EDGES.webApiToRecommendation)).toHaveAttribute("data-lock", "not-measured");
    await page.keyboard.press("g");
    expect(Number(await stage.getAttribute("data-frames"))).toBeLessThanOrEqual(Number(frames));
    // Controls say why they are out of use.
    await expect(dashboard.button("STRICT")).toBeDisabled();
    await expect(page.getByRole("region", { name: "1 · Policy" }).locator("[data-notice=problem]")).toContainText("Waits for the Kubernetes API");
    for (const caller of ["without-sidecar", "with-sidecar"] as const)
      await expect(dashboard.probe(caller).getByRole("button", { name: /^Try/ })).toBeDisabled();

    processes.lab = await startLab(processes.folder);
    await expect(banner).toHaveCount(0, { timeout: 40_000 });
    for (const source of ["kubernetes", "kiali", "gateway"] as const)
      await expect(dashboard.source(source)).toHaveAttribute("data-state", "ok", { timeout: 20_000 });
    await dashboard.probe("without-sidecar").getByRole("button", { name: /^Try/ }).click();
    await expect(dashboard.probe("without-sidecar")).toHaveAttribute("data-outcome", "served");
    await dashboard.button("Send 10 calls").click();
    await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });
    await expect(page.locator("[data-cell=served]")).toHaveCount(10);
  },
);

own("Padlock's own server gone: the page says so at once, keeps what it knew, and comes back by itself", async ({ dashboard, own: processes, page }) => {
  own.setTimeout(90_000);
  await dashboard.open("?view=table");
  await expect(dashboard.posture).toHaveAttribute("data-mode", "PERMISSIVE");
  await processes.app.kill();
  await expect(page.locator("[data-stale-source=server]")).toBeVisible();
  await expect(dashboard.posture).toHaveAttribute("data-stale", "true");
  await expect(dashboard.button("STRICT")).toBeDisabled();
  await expect(dashboard.button("Reset the lab")).toBeDisabled();
  await expect(dashboard.button(/^Send/)).toBeDisabled();

  processes.app = await startApp(processes.lab.ready, 4720);
  await expect(page.locator("[data-stale-source]")).toHaveCount(0, { timeout: 40_000 });
  await dashboard.button("STRICT").click();
  await expect(page.locator("[data-position=STRICT]")).toBeVisible();
});
