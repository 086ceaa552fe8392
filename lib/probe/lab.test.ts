import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import { createDiscovery } from "@/lib/kubernetes/discovery";
import { RESOURCES, toPath } from "@/lib/kubernetes/paths";
import { type Pod, toPod, toWorkloads } from "@/lib/kubernetes/pod-objects";
import { createPolicyWriter, type PolicyVersion, type PolicyWriter } from "@/lib/kubernetes/policies";
import { type Lab, startLab } from "@/lib/lab/lab";
import type { Call } from "@/lib/mesh/calls";
import type { Workload } from "@/lib/mesh/objects";
import { checkEnforcement, type Enforcement, type EnforcementTarget } from "./enforcement";
import { findCallers, type PodCaller } from "./find-callers";
import { probe } from "./probe";

/** The acts of the story on the embedded lab, with real sockets: served in plaintext, STRICT, refused, served with a sidecar, and back. */
const URL_IN_MESH = "http://web-api.istioinaction:8080/";
const POLICY = { namespace: "istioinaction", name: "default" };

let directory: string;
let lab: Lab;
let connection: KubernetesConnection;
let writer: PolicyWriter;
let workloads: Workload[];
let target: Workload;
let withSidecar: PodCaller;
let withoutSidecar: PodCaller;
let stored: PolicyVersion | null = null;
let id = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "padlock-probe-"));
  lab = await startLab({ directory, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  connection = await connectKubernetes({ kubeconfigPath: lab.kubeconfig });
  writer = createPolicyWriter(connection, createDiscovery(connection));
  const answer = await connection.request({ path: toPath({ ...RESOURCES.pods, version: "v1" }), maxBytes: 8_000_000 });
  workloads = toWorkloads((answer as { items: unknown[] }).items.map(toPod).filter((pod): pod is Pod => pod !== null));
  const found = findCallers(workloads, "istioinaction", "istioinaction/web-api");
  const webApi = workloads.find(({ name }) => name === "web-api");
  if (!found.withSidecar.caller || !found.withoutSidecar.caller || !webApi) throw new Error("the lab's callers or web-api are missing");
  [withSidecar, withoutSidecar, target] = [found.withSidecar.caller, found.withoutSidecar.caller, webApi];
});
afterAll(async () => {
  await connection?.close();
  await lab?.close();
  await rm(directory, { recursive: true, force: true });
});

const call = (caller: PodCaller, more: Partial<Parameters<typeof probe>[0]> = {}) => probe({ connection, caller, target, url: URL_IN_MESH, id: ++id, ...more });

async function setMode(mode: "STRICT" | "PERMISSIVE"): Promise<Enforcement> {
  stored = await writer.applyMode({ ...POLICY, mode, expected: stored });
  return checkEnforcement({ connection, caller: withoutSidecar, targets: targets(mode) });
}

const targets = (expects: "STRICT" | "PERMISSIVE"): EnforcementTarget[] =>
  workloads
    .filter(({ namespace, sidecar, ports }) => namespace === "istioinaction" && sidecar === "sidecar" && ports.length > 0)
    .map((workload) => ({ workload, port: workload.ports[0] ?? 0, expects }));

const path = (made: Call) => made.path.map(({ name, code }) => `${name} ${code}`);
const CHAIN = ["web-api 200", "recommendation 200", "purchase-history-v1 200"];

test("PERMISSIVE: plaintext is served and the proxy's own log says it was plaintext", async () => {
  const made = await call(withoutSidecar);
  expect(made).toMatchObject({
    caller: "without-sidecar",
    callerName: "default/sleep",
    target: "istioinaction/web-api",
    outcome: "served",
    httpCode: 200,
    curlExit: 0,
    encryption: "plaintext",
    newConnection: true,
  });
  expect(made.evidence).toEqual([expect.objectContaining({ mark: "first-hand", source: "web-api's proxy log" })]);
  expect(made.logLine).toContain(" 200 ");
  expect(path(made)).toEqual(CHAIN);
  expect(made.latencyMs).toBeGreaterThan(0);
});

test("PERMISSIVE: a caller with sidecar is served over mutual TLS already, seen in the server's log", async () => {
  const made = await call(withSidecar);
  expect(made).toMatchObject({ outcome: "served", encryption: "mutual-tls" });
  expect(made.logLine).toContain("outbound_.8080_._.web-api.istioinaction.svc.cluster.local");
  expect(path(made)).toEqual(CHAIN);
});

test("without the log nothing is claimed of a caller with sidecar: a 200 proves nothing", async () => {
  const made = await call(withSidecar, { readLog: false });
  expect(made).toMatchObject({ outcome: "served", encryption: "not-measured", evidence: [], logLine: null });
});

test("a server without a sidecar has no log to look in", async () => {
  const naked = workloads.find(({ namespace, name }) => namespace === "default" && name === "sleep");
  if (!naked) throw new Error("no sleep in default");
  const made = await call(withSidecar, { target: naked, url: "http://sleep.default:80/" });
  expect(made.logLine).toBeNull();
  expect(made.outcome).not.toBe("served");
});

