import { ROUTES } from "@/lib/api/routes";
import type { LiveState } from "@/lib/api/state";
import type { Dashboard } from "../dashboard";
import { NAMESPACE } from "../kubernetes-api";
import type { PadlockApi } from "../padlock-api";
import { expect } from "../test";

/** The lab after ten calls through the gateway and one of each pod, when Kiali has seen them: what the literal states are made of. */
export async function readUsedLab(padlock: PadlockApi, dashboard: Dashboard): Promise<LiveState> {
  // Kiali is asked while somebody looks.
  await dashboard.open();
  await expect.poll(async () => (await padlock.readState()).sources.gateway.state, { timeout: 20_000 }).toBe("ok");
  await padlock.startRun({ kind: "calls", page: "gallery-1", count: 10, rate: 10, connection: "new" });
  for (const caller of ["with-sidecar", "without-sidecar"]) await padlock.post(ROUTES.probes, { namespace: NAMESPACE, caller });
  await expect
    .poll(async () => (await padlock.readState()).graph.edges.filter(({ lock }) => lock.state === "mutual-tls").length, { timeout: 30_000 })
    .toBeGreaterThanOrEqual(3);
  await expect.poll(async () => (await padlock.readState()).run.current, { timeout: 20_000 }).toBeNull();
  const state = await padlock.readState();
  await dashboard.page.goto("about:blank");
  return state;
}
