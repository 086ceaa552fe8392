import { expect, test } from "vitest";
import { decideInherited, decideNamespacePolicy, decidePortMode, decideWorkloadPolicy, findNamespacePolicy } from "./decide-policy";
import { isMode, type Mode } from "./modes";
import { CONFIG, policy, WEB_API } from "./testdata/objects";
import recorded from "./testdata/peer-authentication.json";

interface RecordedPolicy {
  name: string;
  ns: string;
  mode?: string;
  t?: number;
  rev?: string;
  selector?: Record<string, string>;
  ports?: Record<string, string | null>;
}

const WORKLOADS = new Map(
  Object.entries(recorded.workloads).map(([name, { ns, labels }]) => [name, { namespace: ns, labels: labels as Record<string, string> }]),
);

function toMode(value: string | null | undefined): Mode | null {
  return isMode(value) ? value : null;
}

function toPolicy({ name, ns, mode, t, rev, selector, ports }: RecordedPolicy) {
  return policy({
    namespace: ns,
    name,
    createdAt: (t ?? 0) * 1_000,
    labels: rev === undefined ? {} : { "istio.io/rev": rev },
    selector: selector === undefined || Object.keys(selector).length === 0 ? null : selector,
    mode: toMode(mode),
    ports: Object.fromEntries(Object.entries(ports ?? {}).map(([port, value]) => [Number(port), toMode(value) ?? "UNSET"])),
  });
}

const rows = recorded.cases.flatMap(({ id, title, policies, expect: expected }) =>
  expected.map((one) => ({ id, title, policies: policies as RecordedPolicy[], ...one })),
);

test.each(rows)("as seen on Envoy, case $id: $title ($workload $port is $mode)", ({ policies, workload, port, mode }) => {
  const subject = WORKLOADS.get(workload);
  if (subject === undefined) throw new Error(`the case names no workload ${workload}`);
  for (const order of [policies, policies.toReversed()]) {
    expect(decidePortMode(decideWorkloadPolicy(order.map(toPolicy), CONFIG, subject), port).mode).toBe(mode);
  }
});

test("the table holds all 28 recorded cases with their 42 expectations", () => {
  expect(recorded.cases).toHaveLength(28);
  expect(rows).toHaveLength(42);
});

const meshStrict = policy({ namespace: "istio-system", name: "default", mode: "STRICT", createdAt: 1_000 });
const ours = policy({ namespace: "istioinaction", name: "default", mode: "PERMISSIVE", createdAt: 2_000 });
const younger = policy({ namespace: "istioinaction", name: "extra", mode: "DISABLE", createdAt: 3_000 });

test("the steps name the object of each scope, the one that decides and what Istio ignores", () => {
  const decided = decideNamespacePolicy([younger, ours, meshStrict], CONFIG, "istioinaction");
  expect(decided).toMatchObject({ mode: "PERMISSIVE", from: "namespace", object: { namespace: "istioinaction", name: "default" }, ports: [] });
  expect(decided.steps.map(({ scope, mode, decides }) => ({ scope, mode, decides }))).toEqual([
    { scope: "mesh", mode: "STRICT", decides: false },
    { scope: "namespace", mode: "PERMISSIVE", decides: true },
  ]);
  expect(decided.steps[1]?.ignored).toEqual([{ kind: "PeerAuthentication", namespace: "istioinaction", name: "extra", because: "younger" }]);
});

test("nobody says anything: PERMISSIVE by default, and no step decides", () => {
  const decided = decideNamespacePolicy([], CONFIG, "istioinaction");
  expect(decided).toMatchObject({ mode: "PERMISSIVE", from: "default", object: null });
  expect(decided.steps.some((step) => step.decides)).toBe(false);
});

test("policies made in the same second are ordered by name, by code unit", () => {
  const b = policy({ namespace: "istioinaction", name: "b", mode: "STRICT" });
  const a = policy({ namespace: "istioinaction", name: "a", mode: "DISABLE" });
  const digit = policy({ namespace: "istioinaction", name: "0", mode: "PERMISSIVE" });
  expect(findNamespacePolicy([b, a], CONFIG, "istioinaction")).toBe(a);
  expect(findNamespacePolicy([b, a, digit], CONFIG, "istioinaction")).toBe(digit);
});

test("inherit: the next selector-less policy takes over before the mesh does", () => {
  expect(decideInherited([meshStrict, ours, younger], CONFIG, "istioinaction")).toMatchObject({
    mode: "DISABLE",
    from: "namespace",
    object: { name: "extra" },
  });
  expect(decideInherited([meshStrict, ours], CONFIG, "istioinaction")).toMatchObject({ mode: "STRICT", from: "mesh" });
  expect(decideInherited([ours], CONFIG, "istioinaction")).toMatchObject({ mode: "PERMISSIVE", from: "default", object: null });
});

test("inherit in the root namespace: the younger mesh policy takes over", () => {
  const waiting = policy({ namespace: "istio-system", name: "z", mode: "DISABLE", createdAt: 9_000 });
  expect(decideInherited([meshStrict, waiting], CONFIG, "istio-system")).toMatchObject({ mode: "DISABLE", from: "mesh", object: { name: "z" } });
});

test("an older policy without a mode hides a younger STRICT one, and the switch finds it", () => {
  const silent = policy({ namespace: "istioinaction", name: "old", createdAt: 0 });
  expect(decideNamespacePolicy([ours, silent], CONFIG, "istioinaction")).toMatchObject({ mode: "PERMISSIVE", from: "default" });
  expect(findNamespacePolicy([ours, silent], CONFIG, "istioinaction")).toBe(silent);
});

test.each([
  { revision: undefined, label: "default", mode: "STRICT" },
  { revision: undefined, label: "canary", mode: "PERMISSIVE" },
  { revision: "canary", label: "canary", mode: "STRICT" },
  { revision: "", label: "canary", mode: "STRICT" },
])("istio.io/rev $label under revision $revision: $mode", ({ revision, label, mode }) => {
  const labelled = policy({ namespace: "istioinaction", name: "default", mode: "STRICT", labels: { "istio.io/rev": label } });
  const decided = decideNamespacePolicy([labelled], { ...CONFIG, revision }, "istioinaction");
  expect(decided.mode).toBe(mode);
  expect(decided.steps[1]?.ignored.map(({ because }) => because)).toEqual(mode === "STRICT" ? [] : ["other-revision"]);
});

test("a port's own mode is listed when it differs, with the object; other ports follow the workload", () => {
  const exempt = policy({
    namespace: "istioinaction",
    name: "wa",
    selector: { app: "web-api" },
    mode: "STRICT",
    ports: { 8081: "PERMISSIVE", 9000: "STRICT", 9001: "UNSET" },
  });
  const decided = decideWorkloadPolicy([exempt], CONFIG, WEB_API);
  expect(decided.ports).toEqual([{ port: 8081, mode: "PERMISSIVE", object: { kind: "PeerAuthentication", namespace: "istioinaction", name: "wa" } }]);
  expect(decidePortMode(decided, 8081)).toMatchObject({ mode: "PERMISSIVE", from: "port" });
  expect(decidePortMode(decided, 9001)).toMatchObject({ mode: "STRICT", from: "workload" });
  expect(decidePortMode(decided, 1)).toMatchObject({ mode: "STRICT", from: "workload" });
});

test("a selector named like a prototype key matches nobody by accident", () => {
  const odd = policy({ namespace: "istioinaction", name: "odd", selector: { constructor: "x" }, mode: "STRICT" });
  expect(decideWorkloadPolicy([odd], CONFIG, WEB_API).mode).toBe("PERMISSIVE");
});
