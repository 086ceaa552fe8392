import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { LiveState } from "@/lib/api/state";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import { type Lab, startLab } from "@/lib/lab/lab";
import type { ApiError } from "./api-error";
import { createRuntime } from "./create-runtime";
import type { Runtime } from "./runtime";
import { createOpenGate } from "./sign-in/gate";
import { createSessions } from "./sign-in/sessions";
import { toLabConfig } from "./testdata/lab-config";

/** The whole server on the embedded lab, by what handlers may do: real sockets on all sides, no browser. */

const NAMESPACE = "istioinaction";
const VIEW = { namespaces: [NAMESPACE], window: 60 };
const PAGE = "0123456789abcdef";
const POLICIES = "/apis/security.istio.io/v1/namespaces";

let folder: string;
let lab: Lab;
let runtime: Runtime;
let terminal: KubernetesConnection;

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  folder = await mkdtemp(path.join(tmpdir(), "padlock-runtime-"));
  lab = await startLab({ directory: folder, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  process.env["PADLOCK_CONFIG"] = toLabConfig(lab, { meshStart: "PERMISSIVE" });
  runtime = await createRuntime();
  terminal = await connectKubernetes({ kubeconfigPath: lab.kubeconfig });
  await until((state) => state.sources.kubernetes.state === "ok" && state.sources.gateway.state === "ok" && state.mesh.probeTarget !== null);
}, 60_000);
afterAll(async () => {
  await runtime.close();
  await terminal.close();
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  // What a test wrote last may still be on its way; the list is made of what the watch has told.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { digest } = await runtime.planReset(NAMESPACE);
  const { ok, proofs } = await runtime.reset({ namespace: NAMESPACE, plan: digest });
  expect(ok, JSON.stringify(proofs)).toBe(true);
});

async function until(holds: (state: LiveState) => boolean, timeout = 30_000): Promise<LiveState> {
  await vi.waitFor(() => expect(holds(runtime.readState(VIEW))).toBe(true), { timeout, interval: 25 });
  return runtime.readState(VIEW);
}

async function refusal(work: () => unknown): Promise<ApiError> {
  try {
    await work();
  } catch (error) {
    return error as ApiError;
  }
  throw new Error("it was not refused");
}

const press = (position: "STRICT" | "PERMISSIVE" | "inherit", expected = runtime.readState(VIEW).switch.object, more: { takeOverFrom?: string } = {}) =>
  runtime.switchPolicy({ namespace: NAMESPACE, position, expected, ...more });

const writeElsewhere = (mode: string, manager: string) =>
  terminal.request({
    method: "PATCH",
    path: `${POLICIES}/${NAMESPACE}/peerauthentications/default?fieldManager=${manager}&force=true`,
    contentType: "application/apply-patch+yaml",
    body: { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { name: "default", namespace: NAMESPACE }, spec: { mtls: { mode } } },
  });

const modeStored = async () =>
  (await terminal.request({ path: `${POLICIES}/${NAMESPACE}/peerauthentications/default` })) as { spec: { mtls: { mode: string } } };

