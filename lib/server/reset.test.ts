import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import { type Lab, startLab } from "@/lib/lab/lab";
import { createRuntime } from "./create-runtime";
import { createReset } from "./reset";
import type { Runtime } from "./runtime";
import { toLabConfig } from "./testdata/lab-config";

/** On somebody's cluster the mesh-wide policy is not Padlock's: the namespace goes back to whatever that policy says. */

const NAMESPACE = "istioinaction";
const POLICIES = "/apis/security.istio.io/v1/namespaces";

let folder: string;
let lab: Lab;
let runtime: Runtime;
let terminal: KubernetesConnection;

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  folder = await mkdtemp(path.join(tmpdir(), "padlock-reset-"));
  lab = await startLab({ directory: folder, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  process.env["PADLOCK_CONFIG"] = toLabConfig(lab, { label: "a mesh", kind: "cluster" });
  runtime = await createRuntime();
  terminal = await connectKubernetes({ kubeconfigPath: lab.kubeconfig });
}, 60_000);
afterAll(async () => {
  await runtime.close();
  await terminal.close();
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});

const policy = (namespace: string, mode: string) => ({
  path: `${POLICIES}/${namespace}/peerauthentications/default?fieldManager=kubectl&force=true`,
  method: "PATCH" as const,
  contentType: "application/apply-patch+yaml",
  body: { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { name: "default", namespace }, spec: { mtls: { mode } } },
});

test("reset takes the namespace's policy away, leaves a mesh-wide STRICT as it is, and proves that plaintext is refused", async () => {
  await terminal.request(policy("istio-system", "STRICT"));
  await terminal.request(policy(NAMESPACE, "PERMISSIVE"));
  const before = (await terminal.request({ path: `${POLICIES}/istio-system/peerauthentications/default` })) as { metadata: { resourceVersion: string } };
  await vi.waitFor(
    () => {
      const { mesh, switch: position } = runtime.readState({ namespaces: [NAMESPACE], window: 60 });
      expect(position).toMatchObject({ position: "PERMISSIVE", inherits: { mode: "STRICT" } });
      expect(mesh.probeTarget).not.toBeNull();
    },
    { timeout: 15_000, interval: 50 },
  );
  const plan = await runtime.planReset(NAMESPACE);
  expect(plan.steps.filter(({ object }) => object !== null).map(({ verb, object }) => `${verb} ${object?.namespace}/${object?.name}`)).toEqual([
    `delete ${NAMESPACE}/default`,
  ]);
  expect(plan.steps.find(({ verb }) => verb === "prove")?.says).toContain("plaintext is refused, as the mesh-wide policy says");
  const { ok, proofs } = await runtime.reset({ namespace: NAMESPACE, plan: plan.digest });
  expect(ok, JSON.stringify(proofs)).toBe(true);
  expect(proofs.map(({ says }) => says).join("\n")).toContain("plaintext is refused by 3 of 3 workloads");
  const after = (await terminal.request({ path: `${POLICIES}/istio-system/peerauthentications/default` })) as typeof before;
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
}, 60_000);

test.each([
  [[{ kind: "PeerAuthentication", state: "forbidden" }], "forbidden", "PeerAuthentication objects may not be read"],
  [[{ kind: "DestinationRule", state: "forbidden" }], "ok", "DestinationRule objects may not be read"],
  [[], "absent", "Istio is not installed here"],
  [[], "down", "The Kubernetes API does not answer"],
])("a plan that cannot be made says which list is missing (%#)", (unread, state, says) => {
  const cluster = { objects: { policies: null, destinationRules: null }, source: { state }, unread } as never;
  const reset = createReset({ cluster, meshStart: null } as unknown as Parameters<typeof createReset>[0]);
  expect(() => reset.plan(NAMESPACE)).toThrow(`${says}, so there is no telling what a reset would do.`);
});
