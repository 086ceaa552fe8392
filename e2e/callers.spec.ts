import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findFaults } from "./find-faults";
import { type KubernetesApi, NAMESPACE } from "./kubernetes-api";
import { SCENARIO, startApp, startLab } from "./processes";
import { expect, test } from "./test";

/** The lab without its caller that has no sidecar. */
const own = test.extend<object, { place: { url: string; labFolder: string } }>({
  place: [
    async ({ browserName: _ }, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), "padlock-callers-"));
      const scenario = path.join(folder, "scenario.yaml");
      const manifests = (await readFile(SCENARIO, "utf8")).split("\n---\n");
      await writeFile(scenario, manifests.filter((manifest) => !/^metadata: \{ name: sleep, namespace: default/m.test(manifest)).join("\n---\n"));
      const lab = await startLab(folder, scenario);
      const app = await startApp(lab.ready, 4740);
      await use({ url: app.ready.url, labFolder: path.join(folder, ".lab") });
      await app.end();
      await lab.end();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 90_000 },
  ],
  baseURL: ({ place }, use) => use(place.url),
  lab: ({ place }, use) => use(place.labFolder),
  // A reset is proven by the caller that is missing here.
  start: ({ browserName: _ }, use) => use(undefined),
});

const createPod = (kubernetes: KubernetesApi, name: string) =>
  kubernetes.must("POST", "/api/v1/namespaces/default/pods", {
    type: "application/json",
    body: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { containers: [{ name: "curl", image: "curlimages/curl:8.12.1", command: ["sleep", "3600"] }] },
    },
  });

own("where nobody can call a pod is offered, made when a person agrees, called from, and taken away", async ({ dashboard, kubernetes, page }) => {
  await dashboard.open();
  const row = dashboard.probe("without-sidecar");
  const offer = row.getByRole("button", { name: "Start a probe pod" });
  const dialog = page.getByRole("dialog", { name: "A probe pod without a sidecar" });
  await expect(row.getByRole("button", { name: /^Try/ })).toBeDisabled();
  await offer.click();
  await expect(dialog).toContainText("Creates pod padlock-without-sidecar in istioinaction");
  expect(await findFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(offer).toBeFocused();
  const place = `/api/v1/namespaces/${NAMESPACE}/pods/padlock-without-sidecar`;
  expect((await kubernetes.ask("GET", place)).status).toBe(404);

  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Create the pod" }).click();
  await expect(dialog).toBeHidden();
  const pod = page.locator(`[data-probe-pod="${NAMESPACE}/padlock-without-sidecar"]`);
  await expect(pod).toHaveAttribute("data-state", "ready");
  await expect(offer).toHaveCount(0);
  await row.getByRole("button", { name: /^Try/ }).click();
  await expect(row).toHaveAttribute("data-outcome", "served");
  await expect(row).toContainText("padlock-without-sidecar");

  await pod.getByRole("button", { name: "Remove pod padlock-without-sidecar", exact: true }).click();
  await expect(pod).toHaveCount(0);
  await expect.poll(async () => (await kubernetes.ask("GET", place)).status).toBe(404);
  await expect(offer).toBeVisible();
});

own("a person chooses who calls; result and command are of that pod, and another is taken when it goes", async ({ dashboard, kubernetes }) => {
  for (const name of ["a-client", "another-client"]) await createPod(kubernetes, name);
  await dashboard.open();
  const row = dashboard.probe("without-sidecar");
  const command = row.locator("[data-command*=' exec ']");
  await row.getByRole("button", { name: /^Choose who calls/ }).click();
  await expect(command).toHaveAttribute("data-command", / pod\/a-client /);
  await row.getByLabel("calls from").selectOption({ label: "another-client in default" });
  await expect(command).toHaveAttribute("data-command", / pod\/another-client /);
  await row.getByRole("button", { name: /^Try/ }).click();
  await expect(row).toHaveAttribute("data-outcome", "served");
  await expect(row).toContainText("another-client in default, no sidecar");

  await kubernetes.must("DELETE", "/api/v1/namespaces/default/pods/another-client");
  await expect(command).toHaveAttribute("data-command", / pod\/a-client /);
  await expect(row).toContainText("next from a-client in default");
});
