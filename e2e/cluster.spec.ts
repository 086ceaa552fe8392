import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { toPolicyPath } from "./kubernetes-api";
import { type LabReady, type OwnProcess, startApp, startLab } from "./processes";
import { expect, test } from "./test";

interface Own {
  lab: OwnProcess<LabReady>;
  folder: string;
  app: OwnProcess<{ url: string }>;
  /** Starts again on the same port, on another context. */
  restart(context: string): Promise<void>;
}

const PORT = 4760;
const onCluster = (context: string) => ({ kind: "cluster", label: context, context });

/** The lab, chosen as any cluster is. */
const own = test.extend<object, { own: Own }>({
  own: [
    async ({ browserName: _ }, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), "padlock-cluster-"));
      const lab = await startLab(folder);
      const processes: Own = {
        lab,
        folder,
        app: await startApp(lab.ready, PORT, onCluster("padlock-lab")),
        async restart(context) {
          await processes.app.end();
          processes.app = await startApp(lab.ready, PORT, onCluster(context));
        },
      };
      await use(processes);
      await processes.app.end();
      await lab.end();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 90_000 },
  ],
  baseURL: ({ own }, use) => use(own.app.ready.url),
  lab: ({ own }, use) => use(path.join(own.folder, ".lab")),
  // A command without a confirmation is refused, and so is the reset that follows other specs.
  start: async ({ kubernetes }, use) => {
    await use(undefined);
    await kubernetes.ask("DELETE", toPolicyPath("default"));
  },
});

own("a real cluster is named on every screen, in another colour than the lab", async ({ dashboard, page }) => {
  await dashboard.open();
  const line = page.locator("[data-target-line]");
  for (const query of ["", "?view=table", "?mode=projector"]) {
    await dashboard.open(query);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await expect(line).toBeInViewport();
      await expect(line).toHaveText(/Cluster\s*padlock-lab\s*https:\/\/127\.\d+\.\d+\.\d+:6443\s*as padlock/);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await dashboard.open();
  await expect(page.locator("[data-target=cluster]")).toHaveText(/padlock-lab/);
});

own("the first change asks once, and names what it will do and where", async ({ dashboard, page, kubernetes }) => {
  await dashboard.open("?view=table");
  const dialog = page.getByRole("dialog", { name: "This is a real cluster" });
  await page.keyboard.press("t");
  await expect(dialog).toContainText("Set the policy of istioinaction to STRICT");
  await expect(dialog).toContainText(/padlock-lab.*https:\/\/127.*padlock/s);
  await dialog.getByRole("button", { name: "Leave it" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Nothing was done").first()).toBeVisible();
  expect((await kubernetes.ask("GET", toPolicyPath("default"))).status).toBe(404);

  await page.keyboard.press("t");
  await dialog.getByRole("button", { name: "Do it on this cluster" }).click();
  await expect(dashboard.posture).toHaveAttribute("data-mode", "STRICT");
  await expect(dialog).toBeHidden();
  await page.keyboard.press("t");
  await expect(dashboard.posture).toHaveAttribute("data-mode", "PERMISSIVE");
  await expect(dialog).toBeHidden();
});

own.describe("a server that talks to another cluster", () => {
  own.use({ expectedComplaints: /Failed to load resource|net::ERR_/ });
  own("is not acted on by a page that agreed to the one before", async ({ dashboard, page, own: processes, kubernetes }) => {
    // Padlock starts twice.
    own.setTimeout(120_000);
    await dashboard.open("?view=table");
    const dialog = page.getByRole("dialog", { name: "This is a real cluster" });
    await page.keyboard.press("t");
    await dialog.getByRole("button", { name: "Do it on this cluster" }).click();
    await expect(dashboard.posture).toHaveAttribute("data-mode", "STRICT");
    await processes.restart("padlock-lab-viewer");
    await expect(page.locator("[data-target-line]")).toHaveAttribute("data-target-line", "padlock-lab-viewer", { timeout: 30_000 });
    // By another page's knowledge, with what the first one agreed to.
    const { server } = (await (await fetch(`${processes.app.ready.url}/api/state?namespaces=istioinaction&window=60`)).json()).target;
    const body = JSON.stringify({ namespace: "istioinaction", caller: "with-sidecar" });
    const headers = { "content-type": "application/json", "confirmed-target": `padlock-lab@${server}` };
    const answer = await fetch(`${processes.app.ready.url}/api/probes`, { method: "POST", headers, body });
    expect(answer.status).toBe(409);
    expect((await answer.json()).error).toMatchObject({ code: "confirm-target", message: expect.stringContaining("meant for another cluster") });
    expect((await kubernetes.ask("GET", toPolicyPath("default"))).status).toBe(200);
    await processes.restart("padlock-lab");
  });
});
