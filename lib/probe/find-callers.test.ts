import { describe, expect, test } from "vitest";
import type { Workload } from "@/lib/mesh/objects";
import { findCallers, findChecker } from "./find-callers";

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
    by: "exec",
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
    candidates: [],
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
  const ambient = findCallers([workload("istioinaction", "sleep", { sidecar: "ambient" })], "istioinaction", null);
  expect(ambient.withoutSidecar.caller).toBeNull();
  expect(ambient.withSidecar).toMatchObject({ caller: null, candidates: [], missing: expect.stringContaining("ambient mode") });
});

const names = (candidates: readonly { workload: string }[]) => candidates.map((candidate) => candidate.workload);

test("a person may choose among all that could call, a stranger's application too; what cannot call any more is not kept to", () => {
  const workloads = [...LAB, naked("shop", "db")];
  const { withoutSidecar, withSidecar } = findCallers(workloads, "istioinaction", "istioinaction/web-api", {
    chosen: { "without-sidecar": "shop/db", "with-sidecar": "istioinaction/gone" },
  });
  expect(names(withoutSidecar.candidates)).toEqual(["default/sleep", "shop/db"]);
  expect(withoutSidecar.caller?.workload).toBe("shop/db");
  expect(names(withSidecar.candidates)).toEqual(["istioinaction/sleep", "istioinaction/recommendation"]);
  expect(withSidecar.caller?.workload).toBe("istioinaction/sleep");
});

test("a container without curl is left out, and the sentence says so when it was the last", () => {
  const withoutCurl = new Set(["istioinaction/sleep-1/sleep", "default/sleep-1/sleep"]);
  const { withSidecar, withoutSidecar } = findCallers(LAB, "istioinaction", "istioinaction/web-api", { withoutCurl });
  expect(withSidecar.caller?.workload).toBe("istioinaction/recommendation");
  expect(withoutSidecar).toMatchObject({ caller: null, missing: expect.stringContaining("has curl") });
});

test("a probe pod was made for it and comes first, wherever it is", () => {
  const labels = { "app.kubernetes.io/managed-by": "padlock", "padlock.dev/probe": "without-sidecar" };
  const probe = naked("istioinaction", "padlock-without-sidecar", { labels });
  expect(findCallers([...LAB, probe], "istioinaction", null).withoutSidecar.caller?.workload).toBe("istioinaction/padlock-without-sidecar");
  // Labels of somebody else's are no probe pod's.
  const other = naked("shop", "db", { labels: { "padlock.dev/probe": "without-sidecar" } });
  expect(findCallers([other], "istioinaction", null).withoutSidecar.caller).toBeNull();
});

test("checks are made by the caller on screen, or by who can where no command may be run in its pod", () => {
  const own = { namespace: "padlock", pod: "padlock-1" };
  const chosen = { "without-sidecar": "default/sleep" };
  const everybody = [...LAB, naked("tools", "curl"), naked("padlock", "padlock")];
  const check = (mayExec: (namespace: string) => boolean | null, workloads: Workload[] = everybody) =>
    findChecker(findCallers(workloads, "istioinaction", null, { own, chosen, mayExec }).withoutSidecar, mayExec).caller?.workload;
  expect(check(() => true)).toBe("default/sleep");
  expect(check(() => null)).toBe("default/sleep");
  expect(check((namespace) => namespace !== "default", [...LAB, naked("tools", "curl")])).toBe("tools/curl");
  expect(check(() => false)).toBe("padlock/padlock");
  // Nobody can: the API server's refusal then names the right.
  expect(check(() => false, LAB)).toBe("default/sleep");
});

describe("Padlock itself, in the cluster", () => {
  const own = { namespace: "padlock", pod: "padlock-1" };
  const padlock = (parts: Partial<Workload> = {}) => naked("padlock", "padlock", parts);
  const found = (workloads: Workload[], mayExec?: () => boolean) =>
    findCallers(workloads, "istioinaction", null, { own, ...(mayExec ? { mayExec } : {}) }).withoutSidecar;

  test("calls where there is nobody else, in the system's namespaces as well", () => {
    expect(found([padlock()]).caller).toMatchObject({ by: "padlock", workload: "padlock/padlock", sidecar: "none" });
    expect(
      findCallers([naked("istio-system", "padlock")], "istioinaction", null, { own: { namespace: "istio-system", pod: "padlock-1" } }).withoutSidecar.caller
        ?.by,
    ).toBe("padlock");
  });
  test("leaves it to a pod made for calling, unless no command may be run there", () => {
    expect(found([...LAB, padlock()]).caller).toMatchObject({ by: "exec", workload: "default/sleep" });
    expect(found([...LAB, padlock()], () => false).caller).toMatchObject({ by: "padlock" });
  });
  test("is no caller with a sidecar of its own, in ambient mode, or when its pod is not known", () => {
    expect(found([padlock({ sidecar: "sidecar" })]).caller).toBeNull();
    expect(found([padlock({ sidecar: "ambient" })]).caller).toBeNull();
    expect(found([]).caller).toBeNull();
  });
});
