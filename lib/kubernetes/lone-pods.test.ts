import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Lab, startLab } from "@/lib/lab/lab";
import { connectKubernetes, type KubernetesConnection } from "./connect";
import { execInPod } from "./exec";
import { toPod } from "./pod-objects";

/** Pods that a person makes by hand, as with `kubectl run`: real workloads like those of the scenario. */

let directory: string;
let lab: Lab;
let connection: KubernetesConnection;
const WEB_API = "http://web-api.istioinaction:8080/";

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "padlock-lone-pods-"));
  lab = await startLab({ directory, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  connection = await connectKubernetes({ kubeconfigPath: lab.kubeconfig });
}, 60_000);
afterAll(async () => {
  await connection?.close();
  await lab?.close();
  await rm(directory, { recursive: true, force: true });
});

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const toBody = (name: string, image = "curlimages/curl:8.12.1", labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { containers: [{ name: "curl", image, command: ["sleep", "3600"] }] },
});
const create = (namespace: string, body: object) => connection.request({ method: "POST", path: pods(namespace), body });
const read = async (namespace: string, name: string) => toPod(await connection.request({ path: `${pods(namespace)}/${name}` }));
const ready = (namespace: string, name: string) =>
  vi.waitFor(
    async () => {
      const pod = await read(namespace, name);
      expect(pod?.ready).toBe(true);
      return pod;
    },
    { timeout: 10_000 },
  );
const curl = (namespace: string, pod: string) =>
  execInPod(connection, { namespace, pod, container: "curl", command: ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", WEB_API] });

test("in an injected namespace the injector adds the proxy before the pod is stored; the pod calls over mutual TLS", async () => {
  const stored = toPod(await create("istioinaction", toBody("by-hand")));
  expect(stored).toMatchObject({ sidecar: "sidecar", containers: ["curl", "istio-proxy"], ip: null, ready: false });
  expect(await ready("istioinaction", "by-hand")).toMatchObject({ sidecar: "sidecar", owner: { kind: "Pod", name: "by-hand" } });
  expect(await curl("istioinaction", "by-hand")).toMatchObject({ exitCode: 0, stdout: "200" });
  const log = await connection.requestText({ path: `${pods("istioinaction")}/by-hand/log?container=istio-proxy` });
  expect(log).toContain("outbound|8080||web-api.istioinaction.svc.cluster.local");
});

test("a namespace without injection, and a pod that says no, get none: refused under STRICT", async () => {
  await create("default", toBody("naked"));
  await create("istioinaction", toBody("says-no", undefined, { "sidecar.istio.io/inject": "false" }));
  expect(await ready("default", "naked")).toMatchObject({ sidecar: "none", containers: ["curl"] });
  expect(await ready("istioinaction", "says-no")).toMatchObject({ sidecar: "none", containers: ["curl"] });
  expect((await curl("default", "naked")).stdout).toBe("200");
  await connection.request({
    method: "PATCH",
    path: "/apis/security.istio.io/v1/namespaces/istioinaction/peerauthentications/default?fieldManager=test",
    contentType: "application/apply-patch+yaml",
    body: { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { name: "default" }, spec: { mtls: { mode: "STRICT" } } },
  });
  for (const [namespace, name] of [
    ["default", "naked"],
    ["istioinaction", "says-no"],
  ] as const)
    await vi.waitFor(async () => expect(await curl(namespace, name)).toMatchObject({ exitCode: 56, stdout: "000" }), { timeout: 5_000 });
});

test("deleted it is gone at once, and its name is free for another", async () => {
  await create("default", toBody("short-lived"));
  const first = await ready("default", "short-lived");
  await connection.request({ method: "DELETE", path: `${pods("default")}/short-lived` });
  await expect(read("default", "short-lived")).rejects.toMatchObject({ name: "NotFoundError" });
  await create("default", toBody("short-lived"));
  const second = await ready("default", "short-lived");
  expect(second?.ip).not.toBe(first?.ip);
  await new Promise((resolve) => setTimeout(resolve, 600));
  // The end of the first, 0.4 s after its deletion, takes nothing from the second.
  expect(await execInPod(connection, { namespace: "default", pod: "short-lived", container: "curl", command: ["true"] })).toMatchObject({ exitCode: 0 });
});

test("an image the lab has no program for waits, in the words of a kubelet", async () => {
  await create("default", toBody("unknown", "registry.example/own:1"));
  await vi.waitFor(
    async () =>
      expect(await connection.request({ path: `${pods("default")}/unknown` })).toMatchObject({
        status: { phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ErrImagePull" } } }] },
      }),
    { timeout: 5_000 },
  );
});
