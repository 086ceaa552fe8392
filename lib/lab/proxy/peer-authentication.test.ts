import { expect, test } from "vitest";
import type { KubeObject } from "../objects";
import { effectiveMode, toPeerAuthenticationPolicies } from "./peer-authentication";
import recorded from "./testdata/peer-authentication.json";
import { type PolicyCase, toPolicyObjects } from "./testdata/policy-case";

const cases: PolicyCase[] = recorded.cases;
const workloads: Record<string, { ns: string; labels: Record<string, string> }> = recorded.workloads;

for (const { id, title, policies, expect: expectations } of cases) {
  test(`case ${id}: ${title}`, () => {
    const objects = toPeerAuthenticationPolicies(toPolicyObjects(policies));
    for (const { workload, port, mode } of expectations) {
      const target = workloads[workload];
      if (!target) throw new Error(`the cases know no workload ${workload}`);
      expect(effectiveMode(objects, recorded.rootNamespace, { namespace: target.ns, labels: target.labels }, port)).toBe(mode);
    }
  });
}

test("a policy of another revision is not seen, one labelled with the revision of a normal install is", () => {
  const policy = (rev: string): KubeObject[] => toPolicyObjects([{ name: "default", ns: "istio-system", mode: "STRICT", rev }]);
  const mode = (objects: KubeObject[]) =>
    effectiveMode(toPeerAuthenticationPolicies(objects), "istio-system", { namespace: "istioinaction", labels: {} }, 8081);
  expect(mode(policy("canary"))).toBe("PERMISSIVE");
  expect(mode(policy("default"))).toBe("STRICT");
});

test("policies of the same second are ordered by name", () => {
  const objects = toPolicyObjects([
    { name: "b", ns: "istioinaction", mode: "STRICT", t: 1 },
    { name: "a", ns: "istioinaction", mode: "DISABLE", t: 1 },
  ]);
  expect(effectiveMode(toPeerAuthenticationPolicies(objects), "istio-system", { namespace: "istioinaction", labels: {} })).toBe("DISABLE");
});
