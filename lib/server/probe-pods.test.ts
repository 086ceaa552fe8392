import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import { createDiscovery, type Discovery } from "@/lib/kubernetes/discovery";
import { ConflictError, ForbiddenError } from "@/lib/kubernetes/errors";
import { createPod, readPod } from "@/lib/kubernetes/lone-pods";
import { type Pod, toPod, toWorkloads } from "@/lib/kubernetes/pod-objects";
import { type Lab, startLab } from "@/lib/lab/lab";
import type { Workload } from "@/lib/mesh/objects";
import { findCallers } from "@/lib/probe/find-callers";
import { makeCall } from "@/lib/probe/make-call";
import { PROBE_IMAGE, toProbePod } from "@/lib/probe/probe-pod";
import type { ApiError } from "./api-error";
import { createProbePods, type ProbePods } from "./probe-pods";

/** Pods of Padlock's own on the embedded lab: made, called from, taken away. */

const NAMESPACE = "istioinaction";
let directory: string;
let lab: Lab;
let connection: KubernetesConnection;
let discovery: Discovery;
let workloads: Workload[] = [];
let open: ProbePods[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "padlock-probe-pods-"));
  lab = await startLab({ directory, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  connection = await connectKubernetes({ kubeconfigPath: lab.kubeconfig });
  discovery = createDiscovery(connection);
}, 60_000);
afterAll(async () => {
  await connection?.close();
  await lab?.close();
  await rm(directory, { recursive: true, force: true });
});
afterEach(async () => {
  for (const pods of open) {
    await refresh(pods);
    for (const pod of pods.list) {
      await vi.waitFor(() => expect(pods.list.find(({ name }) => name === pod.name)?.uid).not.toBeNull());
      const { uid } = pods.list.find(({ name }) => name === pod.name) ?? { uid: null };
      if (uid) await pods.remove({ ...pod, uid }).catch(() => undefined);
    }
    pods.close();
  }
  open = [];
});

/** What the watch would tell. */
async function refresh(pods: ProbePods): Promise<void> {
  const answer = (await connection.request({ path: "/api/v1/pods", maxBytes: 8_000_000 })) as { items: unknown[] };
  workloads = toWorkloads(answer.items.map(toPod).filter((pod): pod is Pod => pod !== null));
  pods.reconsider();
}
function start(image = PROBE_IMAGE, over: KubernetesConnection = connection): ProbePods {
  const pods = createProbePods({ connection: over, discovery, workloads: () => workloads, image, onChange: () => undefined });
  open.push(pods);
  return pods;
}
const ready = (pods: ProbePods, name: string) =>
  vi.waitFor(() => expect(pods.list.find((pod) => pod.name === name)).toMatchObject({ state: "ready" }), { timeout: 10_000 });
const refusal = async (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: ApiError) => error,
  );

test("two pods: one gets a sidecar, one none; both are the callers then, and both are served", async () => {
  const pods = start();
  await refresh(pods);
  await Promise.all([pods.create(NAMESPACE, "with-sidecar"), pods.create(NAMESPACE, "without-sidecar")]);
  await ready(pods, "padlock-with-sidecar");
  await ready(pods, "padlock-without-sidecar");
  await refresh(pods);
  const { withSidecar, withoutSidecar } = findCallers(workloads, NAMESPACE, null);
  expect([withSidecar.caller?.workload, withoutSidecar.caller?.workload]).toEqual([
    `${NAMESPACE}/padlock-with-sidecar`,
    `${NAMESPACE}/padlock-without-sidecar`,
  ]);
  for (const { caller } of [withSidecar, withoutSidecar]) {
    if (caller === null) throw new Error("no caller");
    expect(caller.container).toBe("curl");
    expect(await makeCall({ connection, caller, url: "http://web-api.istioinaction:8080/", timeoutMs: 5_000 })).toMatchObject({
      outcome: "served",
      httpCode: 200,
    });
  }
});

