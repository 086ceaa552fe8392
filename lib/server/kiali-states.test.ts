import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { LiveState } from "@/lib/api/state";
import { readRecording, sendRecording } from "@/lib/kiali/recorded-kiali";
import { type FaultProxy, startFaultProxy } from "@/lib/kiali/testdata/fault-proxy";
import { type Lab, startLab } from "@/lib/lab/lab";
import { createRuntime } from "./create-runtime";
import type { Runtime } from "./runtime";
import { toLabConfig } from "./testdata/lab-config";

/** What a page is told while Kiali, its Prometheus or any Kiali at all is missing: the whole server on the lab, a proxy before its Kiali. */

const NAMESPACE = "istioinaction";
const SCENARIO = fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url));
const VIEW = { namespaces: [NAMESPACE], window: 60 };
const EDGE = "istioinaction/web-api->istioinaction/recommendation";

let folder: string;
let lab: Lab;
let proxy: FaultProxy;
let runtime: Runtime;
const leaving = new AbortController();

async function start(kialiUrl: string | null, { kubeconfig, gateway } = lab): Promise<void> {
  process.env["PADLOCK_CONFIG"] = toLabConfig(
    { kubeconfig, kialiUrl: "", gateway },
    { label: "a cluster", kiali: { url: kialiUrl, tokenFile: null, caFile: null } },
  );
  runtime = await createRuntime();
  const session = { role: "instructor" as const, hash: "", ended: leaving.signal, take: () => undefined, hold: () => () => undefined };
  // Kiali is asked only while somebody looks.
  const stream = runtime.openStream(VIEW, "0123456789abcdef", leaving.signal, session).body?.getReader();
  void (async () => {
    while (stream !== undefined && !(await stream.read()).done);
  })().catch(() => undefined);
}

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  folder = await mkdtemp(path.join(tmpdir(), "padlock-kiali-states-"));
  lab = await startLab({ directory: folder, scenario: SCENARIO });
  proxy = await startFaultProxy(lab.kialiUrl);
});
afterAll(async () => {
  leaving.abort();
  await runtime.close();
  await proxy.stop();
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});

async function until(holds: (state: LiveState) => boolean, timeout = 45_000): Promise<LiveState> {
  await vi.waitFor(() => expect(holds(runtime.readState(VIEW))).toBe(true), { timeout, interval: 50 });
  return runtime.readState(VIEW);
}
const edge = (state: LiveState) => state.graph.edges.find(({ source, target }) => `${source}->${target}` === EDGE);

test("found by its Service and reached through the API server's proxy, and said so; the same graph comes that way", async () => {
  await start(null);
  const state = await until(({ sources }) => sources.kiali.state === "ok");
  expect(state.sources.kiali.reachedBy).toMatch(/^the API server's service proxy \(https:.*\/services\/http:kiali:20001\/proxy\)$/);
  expect(state.target).toMatchObject({ kialiUrl: "http://kiali.istio-system.svc:20001/kiali", kialiLink: null, kialiLogin: null });
  expect(state.sources.prometheus.state).toBe("ok");
  expect(state.graph.observedAt).not.toBeNull();
  await runtime.close();
});

test("no Kiali: absent with what was looked for; what runs and our own calls are drawn, and no lock says more than is known", async () => {
  // As it is, but nobody has installed Kiali there.
  const scenario = (await readFile(SCENARIO, "utf8")).split("\n---\n").filter((manifest) => !/^metadata: \{ name: kiali,/m.test(manifest));
  const bareFolder = await mkdtemp(path.join(tmpdir(), "padlock-no-kiali-"));
  await writeFile(path.join(bareFolder, "scenario.yaml"), scenario.join("\n---\n"));
  const bare = await startLab({ directory: bareFolder, scenario: path.join(bareFolder, "scenario.yaml") });
  await start(null, bare);
  const state = await until(({ sources }) => sources.kiali.state === "absent");
  expect(state.sources.kiali).toMatchObject({ reason: expect.stringMatching(/^Kiali is absent: no Service/), reachedBy: null });
  expect(state.sources.prometheus.reason).toContain("there is none");
  expect(state.sources.kubernetes.state).toBe("ok");
  expect(state.graph.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(["istioinaction/web-api", "istioinaction/recommendation", "default/sleep"]));

  await until(({ mesh }) => mesh.probeTarget !== null && mesh.callers["without-sidecar"].pod !== null);
  const call = await runtime.probe({ namespace: NAMESPACE, caller: "without-sidecar" }, AbortSignal.timeout(10_000));
  expect(call.outcome).toBe("served");
  const after = await until(({ graph }) => graph.edges.some(({ source, own }) => source === "default/sleep" && own.served > 0));
  const hop = edge(after);
  expect(hop?.lock).toMatchObject({ state: "not-measured", reason: { code: "source-down", text: expect.stringContaining("Kiali is absent") } });

  await runtime.close();
  await bare.close();
  await rm(bareFolder, { recursive: true, force: true });
}, 150_000);

test("F12, F13 Kiali down and Prometheus down are told apart, the traffic stays as it was and is never called none, and both recover", async () => {
  await start(proxy.url);
  await until(({ sources }) => sources.gateway.state === "ok" && sources.kiali.state === "ok");
  runtime.startRun({ kind: "calls", page: "0123456789abcdef", count: 20, rate: 20, connection: "new" });
  const good = await until((state) => (edge(state)?.health.rate ?? 0) > 0 && edge(state)?.lock.state === "mutual-tls");
  expect(good.sources.kiali.reachedBy).toBe("the address that was given");

  proxy.fault = (_request, response, url) => {
    if (!url.pathname.endsWith("/api/namespaces/graph")) return false;
    sendRecording(response, readRecording("kiali-main", "graph-prometheus-down"));
    return true;
  };
  const blind = await until(({ sources }) => sources.prometheus.state === "down");
  expect(blind.sources.kiali).toMatchObject({ state: "ok", reason: null });
  expect(blind.sources.prometheus.reason).toContain("Kiali cannot ask Prometheus");
  expect(edge(blind)?.health.rate).toBeGreaterThan(0);
  expect(edge(blind)?.lock).toMatchObject({ state: "not-measured", reason: { code: "source-down", fix: expect.stringContaining("Bring Prometheus back") } });
  expect(blind.posture.facts).not.toContain("no traffic");
  proxy.fault = null;
  await until(({ sources }) => sources.prometheus.state === "ok");

  await proxy.stop();
  const gone = await until(({ sources }) => sources.kiali.state === "down");
  expect(gone.sources.kiali.reason).toContain("refused the connection");
  expect(gone.sources.prometheus).toMatchObject({ state: "connecting", reason: expect.stringContaining("Only Kiali asks Prometheus") });
  expect(gone.sources.kubernetes.state).toBe("ok");
  expect(gone.graph.observedAt).not.toBeNull();
  expect(gone.mesh.effective[0]?.policy.mode).toBe("PERMISSIVE");
  await proxy.start();
  const back = await until(({ sources }) => sources.kiali.state === "ok" && sources.prometheus.state === "ok");
  expect(back.sources.kiali.reason).toBeNull();
}, 150_000);
