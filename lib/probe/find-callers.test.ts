import { expect, test } from "vitest";
import type { Workload } from "@/lib/mesh/objects";
import { findCallers } from "./find-callers";

const workload = (namespace: string, name: string, parts: Partial<Workload> = {}): Workload => ({
  namespace,
  name,
  kind: "Deployment",
  labels: {},
  app: name,
  version: null,
  serviceAccount: name,
  sidecar: "sidecar",
  containers: [name, "istio-proxy"],
  pods: [{ name: `${name}-1`, ip: "10.0.0.1", ready: true }],
  ports: [],
  isGateway: false,
  ...parts,
});
const naked = (namespace: string, name: string, parts: Partial<Workload> = {}) => workload(namespace, name, { sidecar: "none", containers: [name], ...parts });

const LAB = [
  workload("istio-system", "istio-ingressgateway", { isGateway: true, containers: ["istio-proxy"] }),
  naked("istio-system", "istiod", { containers: ["discovery"] }),
  workload("istioinaction", "recommendation"),
  workload("istioinaction", "web-api"),
  workload("istioinaction", "sleep"),
  naked("default", "sleep"),
];

test("the lab's two sleeps are its callers", () => {
  const { withSidecar, withoutSidecar } = findCallers(LAB, "istioinaction", "istioinaction/web-api");
  expect(withSidecar.caller).toEqual({
    kind: "with-sidecar",
    workload: "istioinaction/sleep",
    namespace: "istioinaction",
    pod: "sleep-1",
    container: "sleep",
    ip: "10.0.0.1",
    sidecar: "sidecar",
    containers: ["sleep", "istio-proxy"],
  });
  expect(withoutSidecar.caller).toMatchObject({ kind: "without-sidecar", workload: "default/sleep", container: "sleep" });
});

test("what is made for calling is preferred, the target never calls itself, and a pod must be ready", () => {
  const pods = [{ name: "sleep-0", ip: null, ready: false }];
  const workloads = [...LAB.filter(({ name }) => name !== "sleep"), workload("istioinaction", "sleep", { pods }), workload("istioinaction", "curl-client")];
  expect(findCallers(workloads, "istioinaction", null).withSidecar.caller?.workload).toBe("istioinaction/curl-client");
  const few = [workload("istioinaction", "web-api"), workload("istioinaction", "sleep", { pods })];
  expect(findCallers(few, "istioinaction", "istioinaction/web-api").withSidecar).toEqual({
    caller: null,
    missing: expect.stringContaining("are not ready: sleep"),
  });
  const second = workload("istioinaction", "sleep", { pods: [...pods, { name: "sleep-1", ip: "10.0.0.2", ready: true }] });
  expect(findCallers([second], "istioinaction", null).withSidecar.caller).toMatchObject({ pod: "sleep-1", ip: "10.0.0.2" });
});

test("without sidecar: default first, then elsewhere; never a stranger's application nor the system's", () => {
  const elsewhere = [naked("tools", "netshoot"), naked("istioinaction", "sleep")];
  expect(findCallers([...elsewhere, naked("default", "sleep")], "istioinaction", null).withoutSidecar.caller?.workload).toBe("default/sleep");
  expect(findCallers(elsewhere, "istioinaction", null).withoutSidecar.caller?.workload).toBe("tools/netshoot");
  expect(
    findCallers([naked("shop", "db"), naked("kube-system", "curl"), naked("istio-system", "sleep")], "istioinaction", null).withoutSidecar.caller,
  ).toBeNull();
});

test("what is missing is said, with what would help", () => {
  const { withSidecar, withoutSidecar } = findCallers([workload("istioinaction", "web-api")], "istioinaction", "istioinaction/web-api");
  expect(withSidecar.missing).toContain("deploy one with curl");
  expect(withoutSidecar.missing).toContain("Every pod that could call has a sidecar");
  expect(findCallers([naked("istioinaction", "sleep")], "istioinaction", null).withSidecar.missing).toContain("istio-injection=enabled");
  expect(findCallers([workload("istioinaction", "sleep", { sidecar: "ambient" })], "istioinaction", null).withoutSidecar.caller).toBeNull();
});