test("STRICT is seen at every workload within a second, and the checks are told apart from traffic", async () => {
  const startedAt = Date.now();
  const enforcement = await setMode("STRICT");
  expect(enforcement).toMatchObject({ enforced: 3, unverified: null });
  expect(enforcement.workloads.map(({ workload, says }) => [workload, says])).toEqual([
    ["istioinaction/purchase-history-v1", "new plaintext connections are refused (port 8080)"],
    ["istioinaction/recommendation", "new plaintext connections are refused (port 8080)"],
    ["istioinaction/web-api", "new plaintext connections are refused (port 8081)"],
  ]);
  expect((enforcement.enforcedAt ?? Number.POSITIVE_INFINITY) - startedAt).toBeLessThan(1000);
  // The first round comes before the proxies know, and is answered; it is recorded as our own.
  expect(enforcement.checks.length).toBeGreaterThanOrEqual(3);
  expect(new Set(enforcement.checks.map(({ caller }) => caller))).toEqual(new Set(["default/sleep"]));
  expect(enforcement.checks.filter(({ outcome }) => outcome === "refused")).toHaveLength(3);
});

test("STRICT: the same plaintext call is refused, with the proxy's line for this very connection", async () => {
  const made = await call(withoutSidecar);
  expect(made).toMatchObject({
    outcome: "refused",
    httpCode: null,
    curlExit: 56,
    message: "curl: (56) Recv failure: Connection reset by peer",
    encryption: "not-measured",
    path: [],
  });
  expect(made.logLine).toMatch(/ 0 NR filter_chain_not_found /);
});

test("STRICT: the caller with sidecar is still served over mutual TLS", async () => {
  expect(await call(withSidecar)).toMatchObject({ outcome: "served", encryption: "mutual-tls" });
});

test("the answer is told before its evidence has been looked for", async () => {
  let early: Call | null = null;
  const made = await call(withSidecar, {
    onAnswer: (answer) => {
      early = answer;
    },
  });
  expect(early).toMatchObject({ id: made.id, outcome: "served", encryption: "not-measured" });
  expect(made.encryption).toBe("mutual-tls");
});

test("nobody there is no refusal", async () => {
  expect(await call(withoutSidecar, { url: "http://no-such-service.istioinaction:8080/" })).toMatchObject({
    outcome: "unreachable",
    curlExit: 6,
    logLine: null,
  });
  expect(await call(withoutSidecar, { url: "http://sleep.default:80/" })).toMatchObject({ outcome: "unreachable", curlExit: 7 });
});

test("PERMISSIVE again is seen at every workload", async () => {
  const rounds: number[] = [];
  stored = await writer.applyMode({ ...POLICY, mode: "PERMISSIVE", expected: stored });
  const enforcement = await checkEnforcement({
    connection,
    caller: withoutSidecar,
    targets: targets("PERMISSIVE"),
    onProgress: ({ enforced }) => rounds.push(enforced),
  });
  expect(enforcement).toMatchObject({ enforced: 3, unverified: null });
  expect(rounds.at(-1)).toBe(3);
  expect(await call(withoutSidecar)).toMatchObject({ outcome: "served", encryption: "plaintext" });
});

test("a series that waits for what does not come can be stopped at once", async () => {
  const controller = new AbortController();
  const progress: Enforcement[] = [];
  const pending = checkEnforcement({
    connection,
    caller: withoutSidecar,
    targets: targets("STRICT"),
    signal: controller.signal,
    onProgress: (step) => progress.push(step),
  }).catch((error: unknown) => error);
  await vi.waitFor(() => expect(progress.length).toBeGreaterThanOrEqual(2), { timeout: 5000 });
  expect(progress.at(-1)?.workloads[0]?.says).toMatch(/^plaintext is still answered after \d checks$/);
  const stoppedAt = performance.now();
  controller.abort("enough");
  expect(await pending).toBe("enough");
  expect(performance.now() - stoppedAt).toBeLessThan(250);
});

test("a cancelled call is neither served nor refused", async () => {
  const controller = new AbortController();
  const pending = call(withoutSidecar, { url: "http://10.255.255.1:9/", signal: controller.signal });
  controller.abort("enough");
  expect(await pending).toMatchObject({ outcome: "cancelled", encryption: "not-measured" });
});

test("a caller that has gone is an error, not an outcome", async () => {
  await expect(call({ ...withoutSidecar, pod: "gone" })).rejects.toMatchObject({ name: "NotFoundError" });
  const enforcement = await checkEnforcement({ connection, caller: { ...withoutSidecar, pod: "gone" }, targets: targets("PERMISSIVE") });
  expect(enforcement).toMatchObject({ enforced: 0, enforcedAt: null, unverified: expect.stringContaining('pods "gone" not found') });
});

test("a workload that cannot be reached or has no ready pod is not called enforced", async () => {
  const asleep: EnforcementTarget = { workload: { ...target, pods: target.pods.map((pod) => ({ ...pod, ready: false })) }, port: 8081, expects: "PERMISSIVE" };
  const enforcement = await checkEnforcement({ connection, caller: withoutSidecar, targets: [asleep, ...targets("PERMISSIVE")] });
  expect(enforcement).toMatchObject({ enforced: 3, enforcedAt: null });
  expect(enforcement.workloads[0]?.says).toBe("not checked: no pod of it is ready");
  expect(await checkEnforcement({ connection, caller: withoutSidecar, targets: [] })).toMatchObject({
    enforcedAt: null,
    unverified: "there is no workload with a sidecar to check",
  });
});
