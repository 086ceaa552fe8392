import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { BasicConstraintsExtension, PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { type DataPlane, ExecStartError } from "../data-plane";
import { type KubeManifest, RESOURCE, type ResourceKey } from "../objects";
import type { TokenOwner } from "./api-context";
import { createStore, type LabStore } from "./store";

/** A small cluster for the tests of the API server: the objects of the recordings, and a data plane that answers from a table. */

export const ADMIN_TOKEN = "admin-token";
export const VIEWER_TOKEN = "viewer-token";

export const TOKENS: ReadonlyMap<string, TokenOwner> = new Map([
  [ADMIN_TOKEN, { user: "admin", groups: ["system:masters"], access: "admin" }],
  [VIEWER_TOKEN, { user: "viewer", groups: [], access: "view" }],
]);

interface WorkloadDescription {
  namespace: string;
  name: string;
  app: string;
  version?: string;
  hash: string;
  suffix: string;
  ip: string;
  port?: number;
  hasSidecar: boolean;
}

const WORKLOADS: WorkloadDescription[] = [
  {
    namespace: "istioinaction",
    name: "web-api",
    app: "web-api",
    version: "v1",
    hash: "6c9f5d7b4d",
    suffix: "x2x9k",
    ip: "10.88.0.11",
    port: 8081,
    hasSidecar: true,
  },
  {
    namespace: "istioinaction",
    name: "recommendation",
    app: "recommendation",
    version: "v1",
    hash: "7f8b4c9d6f",
    suffix: "m4k2p",
    ip: "10.88.0.12",
    port: 8080,
    hasSidecar: true,
  },
  {
    namespace: "istioinaction",
    name: "purchase-history-v1",
    app: "purchase-history",
    version: "v1",
    hash: "5b6c7d8e9f",
    suffix: "q7w3z",
    ip: "10.88.0.13",
    port: 8080,
    hasSidecar: true,
  },
  { namespace: "istioinaction", name: "sleep", app: "sleep", hash: "85d9c5f6b7", suffix: "h8j2t", ip: "10.88.0.14", hasSidecar: true },
  { namespace: "default", name: "sleep", app: "sleep", hash: "77c4d8b5f9", suffix: "n5v6r", ip: "10.88.0.15", hasSidecar: false },
];

export const WEB_API_POD = "web-api-6c9f5d7b4d-x2x9k";
export const SLEEP_POD = "sleep-77c4d8b5f9-n5v6r";

const IMAGE = "nicholasjackson/fake-service:v0.7.8";

export function createTestStore(now?: () => Date): LabStore {
  const store = createStore(now ? { now } : {});
  const put = (resource: ResourceKey, manifest: KubeManifest) => store.put(resource, manifest);
  for (const name of ["default", "istio-system", "kube-node-lease", "kube-public", "kube-system"])
    put(RESOURCE.namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  put(RESOURCE.namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "istioinaction", labels: { "istio-injection": "enabled" } } });
  for (const workload of WORKLOADS) {
    put(RESOURCE.deployments, toDeployment(workload));
    put(RESOURCE.pods, toPod(workload));
  }
  put(RESOURCE.services, toService("istioinaction", "web-api", { app: "web-api" }, [{ name: "http", port: 8080, targetPort: 8081 }]));
  put(RESOURCE.services, toService("istioinaction", "sleep", { app: "sleep" }, [{ name: "http", port: 80, targetPort: 80 }]));
  put(
    RESOURCE.services,
    toService(
      "istio-system",
      "istiod",
      { app: "istiod" },
      [15010, 15012, 443, 15014].map((port) => ({ name: `p${port}`, port })),
      "10.96.0.17",
    ),
  );
  put(RESOURCE.services, {
    ...toService("istio-system", "istio-ingressgateway", { app: "istio-ingressgateway", istio: "ingressgateway" }, [], "10.96.0.16"),
    spec: {
      type: "LoadBalancer",
      clusterIP: "10.96.0.16",
      selector: { app: "istio-ingressgateway", istio: "ingressgateway" },
      ports: [
        { name: "status-port", port: 15021, nodePort: 32067, protocol: "TCP" },
        { name: "http2", port: 80, nodePort: 32724, protocol: "TCP" },
        { name: "https", port: 443, nodePort: 32422, protocol: "TCP" },
      ],
    },
    status: { loadBalancer: { ingress: [{ ip: "10.88.0.16" }] } },
  });
  return store;
}