test("removed when asked: the very pod that was seen, and no other", async () => {
  const pods = start();
  await refresh(pods);
  await pods.create(NAMESPACE, "without-sidecar");
  const [pod] = pods.list;
  if (pod?.uid == null) throw new Error("no pod");
  const { namespace, name, uid } = pod;
  const error = await refusal(pods.remove({ namespace, name, uid: "another" }));
  expect(error.code).toBe("changed-meanwhile");
  expect(await readPod(connection, { namespace, name })).not.toBeNull();
  await pods.remove({ namespace, name, uid });
  expect(await readPod(connection, { namespace, name })).toBeNull();
  await vi.waitFor(() => expect(pods.list).toEqual([]), { timeout: 5_000 });
});

test("what an earlier Padlock left is found, told of as such, and can be removed; a pod without the labels is nobody's business", async () => {
  const { uid } = await createPod(connection, toProbePod({ kind: "without-sidecar", namespace: NAMESPACE, image: PROBE_IMAGE }));
  const foreign = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "foreign", namespace: "default" },
    spec: { containers: [{ name: "curl", image: "curl" }] },
  };
  await createPod(connection, foreign);
  const pods = start();
  await refresh(pods);
  await vi.waitFor(() => expect(pods.list).toMatchObject([{ name: "padlock-without-sidecar", uid, state: "ready", isFromBefore: true }]), {
    timeout: 5_000,
  });
  expect((await refusal(pods.remove({ namespace: "default", name: "foreign", uid: "x" }))).code).toBe("not-found");
  await pods.remove({ namespace: NAMESPACE, name: "padlock-without-sidecar", uid });
  expect(await readPod(connection, { namespace: "default", name: "foreign" })).not.toBeNull();
});

test("an image that cannot be had is said, with what would help, and the pod can still be removed", async () => {
  const pods = start("registry.example/none:1");
  await refresh(pods);
  await pods.create(NAMESPACE, "without-sidecar");
  await vi.waitFor(() => expect(pods.list).toMatchObject([{ state: "failed", says: expect.stringContaining("--probe-image") }]), { timeout: 5_000 });
});

test("somebody's pod of that name is left alone; the same one twice is refused", async () => {
  const name = "padlock-with-sidecar";
  const { uid } = await createPod(connection, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: NAMESPACE },
    spec: { containers: [{ name: "curl", image: "curl" }] },
  } as { metadata: { namespace: string } });
  const pods = start();
  await refresh(pods);
  expect((await refusal(pods.create(NAMESPACE, "with-sidecar"))).message).toContain("that is not Padlock's");
  expect(pods.list).toEqual([]);
  await connection.request({
    method: "DELETE",
    path: `/api/v1/namespaces/${NAMESPACE}/pods/${name}`,
    body: { preconditions: { uid }, kind: "DeleteOptions", apiVersion: "v1" },
  });
  await pods.create(NAMESPACE, "with-sidecar");
  expect((await refusal(pods.create(NAMESPACE, "with-sidecar"))).code).toBe("already-running");
});

test.each([
  ['pods "x" is forbidden: violates PodSecurity "restricted:latest": unrestricted capabilities', "NET_ADMIN: install Istio's CNI plugin"],
  ['pods "x" is forbidden: exceeded quota: pods, requested: pods=1', "The quota of istioinaction is used up"],
  ['pods is forbidden: User "viewer" cannot create resource "pods" in API group "" in the namespace "istioinaction"', 'User "viewer" cannot create'],
])("refused: %s", async (message, words) => {
  const failure = { method: "POST", path: "/", httpStatus: 403, reason: "Forbidden", message };
  const request = () => Promise.reject(new ForbiddenError(failure, { user: null, verb: null, resource: null, group: null, namespace: null }));
  const pods = start(PROBE_IMAGE, { request } as unknown as KubernetesConnection);
  expect((await refusal(pods.create(NAMESPACE, "with-sidecar"))).message).toContain(words);
  expect(pods.list).toEqual([]);
});

test("a conflict that is not about the name is passed on as it is", async () => {
  const failure = { method: "POST", path: "/", httpStatus: 409, reason: "Conflict", message: "object is being deleted" };
  const request = () => Promise.reject(new ConflictError(failure, "stale", []));
  const pods = start(PROBE_IMAGE, { request } as unknown as KubernetesConnection);
  expect((await refusal(pods.create(NAMESPACE, "with-sidecar"))).message).toContain("object is being deleted");
});
