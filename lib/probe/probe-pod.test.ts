import { expect, test } from "vitest";
import { toPod } from "@/lib/kubernetes/pod-objects";
import type { CallerKind } from "./find-callers";
import { PROBE_IMAGE, toProbeKind, toProbePod, toProbePodProgress } from "./probe-pod";

const make = (kind: CallerKind) => toProbePod({ kind, namespace: "shop", image: PROBE_IMAGE });

test("it asks for nothing that Pod Security's level restricted forbids, and holds no token", () => {
  for (const kind of ["with-sidecar", "without-sidecar"] as const) {
    const { spec } = make(kind);
    expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } });
    expect(spec.securityContext.runAsUser).toBeGreaterThan(0);
    for (const { securityContext, image } of spec.containers) {
      expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
      expect(image).toMatch(/:\d+\.\d+\.\d+$/);
    }
    // Forgotten, it ends by itself.
    expect(spec.activeDeadlineSeconds).toBeLessThanOrEqual(24 * 3600);
  }
});

test("its labels say whose it is and whether it wants a proxy; others' pods are not taken for it", () => {
  expect(make("with-sidecar").metadata.labels).toMatchObject({ "sidecar.istio.io/inject": "true", "padlock.dev/probe": "with-sidecar" });
  expect(make("without-sidecar").metadata.labels).toMatchObject({ "sidecar.istio.io/inject": "false", "app.kubernetes.io/managed-by": "padlock" });
  expect(toProbeKind(make("with-sidecar").metadata.labels)).toBe("with-sidecar");
  expect(toProbeKind({ "padlock.dev/probe": "with-sidecar" })).toBeNull();
  expect(toProbeKind({ "app.kubernetes.io/managed-by": "padlock", "padlock.dev/probe": "<b>" })).toBeNull();
});

/** The pod as a cluster has it some time later. */
function stored(kind: CallerKind, status: object, { proxy = kind === "with-sidecar", deleted = false } = {}) {
  const manifest = make(kind);
  const containers = [...manifest.spec.containers, ...(proxy ? [{ name: "istio-proxy", image: "proxyv2" }] : [])];
  return {
    ...manifest,
    metadata: { ...manifest.metadata, uid: "1", creationTimestamp: "2026-11-30T00:00:00Z", ...(deleted ? { deletionTimestamp: "2026-11-30T00:00:01Z" } : {}) },
    spec: { ...manifest.spec, containers },
    status,
  };
}
const ready = { phase: "Running", podIP: "10.0.0.9", conditions: [{ type: "Ready", status: "True" }] };
const scheduled = { type: "PodScheduled", status: "True" };
const waits = (reason: string, message = "") => ({
  phase: "Pending",
  conditions: [scheduled],
  containerStatuses: [{ name: "curl", state: { waiting: { reason, message } } }],
});

test.each([
  ["stored a moment ago", { phase: "Pending" }, "waiting", "waits for a node"],
  [
    "no node",
    { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes are available" }] },
    "waiting",
    "0/3 nodes",
  ],
  ["being pulled", waits("ContainerCreating"), "waiting", "image is pulled"],
  ["no such image", waits("ImagePullBackOff", "Back-off pulling image"), "failed", "--probe-image"],
  ["cannot be run", waits("CreateContainerConfigError", "container has runAsNonRoot"), "failed", "runAsNonRoot"],
  ["evicted", { phase: "Failed", reason: "Evicted", message: "The node was low on memory" }, "failed", "Evicted: The node"],
  ["ready", ready, "ready", "ready"],
] as const)("%s", (_name, status, state, words) => {
  const progress = toProbePodProgress(stored("without-sidecar", status), "without-sidecar");
  expect(progress.state).toBe(state);
  expect(progress.says).toContain(words);
});

test("what came otherwise than it asked is no caller of its kind, ready or not", () => {
  expect(toPod(stored("with-sidecar", ready))?.sidecar).toBe("sidecar");
  expect(toProbePodProgress(stored("with-sidecar", ready), "with-sidecar").state).toBe("ready");
  expect(toProbePodProgress(stored("with-sidecar", ready, { proxy: false }), "with-sidecar")).toMatchObject({
    state: "failed",
    says: expect.stringContaining("no injector"),
  });
  expect(toProbePodProgress(stored("without-sidecar", ready, { proxy: true }), "without-sidecar").state).toBe("failed");
  expect(toProbePodProgress(stored("with-sidecar", ready, { deleted: true }), "with-sidecar").state).toBe("removing");
});

test("a message of any length is cut", () => {
  expect(toProbePodProgress(stored("without-sidecar", waits("ErrImagePull", "x".repeat(100_000))), "without-sidecar").says.length).toBeLessThan(400);
});
