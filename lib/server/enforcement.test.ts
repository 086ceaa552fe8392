import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CONFIG, policy, workload } from "@/lib/mesh/testdata/objects";
import { createEnforcementCheck } from "./enforcement";
import type { EnforcementReport } from "./policy-changes";

/** Two workloads behind real listeners: each answers plaintext or resets it, as its proxy was last told. */
const told: Record<"web" | "pay", "PERMISSIVE" | "STRICT"> = { web: "PERMISSIVE", pay: "PERMISSIVE" };
let servers: Server[];
let objects: Parameters<typeof createEnforcementCheck>[0]["cluster"]["objects"];
let caller: "padlock" | null;

beforeEach(async () => {
  servers = await Promise.all((["web", "pay"] as const).map(listen));
  const workloads = (["web", "pay"] as const).map((name, index) =>
    workload({
      namespace: "shop",
      name,
      ports: [toPort(servers[index])],
      pods: [{ name: `${name}-0`, ip: "127.0.0.1", ready: true }],
    }),
  );
  const policies = [policy({ namespace: "shop", name: "default", mode: "STRICT" })];
  const plane = { revision: "default", namespace: "istio-system", pods: 1, ready: 0, config: CONFIG };
  objects = { workloads, policies, config: CONFIG, configs: new Map(), controlPlanes: [plane] } as unknown as typeof objects;
  Object.assign(told, { web: "PERMISSIVE", pay: "PERMISSIVE" });
  caller = "padlock";
});
afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
});

function toPort(server: Server | undefined): number {
  return (server?.address() as AddressInfo | undefined)?.port ?? 0;
}

function listen(name: "web" | "pay"): Promise<Server> {
  const server = createServer((_, response) => response.end());
  server.on("connection", (socket) => told[name] === "STRICT" && socket.resetAndDestroy());
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const withoutSidecar = () =>
  caller === null
    ? { caller: null, missing: "There is no pod without sidecar." }
    : {
        caller: { by: "padlock", namespace: "default", workload: "default/padlock", pod: "padlock", container: "padlock", kind: "without-sidecar" },
        missing: null,
      };
const follow = (reports: EnforcementReport[], signal = new AbortController().signal) =>
  createEnforcementCheck(
    { cluster: { objects, connection: null as never }, probes: { findChecker: () => withoutSidecar() as never } },
    { times: [0, 5, 10, 15, 20, 25, 30], againEvery: 20 },
  ).follow("shop", signal, (report) => reports.push(report));

test("proxies that are told late are seen late: nothing is given up, and what was seen stays seen", async () => {
  told.web = "STRICT";
  const reports: EnforcementReport[] = [];
  const followed = follow(reports);
  await vi.waitFor(() => expect(reports.at(-1)?.checks).toBeGreaterThan(8));
  const late = reports.at(-1);
  expect(late?.workloads.map(({ workload: name, at }) => [name, at !== null]).sort()).toEqual([
    ["shop/pay", false],
    ["shop/web", true],
  ]);
  expect(late?.workloads.find(({ at }) => at === null)?.says).toMatch(/^plaintext is still answered after \d+ checks$/);
  const seenAt = late?.workloads.find(({ at }) => at !== null)?.at;
  // A mesh at work needs a moment: only after that does the page say more than the steps do.
  expect(reports.find(({ unverified }) => unverified !== null)?.checks).toBe(7);
  expect(late?.unverified).toBe(
    "Stored, but not seen at 1 of 2 workloads. istiod tells the proxies, and its only pod in istio-system is not ready. Look with kubectl get pods -n istio-system -l app=istiod.",
  );
  told.pay = "STRICT";
  const last = await followed;
  expect(last.unverified).toBeNull();
  expect(last.workloads.every(({ at }) => at !== null)).toBe(true);
  expect(last.workloads.find(({ workload: name }) => name === "shop/web")?.at).toBe(seenAt);
});

test("a caller that comes later checks what could not be checked before", async () => {
  caller = null;
  Object.assign(told, { web: "STRICT", pay: "STRICT" });
  const reports: EnforcementReport[] = [];
  const followed = follow(reports);
  await vi.waitFor(() => expect(reports.length).toBeGreaterThan(1));
  expect(reports.at(-1)).toMatchObject({ workloads: [], unverified: "Stored, not verified: There is no pod without sidecar." });
  caller = "padlock";
  expect(await followed).toMatchObject({ unverified: null, workloads: [{ at: expect.any(Number) }, { at: expect.any(Number) }] });
});

test("who does not answer at all is no sign of an istiod that is away", async () => {
  for (const server of servers) server.close();
  const controller = new AbortController();
  const reports: EnforcementReport[] = [];
  const followed = follow(reports, controller.signal);
  await vi.waitFor(() => expect(reports.at(-1)?.checks).toBeGreaterThan(7));
  expect(reports.at(-1)?.unverified).toBe("Stored, but not seen at 2 of 2 workloads.");
  controller.abort(new Error("a newer change"));
  await expect(followed).rejects.toThrow("a newer change");
});
