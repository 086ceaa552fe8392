import { parse } from "yaml";
import { EDGES } from "./dashboard";
import { toPolicyPath } from "./kubernetes-api";
import { type Padlock, startPadlock } from "./padlock";
import { findProgram, run } from "./shell";
import { expect, test } from "./test";

/** A lab that nobody has used: the story begins at its start. */
const story = test.extend<object, { own: Padlock }>({
  own: [
    async ({ browserName: _ }, use) => {
      const padlock = await startPadlock(4700);
      await use(padlock);
      await padlock.end();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: ({ own }, use) => use(own.url),
  lab: ({ own }, use) => use(own.lab),
});

story("the lab's whole story, in order, without a terminal", async ({ dashboard, kubernetes, lab, padlock, page }) => {
  story.setTimeout(90_000);
  await dashboard.open("?view=table");

  await story.step("PERMISSIVE is in force, and its YAML is what kubectl prints", async () => {
    await expect(dashboard.posture).toHaveAttribute("data-mode", "PERMISSIVE");
    await expect(page.locator("[data-decides=mesh]")).toContainText("istio-system/default");
    await expect(page.locator("[data-target=lab]")).toHaveText("embedded lab");
    await dashboard.button("YAML").click();
    const shown = (await page.locator("[data-yaml='istio-system/default']").textContent()) ?? "";
    const stored = (await kubernetes.must("GET", toPolicyPath("default", "istio-system"))) as { metadata: { managedFields?: unknown } };
    delete stored.metadata.managedFields;
    expect(parse(shown)).toEqual(stored);
    const kubectl = findProgram("kubectl");
    if (kubectl !== null) {
      const printed = await run(kubectl, ["--kubeconfig", `${lab}/kubeconfig`, "get", "peerauthentication", "default", "-n", "istio-system", "-o", "yaml"]);
      expect(shown.trim()).toBe(printed.stdout.trim());
    }
    await dashboard.button("YAML").click();
  });

  // Padlock proves the gateway's address by one whole call; Kiali may have seen it by now.
  await story.step("nobody in a pod has called, so nothing is claimed of those callers", async () => {
    await expect(dashboard.posture).toHaveAttribute("data-posture", /^(not-measured|mutual-tls)$/);
    await expect(page.locator("[data-edge*='/sleep →']:not([data-lock=not-measured])")).toHaveCount(0);
  });

  await story.step("ten calls: each shows its path when it returns, and three hops are mutual TLS within 5 s", async () => {
    await dashboard.button("Send 10 calls").click();
    await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });
    const ended = Date.now();
    await expect(page.locator("[data-cell=served]")).toHaveCount(10);
    await expect(dashboard.run).toContainText("web-api → recommendation → purchase-history-v1");
    for (const name of [EDGES.gatewayToWebApi, EDGES.webApiToRecommendation, EDGES.recommendationToHistory]) {
      await expect(dashboard.edge(name)).toHaveAttribute("data-lock", "mutual-tls", { timeout: Math.max(1, ended + 5000 - Date.now()) });
    }
    await expect(dashboard.edge(EDGES.userToGateway)).toHaveAttribute("data-lock", "one-way-tls");
    await expect(dashboard.posture).toHaveAttribute("data-posture", "mutual-tls");
  });

  await story.step("a caller without sidecar is served in plaintext: an open lock", async () => {
    await dashboard.button("Try a call no sidecar").click();
    await expect(dashboard.probe("without-sidecar")).toHaveAttribute("data-outcome", "served");
    await expect(dashboard.probe("without-sidecar")).toHaveAttribute("data-encryption", "plaintext");
    await expect(dashboard.edge(EDGES.withoutSidecarToWebApi)).toHaveAttribute("data-lock", "plaintext");
  });

  await story.step("STRICT: requested, stored, enforcing and enforced, each by its own source", async () => {
    await dashboard.button("STRICT").click();
    await expect(page.locator("[data-change=STRICT]")).toBeVisible();
    for (const step of ["requested", "stored", "enforcing", "enforced"] as const) await expect(dashboard.step(step)).toHaveAttribute("data-lit", "true");
    await expect(dashboard.step("enforced")).toContainText("3 of 3");
    await expect(dashboard.posture).toHaveAttribute("data-mode", "STRICT");
    const { status, body } = await kubernetes.ask("GET", toPolicyPath("default"));
    expect([status, (body as { spec: object }).spec]).toEqual([200, { mtls: { mode: "STRICT" } }]);
  });

  await story.step("the same call is refused: counted, and no error, for nobody answered", async () => {
    await dashboard.button("Try a call no sidecar").click();
    const row = dashboard.probe("without-sidecar");
    await expect(row).toHaveAttribute("data-outcome", "refused");
    await expect(row).toContainText("connection reset by peer · curl exit 56");
    const edge = dashboard.edge(EDGES.withoutSidecarToWebApi);
    await expect(edge).toHaveAttribute("data-lock", "refused");
    await expect(edge).toHaveAttribute("data-refused", "1");
    const { totals } = (await padlock.readState()).calls;
    expect(totals["without-sidecar"]).toEqual({ served: 1, failed: 0, refused: 1, unreachable: 0 });
  });

  await story.step("a caller with sidecar is served over mutual TLS, as the server's proxy wrote; the gateway still works", async () => {
    await dashboard.button("Try a call with sidecar").click();
    const row = dashboard.probe("with-sidecar");
    await expect(row).toHaveAttribute("data-outcome", "served");
    await expect(row).toHaveAttribute("data-encryption", "mutual-tls");
    await row.getByRole("button", { name: /^Why/ }).click();
    await expect(row.locator("[data-log-line]")).toContainText("outbound_.8080_._.web-api.istioinaction.svc.cluster.local");
    await row.getByRole("button", { name: /^Why/ }).click();
    await dashboard.button("Send 10 calls").click();
    await expect(dashboard.run).toHaveAttribute("data-run-end", "finished", { timeout: 15_000 });
    await expect(page.locator("[data-cell=served]")).toHaveCount(10);
  });

  await story.step("why: the caller's containers, the object that decides, the proxy's own log line", async () => {
    const row = dashboard.probe("without-sidecar");
    await row.getByRole("button", { name: /^Why/ }).click();
    await expect(row).toContainText("no istio-proxy container");
    await expect(row).toContainText("STRICT, by istioinaction/default");
    await expect(row.locator("[data-log-line]")).toContainText("filter_chain_not_found");
    await row.getByRole("button", { name: /^Why/ }).click();
  });

  await story.step("the picture shows the same", async () => {
    await dashboard.button("graph").click();
    const stage = page.locator("[data-graph-stage][data-ready=true]");
    await expect(stage).toHaveAttribute("data-nodes", "7");
    await expect(
      stage
        .locator("[data-outline]")
        .filter({ hasText: /refused/i })
        .first(),
    ).toBeAttached();
    // Its dots fly.
    await expect(stage).toHaveAttribute("data-animating", "true");
  });

  await story.step("reset lists what it does and whose it is, asks once, and proves the start", async () => {
    await dashboard.button("Reset the lab").click();
    const dialog = page.getByRole("dialog", { name: "Reset istioinaction to the start" });
    await expect(dialog.locator("[data-reset-plan]")).toContainText("PeerAuthentication istioinaction/default (STRICT) · written by padlock");
    await dialog.getByRole("button", { name: "Reset", exact: true }).click();
    await expect(dialog.locator("[data-reset=ok]")).toContainText("plaintext is answered by 3 of 3 workloads");
    await expect(dialog.locator("[data-reset=ok]")).toContainText("the API server holds the start's policies");
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(dashboard.posture).toHaveAttribute("data-mode", "PERMISSIVE");
    await expect(dashboard.probe("without-sidecar")).toHaveAttribute("data-outcome", "none");
    expect((await kubernetes.ask("GET", toPolicyPath("default"))).status).toBe(404);
    const { totals } = (await padlock.readState()).calls;
    for (const counts of Object.values(totals)) expect(counts).toEqual({ served: 0, failed: 0, refused: 0, unreachable: 0 });
  });
});
