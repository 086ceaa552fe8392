import { EDGES } from "./dashboard";
import { expect, test } from "./test";

/** From the press until the last request may have left, ms. */
const STOPS_WITHIN = 250;

test("K, then T: two streams go on, the third is turned away in front of everybody, and K again ends all", async ({ dashboard, padlock, page }) => {
  await dashboard.open("?view=table");
  const streams = async () => {
    const { current, last } = (await padlock.readState()).run;
    return (current ?? last)?.byCaller ?? {};
  };
  await page.keyboard.press("k");
  await expect(dashboard.run).toHaveAttribute("data-run", "keep-sending");
  for (const caller of ["gateway", "with-sidecar", "without-sidecar"]) {
    await expect(page.locator(`[data-stream=${caller}]`)).toContainText(/[1-9]\d* served/);
  }

  await page.keyboard.press("t");
  await expect(page.locator("[data-change=STRICT] [data-step=enforced]")).toHaveAttribute("data-lit", "true");
  const atSwitch = await streams();
  await expect.poll(async () => (await streams())["without-sidecar"]?.refused ?? 0).toBeGreaterThan(3);
  const later = await streams();
  for (const caller of ["gateway", "with-sidecar"] as const) {
    expect(later[caller]?.served).toBeGreaterThan(atSwitch[caller]?.served ?? 0);
    expect(later[caller]).toMatchObject({ failed: 0, refused: 0, unreachable: 0 });
  }
  // New connections each: what was served was served before STRICT was enforced.
  expect(later["without-sidecar"]?.served).toBe(atSwitch["without-sidecar"]?.served);
  await expect(page.locator("[data-stream=without-sidecar]")).toContainText(/\d+ refused/);
  await expect(dashboard.edge(EDGES.withoutSidecarToWebApi)).toHaveAttribute("data-lock", "refused");
  await expect(dashboard.edge(EDGES.withSidecarToWebApi)).toHaveAttribute("data-lock", "mutual-tls");
  await expect(dashboard.edge(EDGES.gatewayToWebApi)).toHaveAttribute("data-lock", "mutual-tls");

  await page.keyboard.press("k");
  await expect(dashboard.run).toHaveAttribute("data-run-end", "cancelled");
  const ended = await streams();
  for (const { sent, served, failed, refused, unreachable } of Object.values(ended)) {
    // A call that was cut off by the stop has no outcome.
    expect(sent - served - failed - refused - unreachable).toBeLessThanOrEqual(1);
  }
  await expect(dashboard.edge(EDGES.withoutSidecarToWebApi)).toHaveAttribute("data-refused", String(ended["without-sidecar"]?.refused));

  expect((await padlock.readState()).calls.totals["without-sidecar"]).toMatchObject({ refused: ended["without-sidecar"]?.refused, failed: 0 });
});

test("a run of many calls is stopped within 250 ms, by the lab's own log, and says how it ended", async ({ dashboard, kubernetes, padlock, page }) => {
  await dashboard.open("?view=table");
  const delays: number[] = [];
  // Three times, because other programs of the machine may hold one of them up.
  while (delays.length < 3) {
    await padlock.startRun({ kind: "calls", page: "e2e-keep-sending", count: 5000, rate: 50, connection: "keep-alive" });
    await expect(page.getByRole("progressbar", { name: "Calls sent" })).toBeVisible();
    await expect.poll(async () => (await padlock.readState()).run.current?.byCaller.gateway?.served ?? 0).toBeGreaterThan(20);
    const pressedAt = await dashboard.button("Stop the calls").evaluate((button: HTMLElement) => {
      button.click();
      return Date.now();
    });
    await expect(dashboard.run).toHaveAttribute("data-run-end", "cancelled");
    await expect(dashboard.run).toContainText(/^Stopped · \d+ answered/);
    const { sent } = (await padlock.readState()).run.last ?? {};
    const requests = (await kubernetes.readProxyLog("web-api")).map((line) => Date.parse(/^\[([^\]]+)\]/.exec(line)?.[1] ?? ""));
    expect(requests.length).toBeGreaterThanOrEqual(Math.min(sent ?? 0, 500));
    delays.push(Math.max(...requests) - pressedAt);
  }
  expect(Math.min(...delays), `last requests after the press: ${delays.join(", ")} ms`).toBeLessThan(STOPS_WITHIN);
});
