import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type KubeObject, RESOURCE } from "../objects";
import recorded from "../proxy/testdata/peer-authentication.json";
import { type PolicyCase, toPolicyObjects } from "../proxy/testdata/policy-case";
import { parseScenario } from "../scenarios/scenario";
import { LISTEN_ANNOTATION } from "./controller";
import { curlFrom, podOf, startTestLab, type TestLab } from "./test-lab";

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ seed: "controller" });
});
afterAll(() => lab.close());

function deploymentPods(namespace: string, app: string): KubeObject[] {
  return lab.store.list(RESOURCE.pods, namespace).filter(({ metadata }) => metadata.labels?.app === app);
}

/** Where a container port really listens: the pod's address, or what the annotation says. */
function realAddress(pod: KubeObject, port: number): { host: string; port: number } {
  const moved = new Map((pod.metadata.annotations?.[LISTEN_ANNOTATION] ?? "").split(",").map((entry) => entry.split("=") as [string, string]));
  const [host, movedPort] = moved.get(String(port))?.split(":") ?? [String(pod.status?.podIP), String(port)];
  return { host: host ?? "", port: Number(movedPort) };
}

test("a pod is what the injector and the kubelet would have left", () => {
  const [pod] = deploymentPods("istioinaction", "web-api");
  expect(pod).toMatchObject({
    metadata: {
      labels: {
        app: "web-api",
        version: "v1",
        "security.istio.io/tlsMode": "istio",
        "service.istio.io/canonical-name": "web-api",
        "service.istio.io/canonical-revision": "v1",
      },
      ownerReferences: [{ kind: "ReplicaSet", controller: true }],
    },
    spec: { serviceAccountName: "web-api" },
    status: {
      phase: "Running",
      containerStatuses: [
        { name: "web-api", ready: true },
        { name: "istio-proxy", ready: true },
      ],
    },
  });
  expect(pod?.metadata.name).toMatch(/^web-api-[a-z0-9]{10}-[a-z0-9]{5}$/);
  expect(JSON.parse(pod?.metadata.annotations?.["sidecar.istio.io/status"] ?? "")).toMatchObject({ containers: ["istio-proxy"], revision: "default" });
  const [naked] = deploymentPods("default", "sleep");
  expect(naked?.status?.containerStatuses).toHaveLength(1);
  expect(naked?.metadata.labels).not.toHaveProperty(["security.istio.io/tlsMode"]);
  expect(lab.store.get(RESOURCE.configMaps, "istioinaction", "istio-ca-root-cert")?.data?.["root-cert.pem"]).toContain("BEGIN CERTIFICATE");
  expect(lab.store.get(RESOURCE.deployments, "istioinaction", "web-api")?.status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
});

test("Deployments that come later run, with and without sidecar, and a changed one is rolled out", async () => {
  const [before] = deploymentPods("istioinaction", "web-api");
  for (const { resource, manifest } of parseScenario(readFileSync(fileURLToPath(new URL("../proxy/testdata/pods.yaml", import.meta.url)), "utf8")))
    lab.store.put(resource, manifest);
  await lab.dataPlane.settled();
  expect(deploymentPods("default", "legacy")).toMatchObject([{ status: { phase: "Running" } }]);
  expect(await curlFrom(lab, "istioinaction", "http://legacy.default:8080/health")).toMatchObject({ status: 200, body: "OK" });
  expect(deploymentPods("other", "web-api")[0]?.status?.containerStatuses).toHaveLength(2);

  const pods = deploymentPods("istioinaction", "web-api");
  expect(pods).toHaveLength(1);
  expect(pods[0]?.metadata.name).not.toBe(before?.metadata.name);
  expect(pods[0]?.status?.containerStatuses).toHaveLength(3);
  expect((await curlFrom(lab, "istioinaction", "http://web-api:8080/")).status).toBe(200);
  const sets = lab.store.list(RESOURCE.replicaSets, "istioinaction").filter(({ metadata }) => metadata.name.startsWith("web-api-"));
  expect(sets.map(({ spec }) => spec?.replicas).toSorted()).toEqual([0, 1]);
  const old = String(before?.status?.podIP);
  await vi.waitFor(() => expectRefused(old, 8081), { timeout: 3_000 });
});

/** Every policy case once more, by sockets, on the pods of the cases: what a port accepts in plaintext and with TLS is its mode. */
test.each((recorded.cases as PolicyCase[]).filter(({ title }) => !title.startsWith("portLevelMtls without selector")))(
  "case $id by sockets: $title",
  async ({ policies, expect: expectations }) => {
    for (const { metadata } of lab.store.list(RESOURCE.peerAuthentications)) lab.store.remove(RESOURCE.peerAuthentications, metadata.namespace, metadata.name);
    for (const policy of toPolicyObjects(policies)) lab.store.put(RESOURCE.peerAuthentications, policy);
    await lab.dataPlane.settled();
    const workloads: Record<string, { ns: string; labels: Record<string, string> }> = recorded.workloads;
    for (const { workload, port, mode } of expectations) {
      const wanted = workloads[workload];
      const pod = lab.store
        .list(RESOURCE.pods, wanted?.ns)
        // The gateway's own pod has these labels too; its listeners are no sidecar's.
        .find(
          ({ metadata }) =>
            !metadata.name.startsWith("istio-ingressgateway") && Object.entries(wanted?.labels ?? {}).every(([key, value]) => metadata.labels?.[key] === value),
        );
      if (!pod) throw new Error(`no pod for ${workload}`);
      const at = realAddress(pod, port);
      const accepted = `${(await acceptsPlaintext(at)) ? "plaintext" : ""} ${(await acceptsTls(at)) ? "TLS" : ""}`.trim();
      expect(`${workload}:${port} accepts ${accepted}`).toBe(
        `${workload}:${port} accepts ${{ PERMISSIVE: "plaintext TLS", STRICT: "TLS", DISABLE: "plaintext" }[mode]}`,
      );
    }
  },
);

function acceptsPlaintext(at: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(at, () => socket.write("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    socket.once("data", (chunk: Buffer) => {
      resolve(chunk.toString().startsWith("HTTP/1.1 200"));
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
  });
}

/** A handshake that gets as far as the server's certificate. */
function acceptsTls(at: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ ...at, ALPNProtocols: ["istio"], rejectUnauthorized: false }, () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
  });
}