describe("the switch", () => {
  test("STRICT: requested, stored and enforced, each by its own source; then the plaintext caller is refused and the meshed one served", async () => {
    expect((await runtime.probe({ namespace: NAMESPACE, caller: "without-sidecar" }, AbortSignal.timeout(10_000))).outcome).toBe("served");
    await press("STRICT");
    const { switch: done } = await until(({ switch: { change } }) => change?.mode === "STRICT" && change.enforcedAt !== null);
    expect(done).toMatchObject({ position: "STRICT", change: { mode: "STRICT", by: "padlock", unverified: null } });
    const { requestedAt, storedAt, enforcedAt, enforced } = done.change ?? {};
    expect(requestedAt).toBeLessThanOrEqual(storedAt ?? 0);
    expect(storedAt).toBeLessThan(enforcedAt ?? 0);
    expect(enforced).toHaveLength(3);

    const refused = await runtime.probe({ namespace: NAMESPACE, caller: "without-sidecar" }, AbortSignal.timeout(10_000));
    expect(refused).toMatchObject({ outcome: "refused", curlExit: 56, httpCode: null, encryption: "not-measured" });
    expect(refused.logLine).toContain("NR filter_chain_not_found");
    const served = await runtime.probe({ namespace: NAMESPACE, caller: "with-sidecar" }, AbortSignal.timeout(10_000));
    expect(served).toMatchObject({ outcome: "served", httpCode: 200, encryption: "mutual-tls" });
    expect(served.evidence[0]?.says).toContain("outbound_.8080_._.web-api.istioinaction.svc.cluster.local");

    const { graph, calls } = runtime.readState(VIEW);
    expect(graph.edges.find((edge) => edge.source === "default/sleep")?.lock).toMatchObject({ state: "refused", refused: 1 });
    // Enforcement checks were refused as well, by all three workloads, and count nowhere.
    expect(calls.totals["without-sidecar"]).toEqual({ served: 1, failed: 0, refused: 1, unreachable: 0 });
    expect(graph.edges.filter((edge) => edge.source === "default/sleep")).toHaveLength(1);
  });

  test("a change written elsewhere is followed the same way", async () => {
    await writeElsewhere("STRICT", "kubectl");
    const state = await until(({ switch: { change } }) => change?.mode === "STRICT" && change.enforcedAt !== null);
    expect(state.switch.change).toMatchObject({ by: "elsewhere", requestedAt: null });
  });

  test("B19: what has changed since it was seen is not overwritten", async () => {
    await press("PERMISSIVE");
    const { switch: seen } = await until((state) => state.switch.position === "PERMISSIVE");
    await writeElsewhere("STRICT", "kubectl");
    const error = await refusal(() => press("PERMISSIVE", seen.object));
    expect(error).toMatchObject({ code: "changed-meanwhile", status: 409, facts: { present: { name: "default", mode: "STRICT" } } });
    expect((await modeStored()).spec.mtls.mode).toBe("STRICT");
  });

  test("one that appeared since nothing was seen is not overwritten either", async () => {
    await writeElsewhere("STRICT", "kubectl");
    expect(await refusal(() => press("PERMISSIVE", null))).toMatchObject({ code: "changed-meanwhile" });
    expect((await modeStored()).spec.mtls.mode).toBe("STRICT");
  });

  test("a field of kubectl's is taken over in the same press, a controller's needs a second act that names it", async () => {
    await writeElsewhere("STRICT", "kubectl");
    await until((state) => state.switch.position === "STRICT");
    await press("PERMISSIVE");
    expect((await modeStored()).spec.mtls.mode).toBe("PERMISSIVE");

    await writeElsewhere("STRICT", "argocd-controller");
    await until((state) => state.switch.position === "STRICT");
    expect(await refusal(() => press("PERMISSIVE"))).toMatchObject({ code: "owned-by-manager", status: 409, facts: { manager: "argocd-controller" } });
    expect((await modeStored()).spec.mtls.mode).toBe("STRICT");
    await press("PERMISSIVE", undefined, { takeOverFrom: "argocd-controller" });
    expect((await modeStored()).spec.mtls.mode).toBe("PERMISSIVE");
  });

  test("inherit deletes the namespace's policy, and says before what will decide", async () => {
    await press("STRICT");
    const { switch: strict } = await until((state) => state.switch.position === "STRICT");
    expect(strict.inherits).toEqual({ mode: "PERMISSIVE", from: "istio-system/default" });
    await press("inherit");
    const { mesh } = await until((state) => state.switch.position === "inherit");
    expect(mesh.policies.map((policy) => policy.namespace)).toEqual(["istio-system"]);
    expect(await press("inherit", null)).toEqual({ changed: false, object: null });
  });

  test.each(["kube-system", "istio-system", "default", "nowhere"])("B16: %s is not the lab's", async (namespace) => {
    expect(await refusal(() => runtime.switchPolicy({ namespace, position: "STRICT", expected: null }))).toMatchObject({
      code: "not-a-lab-namespace",
      status: 403,
    });
    expect(await refusal(() => runtime.planReset(namespace))).toMatchObject({ code: "not-a-lab-namespace" });
    expect(await refusal(() => runtime.probe({ namespace, caller: "with-sidecar" }, AbortSignal.timeout(1_000)))).toMatchObject({
      code: "not-a-lab-namespace",
    });
  });
});