function toLabels({ app, version }: WorkloadDescription): Record<string, string> {
  return { app, ...(version ? { version } : {}) };
}

function toDeployment(workload: WorkloadDescription): KubeManifest {
  const labels = toLabels(workload);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: workload.name, namespace: workload.namespace, labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: workload.name, image: IMAGE }] } } },
    status: { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  };
}

function toPod(workload: WorkloadDescription): KubeManifest {
  const names = [workload.name, ...(workload.hasSidecar ? ["istio-proxy"] : [])];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${workload.name}-${workload.hash}-${workload.suffix}`,
      namespace: workload.namespace,
      labels: { ...toLabels(workload), "pod-template-hash": workload.hash },
    },
    spec: {
      nodeName: "node-1",
      containers: names.map((name) => ({
        name,
        image: IMAGE,
        ...(name === workload.name && workload.port ? { ports: [{ containerPort: workload.port }] } : {}),
      })),
    },
    status: {
      phase: "Running",
      podIP: workload.ip,
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: names.map((name) => ({ name, ready: true, restartCount: 0, state: { running: {} } })),
    },
  };
}

function toService(namespace: string, name: string, selector: Record<string, string>, ports: object[], clusterIP = "10.96.0.11"): KubeManifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: selector },
    spec: { type: "ClusterIP", clusterIP, selector, ports: ports.map((port) => ({ protocol: "TCP", ...port })) },
    status: { loadBalancer: {} },
  };
}

/** How a call of the service proxy ends, by `host:port`. */
export type PlainAnswers = Record<string, { status: number; body: string; type: string } | { code: string }>;

/** Programs: `echo`, `cat`, `exit <code>`, `wait` (until the caller hangs up); anything else is not there. */
export function createTestDataPlane(answers: PlainAnswers = {}): DataPlane & { addLogLine(line: string): void; aborted: number } {
  const followers = new Set<(line: string) => void>();
  const lines = ["first line", "second line", "third line"];
  const dataPlane = {
    aborted: 0,
    addLogLine(line: string) {
      for (const follower of followers) follower(line);
    },
    async exec({ command, stdin, signal, stdout, stderr }: Parameters<DataPlane["exec"]>[0]) {
      const [program = "", ...words] = command;
      if (program === "echo") stdout(Buffer.from(`${words.join(" ")}\n`));
      else if (program === "cat") stdout(stdin ?? new Uint8Array());
      else if (program === "wait") {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        dataPlane.aborted++;
      } else if (program === "exit") {
        stderr(Buffer.from("bye\n"));
        return Number(words[0]);
      } else throw new ExecStartError(`exec: "${program}": executable file not found in $PATH`, 127);
      return 0;
    },
    log: (_namespace: string, _pod: string, _container: string, options: { tailLines?: number }) =>
      options.tailLines === undefined ? lines : lines.slice(lines.length - options.tailLines),
    followLog(_namespace: string, _pod: string, _container: string, line: (text: string) => void) {
      followers.add(line);
      return () => {
        followers.delete(line);
      };
    },
    async fetchPlain({ host, port }: Parameters<DataPlane["fetchPlain"]>[0]) {
      const answer = answers[`${host}:${port}`];
      if (!answer || "code" in answer) throw Object.assign(new Error("no answer"), { code: answer?.code ?? "ECONNREFUSED" });
      return { status: answer.status, headers: { "content-type": answer.type }, body: Buffer.from(answer.body) };
    },
  };
  return dataPlane;
}

/** A key and a certificate of its own for 127.0.0.1, valid for an hour. */
export async function createTestTls(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: "01",
      name: "CN=test",
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 3_600_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new BasicConstraintsExtension(true), new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
    },
    webcrypto as Crypto,
  );
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { key, cert: certificate.toString("pem") };
}
