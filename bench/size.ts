// `npm run bench:size -- --kubeconfig FILE --context NAME`: fills an API server with 200 namespaces and 5,000 pods of 2,000 workloads, measures how
// long Padlock's server takes from connecting to a whole first state and what it then holds, and takes everything away again. The pods belong to
// ReplicaSets that are not there and nobody runs them: it is meant for an API server without controllers, like the rig's. `--clean` only takes away.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import { ConflictError, NotFoundError } from "@/lib/kubernetes/errors";
import { createRuntime } from "@/lib/server/create-runtime";

const AT_ONCE = 16;
const TARGET_MS = 3000;

const argument = (name: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const kubeconfig = argument("kubeconfig");
const context = argument("context");
if (kubeconfig === undefined || context === undefined) {
  console.error("Usage: npm run bench:size -- --kubeconfig FILE --context NAME [--pods N] [--clean]");
  process.exit(1);
}

/** A smaller number of pods comes in the same proportions. */
const PODS = Number(argument("pods") ?? 5000);
const WORKLOADS = Math.ceil((PODS * 2) / 5);
const NAMESPACES = Math.ceil(PODS / 25);

const namespaceOf = (index: number) => `padlock-size-${String(index % NAMESPACES).padStart(3, "0")}`;

async function forEach(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const unlessThere = (error: unknown) => {
  if (!(error instanceof ConflictError)) throw error;
};
const unlessGone = (error: unknown) => {
  if (!(error instanceof NotFoundError) && !(error instanceof ConflictError)) throw error;
};

async function fill(connection: KubernetesConnection): Promise<void> {
  await forEach(NAMESPACES, (index) => {
    const metadata = { name: namespaceOf(index), labels: { "istio-injection": "enabled" } };
    return connection.request({ method: "POST", path: "/api/v1/namespaces", body: { apiVersion: "v1", kind: "Namespace", metadata } }).catch(unlessThere);
  });
  await forEach(PODS, async (index) => {
    const app = `app-${String(index % WORKLOADS).padStart(4, "0")}`;
    const hash = "6d4cf56db6";
    const name = `${app}-${hash}-${String(index).padStart(5, "0")}`;
    const path = `/api/v1/namespaces/${namespaceOf(index % WORKLOADS)}/pods`;
    // With the annotations that the injector writes, which are most of a real pod's size.
    const annotations = { "sidecar.istio.io/status": "x".repeat(2000), "kubectl.kubernetes.io/last-applied-configuration": "y".repeat(3000) };
    const metadata = {
      name,
      labels: { app, version: "v1", "pod-template-hash": hash, "security.istio.io/tlsMode": "istio" },
      annotations,
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: `${app}-${hash}`, uid: "00000000-0000-4000-8000-000000000000", controller: true }],
    };
    const containers = ["app", "istio-proxy"].map((container) => ({
      name: container,
      image: "none",
      ports: [{ containerPort: container === "app" ? 8080 : 15090 }],
    }));
    const body = { apiVersion: "v1", kind: "Pod", metadata, spec: { automountServiceAccountToken: false, containers } };
    await connection.request({ method: "POST", path, body }).catch(unlessThere);
    const status = { phase: "Running", podIP: `10.200.${(index >> 8) & 255}.${index & 255}`, conditions: [{ type: "Ready", status: "True" }] };
    await connection.request({ method: "PATCH", path: `${path}/${name}/status`, contentType: "application/merge-patch+json", body: { status } });
  });
}

async function clean(connection: KubernetesConnection): Promise<void> {
  await forEach(NAMESPACES, async (index) => {
    const path = `/api/v1/namespaces/${namespaceOf(index)}`;
    await connection.request({ method: "DELETE", path: `${path}/pods?gracePeriodSeconds=0`, timeoutMs: 60_000, maxBytes: 16_000_000 }).catch(unlessGone);
    await connection.request({ method: "DELETE", path }).catch(unlessGone);
    // Where no controller ends namespaces, nobody else takes their finalizer away.
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceOf(index) }, spec: { finalizers: [] } };
    await connection.request({ method: "PUT", path: `${path}/finalize`, body }).catch(unlessGone);
  });
}

async function measure(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
  const before = process.memoryUsage();
  process.env["PADLOCK_CONFIG"] = JSON.stringify({
    label: "size",
    kind: "cluster",
    kubeconfig: [kubeconfig],
    context,
    allowExec: false,
    proxies: null,
    kiali: { url: null, tokenFile: null, caFile: null },
    gateway: { address: null, caFile: null, host: null },
    scrapeSeconds: 15,
    namespaces: [namespaceOf(0)],
    listen: { address: "127.0.0.1", port: 4799 },
    allowHosts: [],
    signIn: false,
  });
  const view = { namespaces: [namespaceOf(0)], window: 60 };
  const startedAt = performance.now();
  const runtime = await createRuntime();
  let state = runtime.readState(view);
  let highest = 0;
  while (state.sources.kubernetes.state !== "ok" || state.graph.nodes.length === 0 || state.mesh.namespaces.length < NAMESPACES) {
    if (performance.now() - startedAt > 60_000) throw new Error(`No whole state: ${JSON.stringify(state.sources.kubernetes)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    state = runtime.readState(view);
    highest = Math.max(highest, process.memoryUsage().rss);
  }
  const took = performance.now() - startedAt;
  const composing = performance.now();
  runtime.readState(view);
  const composed = performance.now() - composing;
  collect();
  const after = process.memoryUsage();
  const mb = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);
  console.log(`first whole state ${took.toFixed(0)} ms after connecting (target ≤ ${TARGET_MS}), ${(JSON.stringify(state).length / 1024).toFixed(0)} KB`);
  console.log(`one composition ${composed.toFixed(0)} ms; ${state.mesh.namespaces.length} namespaces, ${state.graph.nodes.length} nodes in view`);
  console.log(`heap kept ${mb(after.heapUsed - before.heapUsed)} MB, resident ${mb(before.rss)} → ${mb(after.rss)} MB, highest ${mb(highest)} MB`);
  await runtime.close();
}

const connection = await connectKubernetes({ kubeconfigPath: kubeconfig, context });
try {
  if (!process.argv.includes("--clean")) {
    const startedAt = Date.now();
    await fill(connection);
    console.log(`filled in ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
    await measure();
  }
} finally {
  await clean(connection);
  await connection.close();
}