describe("runs", () => {
  const tenCalls = { kind: "calls", page: PAGE, count: 10, rate: 20, connection: "new" } as const;

  test("ten calls: each served, its path known when it returns, three hops mutual TLS within 5 s", async () => {
    const subscription = runtime.openStream(VIEW, PAGE, new AbortController().signal, createOpenGate().session);
    runtime.startRun(tenCalls);
    const { run, calls } = await until((state) => state.run.last !== null);
    expect(run.last).toMatchObject({ sent: 10, end: "finished", byCaller: { gateway: { served: 10 } } });
    expect(run.last?.says).toContain("web-api → recommendation → purchase-history-v1");
    expect(calls.recent.at(-1)?.path.map((hop) => hop.name)).toEqual(["web-api", "recommendation", "purchase-history-v1"]);
    expect(calls.recent.at(-1)?.encryption).toBe("one-way-tls");
    const hops = [
      "istio-system/istio-ingressgateway->istioinaction/web-api",
      "istioinaction/web-api->istioinaction/recommendation",
      "istioinaction/recommendation->istioinaction/purchase-history-v1",
    ];
    const isMutual = ({ graph: { edges } }: LiveState, hop: string) =>
      edges.some((edge) => `${edge.source}->${edge.target}` === hop && edge.lock.state === "mutual-tls");
    const { graph } = await until((state) => hops.every((hop) => isMutual(state, hop)), 5_000);
    expect(graph.edges.find((edge) => edge.kind === "one-way-tls")?.lock.state).toBe("not-measured");
    const { history } = await until((state) => (state.history.at(-1)?.mutualTls ?? 0) > 0, 15_000);
    expect(history.every(({ plaintext }) => plaintext >= 0)).toBe(true);
    expect(history.slice(1).every(({ at }, index) => at - (history[index]?.at ?? 0) >= 10_000)).toBe(true);
    await subscription.body?.cancel();
  });

  test("B25: one at a time; stopping it takes at most 250 ms", async () => {
    const { runId } = runtime.startRun({ ...tenCalls, count: 1000, rate: 100 });
    expect(await refusal(() => runtime.startRun(tenCalls))).toMatchObject({ code: "already-running", status: 409 });
    await until((state) => (state.run.current?.sent ?? 0) > 5);
    const asked = performance.now();
    await runtime.cancelRun(runId);
    expect(performance.now() - asked).toBeLessThan(250);
    const { run } = runtime.readState(VIEW);
    expect(run).toMatchObject({ current: null, last: { id: runId, end: "cancelled" } });
    const { sent } = run.last ?? { sent: 0 };
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(runtime.readState(VIEW).run.last?.sent).toBe(sent);
    expect(await refusal(() => runtime.cancelRun("no-such-run"))).toMatchObject({ code: "not-found" });
  });

  test("B24: numbers that are fine each but make a run of hours", async () => {
    expect(await refusal(() => runtime.startRun({ ...tenCalls, count: 60_000, rate: 1 }))).toMatchObject({ code: "bad-request", status: 400 });
    expect(runtime.readState(VIEW).run.current).toBeNull();
  });

  test("keep sending has three streams; under STRICT the third is turned away", async () => {
    const { runId } = runtime.startRun({ kind: "keep-sending", page: PAGE, namespace: NAMESPACE, rate: 5, seconds: 60 });
    await until((state) => (state.run.current?.byCaller["without-sidecar"]?.served ?? 0) >= 3);
    await press("STRICT");
    const { run } = await until((state) => (state.run.current?.byCaller["without-sidecar"]?.refused ?? 0) >= 3);
    const { gateway, "with-sidecar": meshed } = run.current?.byCaller ?? {};
    expect([gateway?.refused, gateway?.failed, meshed?.refused, meshed?.failed]).toEqual([0, 0, 0, 0]);
    const before = meshed?.served ?? 0;
    await until((state) => (state.run.current?.byCaller["with-sidecar"]?.served ?? 0) > before);
    await runtime.cancelRun(runId);
    // The first is told of, with its time; the rest are a count.
    const told = runtime.readState(VIEW).journal.filter(({ kind, at }) => kind === "refused" && at >= (run.current?.startedAt ?? 0));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ namespace: NAMESPACE, says: expect.stringContaining("without a sidecar was turned away") });
  });
});