function expectRefused(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port }, () => {
      socket.destroy();
      reject(new Error(`${host}:${port} still listens`));
    });
    socket.once("error", () => resolve());
  });
}

test("a deleted pod comes back under another name, a deleted Deployment takes its pods with it", async () => {
  const { name } = podOf(lab, "default", "legacy");
  lab.store.remove(RESOURCE.pods, "default", name);
  await lab.dataPlane.settled();
  expect(podOf(lab, "default", "legacy").name).not.toBe(name);
  lab.store.remove(RESOURCE.deployments, "default", "legacy");
  await lab.dataPlane.settled();
  expect(deploymentPods("default", "legacy")).toEqual([]);
  expect(lab.store.list(RESOURCE.replicaSets, "default").map(({ metadata }) => metadata.name)).toEqual([expect.stringMatching(/^sleep-/)]);
});

test("an image the lab cannot run leaves the pod waiting, in words", async () => {
  lab.store.put(RESOURCE.deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "nginx", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "nginx" } },
      template: { metadata: { labels: { app: "nginx" } }, spec: { containers: [{ name: "nginx", image: "nginx:1.27" }] } },
    },
  });
  await lab.dataPlane.settled();
  expect(deploymentPods("default", "nginx")[0]?.status).toMatchObject({
    phase: "Pending",
    containerStatuses: [{ ready: false, state: { waiting: { reason: "ErrImagePull" } } }],
  });
  expect(lab.store.get(RESOURCE.deployments, "default", "nginx")?.status).toMatchObject({ readyReplicas: 0, unavailableReplicas: 1 });
});
