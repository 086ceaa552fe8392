import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { request as send } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import type { LiveState } from "@/lib/api/state";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import { type Lab, startLab } from "@/lib/lab/lab";
import type { ApiError } from "./api-error";
import { createRuntime } from "./create-runtime";
import type { Runtime } from "./runtime";
import { toLabConfig } from "./testdata/lab-config";

/** Faults F17 to F20 (clocks, rivals, hands of others) on the whole server, with a server in between that can change what the lab's API says. */
const NAMESPACE = "istioinaction";
const VIEW = { namespaces: [NAMESPACE], window: 60 };
const POLICIES = `/apis/security.istio.io/v1/namespaces/${NAMESPACE}/peerauthentications`;

let folder: string;
let lab: Lab;
let between: Server;
let runtime: Runtime;
let terminal: KubernetesConnection;
/** Added to the Date of every answer, ms. */
let skew = 0;

/** Passes requests on to the lab's API with the lab's own token, and streams back what it answers. */
async function startBetween(kubeconfig: string): Promise<Server> {
  const { clusters, users } = parse(readFileSync(kubeconfig, "utf8"));
  const { server, "certificate-authority-data": ca } = clusters[0].cluster;
  const authorization = `Bearer ${users[0].user.token}`;
  const passing = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization, host: new URL(server).host };
    const onward = send(new URL(incoming.url ?? "/", server), { method: incoming.method, headers, ca: Buffer.from(ca, "base64") }, (answer) => {
      const date = new Date(Date.now() + skew).toUTCString();
      outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => passing.listen(0, "127.0.0.1", resolve));
  return passing;
}

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  folder = mkdtempSync(path.join(tmpdir(), "padlock-faults-"));
  lab = await startLab({ directory: folder, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  between = await startBetween(lab.kubeconfig);
  const kubeconfig = path.join(folder, "between");
  const cluster = { server: `http://127.0.0.1:${(between.address() as AddressInfo).port}`, "insecure-skip-tls-verify": true };
  const config = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { token: "t" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  process.env["PADLOCK_CONFIG"] = toLabConfig(lab, { kubeconfig: [kubeconfig], meshStart: "PERMISSIVE" });
  runtime = await createRuntime();
  terminal = await connectKubernetes({ kubeconfigPath: lab.kubeconfig });
  await until((state) => state.sources.kubernetes.state === "ok" && state.mesh.effective.length > 0);
}, 60_000);
afterAll(async () => {
  await runtime.close();
  await terminal.close();
  between.closeAllConnections();
  await new Promise((resolve) => between.close(resolve));
  await lab.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  skew = 0;
  const stored = (await terminal.request({ path: POLICIES })) as { items: { metadata: { name: string } }[] };
  for (const { metadata } of stored.items) await terminal.request({ method: "DELETE", path: `${POLICIES}/${metadata.name}` });
  await until((state) => state.mesh.policies.every((policy) => policy.namespace !== NAMESPACE));
});

async function until(holds: (state: LiveState) => boolean): Promise<LiveState> {
  await vi.waitFor(() => expect(holds(runtime.readState(VIEW))).toBe(true), { timeout: 20_000, interval: 25 });
  return runtime.readState(VIEW);
}

async function refusal(work: Promise<unknown>): Promise<ApiError> {
  return work.then(
    () => {
      throw new Error("it was not refused");
    },
    (error) => error,
  );
}

const press = (position: "STRICT" | "PERMISSIVE" | "inherit", expected = runtime.readState(VIEW).switch.object, takeOverFrom?: string) =>
  runtime.switchPolicy({ namespace: NAMESPACE, position, expected, ...(takeOverFrom === undefined ? {} : { takeOverFrom }) });

const create = (name: string, spec: object, more: { manager?: string; metadata?: object } = {}) =>
  terminal.request({
    method: "POST",
    path: `${POLICIES}?fieldManager=${more.manager ?? "kubectl-create"}`,
    body: { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { name, namespace: NAMESPACE, ...more.metadata }, spec },
  });

const modeStored = async () => ((await terminal.request({ path: `${POLICIES}/default` })) as { spec: { mtls: { mode: string } } }).spec.mtls.mode;

test.each([
  [600_000, "10 min ahead of"],
  [-600_000, "10 min behind"],
])("F17 the API server's clock differs by %d ms: a warning, and ages by our own clock", async (by, words) => {
  expect(runtime.readState(VIEW).clock.warning).toBeNull();
  skew = by;
  const pressedAt = Date.now();
  await press("STRICT", null);
  const state = await until(({ switch: { change } }) => change?.mode === "STRICT" && change.storedAt !== null && change.storedAt >= pressedAt);
  expect(state.clock.warning).toContain(words);
  expect(Math.abs((state.switch.change?.storedAt ?? 0) - Date.now())).toBeLessThan(20_000);
  expect(state.sources.kubernetes.lastGood).toBeLessThanOrEqual(Date.now());
  skew = 0;
  await press("PERMISSIVE");
  await until(({ clock }) => clock.warning === null);
});

test("F18 two instructors toggle within 50 ms: one wins, the other is told what is there now, and all screens show the winner's", async () => {
  await create("default", { mtls: { mode: "PERMISSIVE" } });
  const { object } = (await until((state) => state.switch.position === "PERMISSIVE")).switch;
  const other = () => press("inherit", object, "kubectl-create");
  const [first, second] = await Promise.allSettled([press("STRICT", object), new Promise((resolve) => setTimeout(resolve, 20)).then(other)]);
  const won = [first, second].filter(({ status }) => status === "fulfilled");
  expect(won).toHaveLength(1);
  const lost = [first, second].find(({ status }) => status === "rejected") as PromiseRejectedResult;
  expect(lost.reason).toMatchObject({ code: "changed-meanwhile", status: 409 });
  const winner = first.status === "fulfilled" ? "STRICT" : "inherit";
  expect(lost.reason.facts.present?.mode ?? null).toBe(winner === "STRICT" ? "STRICT" : null);
  await until((state) => state.switch.position === winner);
  const others = runtime.readState({ namespaces: [NAMESPACE], window: 300 });
  expect(others.switch.position).toBe(winner);
});

test("F19 Argo CD keeps the policy: 409 names its application, nothing is written, and only a second act that names it is", async () => {
  const metadata = { annotations: { "argocd.argoproj.io/tracking-id": `mesh:security.istio.io/PeerAuthentication:${NAMESPACE}/default` } };
  await create("default", { mtls: { mode: "PERMISSIVE" } }, { manager: "argocd-controller", metadata });
  const { switch: before } = await until((state) => state.switch.position === "PERMISSIVE");
  expect(before.keptBy).toContain("Argo CD application mesh");
  for (const attempt of [press("STRICT"), press("inherit"), press("STRICT", before.object, "argocd-controller")]) {
    expect(await refusal(attempt)).toMatchObject({ code: "owned-by-manager", status: 409, facts: { manager: "Argo CD application mesh" } });
  }
  expect(await modeStored()).toBe("PERMISSIVE");
  expect(runtime.readState(VIEW).switch.object).toEqual(before.object);

  const plan = await runtime.planReset(NAMESPACE);
  expect(plan.steps.flatMap(({ takeOver }) => takeOver?.owner ?? [])).toEqual(["Argo CD application mesh"]);
  expect(await refusal(runtime.reset({ namespace: NAMESPACE, plan: plan.digest }))).toMatchObject({ code: "owned-by-manager" });
  expect(await modeStored()).toBe("PERMISSIVE");

  await press("STRICT", before.object, "Argo CD application mesh");
  expect(await modeStored()).toBe("STRICT");
});

test("F20 the policy is deleted by hand: what decides then is shown, and the switch makes none anew before somebody has seen that", async () => {
  await press("STRICT", null);
  const { object } = (await until((state) => state.switch.position === "STRICT")).switch;
  await terminal.request({ method: "DELETE", path: `${POLICIES}/default` });
  // As a page would that has not heard of it yet.
  const error = await refusal(press("PERMISSIVE", object));
  expect(error).toMatchObject({ code: "changed-meanwhile", facts: { present: null } });
  const { mesh, switch: after } = await until((state) => state.switch.position === "inherit");
  expect(after).toMatchObject({ object: null, inherits: { mode: "PERMISSIVE", from: "istio-system/default" } });
  expect(mesh.effective[0]?.policy).toMatchObject({ mode: "PERMISSIVE", from: "mesh", object: { namespace: "istio-system", name: "default" } });
  await press("STRICT", null);
  expect(await modeStored()).toBe("STRICT");
});

test("F20 a workload's own policy: its effective mode and who said so stand beside the namespace's, also in the graph", async () => {
  await press("STRICT", null);
  await create("web-api", { selector: { matchLabels: { app: "web-api" } }, mtls: { mode: "PERMISSIVE" } });
  const state = await until(({ mesh }) => mesh.policies.some(({ name }) => name === "web-api") && mesh.policies.some(({ mode }) => mode === "STRICT"));
  expect(state.switch.position).toBe("STRICT");
  const [effective] = state.mesh.effective;
  expect(effective?.policy.mode).toBe("STRICT");
  const exception = { mode: "PERMISSIVE", from: "workload", object: { kind: "PeerAuthentication", namespace: NAMESPACE, name: "web-api" } };
  expect(effective?.workloads.find(({ name }) => name === "web-api")?.policy).toMatchObject(exception);
  expect(effective?.workloads.find(({ name }) => name === "recommendation")?.policy).toMatchObject({ mode: "STRICT", from: "namespace" });
  expect(state.graph.nodes.find(({ id }) => id === `${NAMESPACE}/web-api`)?.policy).toMatchObject(exception);
});

test("what Padlock did not make it deletes only when its maker is named", async () => {
  await create("default", { mtls: { mode: "STRICT" } });
  const { object } = (await until((state) => state.switch.position === "STRICT")).switch;
  expect(await refusal(press("inherit"))).toMatchObject({ code: "owned-by-manager", facts: { manager: "kubectl-create" } });
  expect(await modeStored()).toBe("STRICT");
  await press("inherit", object, "kubectl-create");
  await until((state) => state.switch.position === "inherit");
});