test("reset: lists what is there and whose, does it once, proves it; again it changes nothing", async () => {
  await writeElsewhere("STRICT", "kubectl");
  await terminal.request({
    method: "POST",
    path: `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/destinationrules?fieldManager=kubectl`,
    body: {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: { name: "try", namespace: NAMESPACE },
      spec: { host: "web-api", trafficPolicy: { tls: { mode: "DISABLE" } } },
    },
  });
  await until((state) => state.switch.position === "STRICT");
  const plan = await vi.waitFor(async () => {
    const read = await runtime.planReset(NAMESPACE);
    expect(read.steps.filter((step) => step.verb === "delete")).toHaveLength(2);
    return read;
  });
  expect(plan.steps.find((step) => step.object?.kind === "PeerAuthentication" && step.verb === "delete")).toMatchObject({ owner: "kubectl" });

  await writeElsewhere("PERMISSIVE", "somebody");
  expect(await refusal(() => runtime.reset({ namespace: NAMESPACE, plan: "0".repeat(32) }))).toMatchObject({ code: "changed-meanwhile" });
  expect((await modeStored()).spec.mtls.mode).toBe("PERMISSIVE");

  await until((state) => state.switch.position === "PERMISSIVE");
  // Who wrote it is no person at kubectl and may write it again, so that is agreed to by name.
  const { digest } = await runtime.planReset(NAMESPACE);
  expect(await refusal(() => runtime.reset({ namespace: NAMESPACE, plan: digest }))).toMatchObject({ code: "owned-by-manager" });
  expect((await modeStored()).spec.mtls.mode).toBe("PERMISSIVE");
  const { ok } = await runtime.reset({ namespace: NAMESPACE, plan: digest, takeOver: ["somebody"] });
  expect(ok).toBe(true);
  const again = await runtime.planReset(NAMESPACE);
  expect(again.steps.filter((step) => step.object !== null).every((step) => step.already)).toBe(true);
  const { calls, journal } = runtime.readState(VIEW);
  expect(calls.recent).toEqual([]);
  expect(journal.filter((entry) => entry.kind === "refused")).toEqual([]);
});

test("a workload's certificate is read from a handshake of our own, under both modes, and leaves no trace in the figures", async () => {
  const shown = await runtime.readCertificate({ namespace: NAMESPACE, workload: "web-api" });
  expect(shown.identities).toEqual(["spiffe://cluster.local/ns/istioinaction/sa/web-api"]);
  expect(shown.issuer).toContain("O=cluster.local");
  expect((shown.validTo - shown.validFrom) / 3_600_000).toBeCloseTo(24, 0);
  expect(shown.serial).toMatch(/^[0-9a-f]+$/);
  await press("STRICT");
  await until(({ switch: { change } }) => change?.enforcedAt != null);
  expect((await runtime.readCertificate({ namespace: NAMESPACE, workload: "web-api" })).fingerprint).toBe(shown.fingerprint);
  expect(runtime.readState(VIEW).calls.recent).toEqual([]);
  expect(await refusal(() => runtime.readCertificate({ namespace: "default", workload: "sleep" }))).toMatchObject({ code: "not-found" });
  expect(await refusal(() => runtime.readCertificate({ namespace: NAMESPACE, workload: "nobody" }))).toMatchObject({ code: "not-found" });
});

test("B27: a page has four streams at most, and a closed one makes room", async () => {
  const closing = new AbortController();
  const open = () => runtime.openStream(VIEW, "fedcba9876543210", closing.signal, createOpenGate().session);
  const streams = [open(), open(), open(), open()];
  expect(await refusal(open)).toMatchObject({ code: "too-many", status: 429 });
  await streams[0]?.body?.cancel();
  expect(open().status).toBe(200);
  closing.abort();
});

test("a stream ends with its session, keeps it until then, and a session has four", async () => {
  const sessions = createSessions();
  const secret = sessions.start("viewer");
  const session = sessions.find(secret);
  if (session === null) throw new Error("there is no session");
  let pages = 0;
  const open = () => runtime.openStream(VIEW, `session-page-${pages++}`, new AbortController().signal, session);
  const reader = open().body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  const others = [open(), open(), open()];
  expect(await refusal(open)).toMatchObject({ code: "too-many", status: 429 });
  await others[0]?.body?.cancel();
  expect(open().status).toBe(200);
  sessions.end(secret);
  await vi.waitFor(async () => expect((await reader?.read())?.done).toBe(true), { timeout: 5_000 });
});

test("no secret of the kubeconfig is in what a page is told", async () => {
  const { readFile } = await import("node:fs/promises");
  const token = /token: (\S+)/.exec(await readFile(lab.kubeconfig, "utf8"))?.[1] ?? "";
  expect(token.length).toBeGreaterThan(20);
  expect(JSON.stringify(runtime.readState(VIEW))).not.toContain(token);
});
