import { expect, test } from "vitest";
import { compareKeys, toKubectlYaml } from "./kubectl-yaml";
import printed from "./testdata/kubectl-yaml.json";

test.each(printed.cases)("$what, as kubectl printed it", ({ object, yaml }) => {
  expect(toKubectlYaml(object)).toBe(yaml);
});

test("the lab's policy, as kubectl printed it for the recording", () => {
  const lastApplied =
    '{"apiVersion":"security.istio.io/v1beta1","kind":"PeerAuthentication","metadata":{"annotations":{},"name":"default","namespace":"istio-system"},"spec":{"mtls":{"mode":"PERMISSIVE"}}}\n';
  const object = {
    spec: { mtls: { mode: "PERMISSIVE" } },
    metadata: {
      uid: "ce033e74-31e8-4ba1-92f0-4f2614cca272",
      resourceVersion: "341",
      namespace: "istio-system",
      name: "default",
      managedFields: [{ manager: "kubectl-client-side-apply" }],
      generation: 1,
      creationTimestamp: "2026-11-24T16:34:14Z",
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": lastApplied },
    },
    kind: "PeerAuthentication",
    apiVersion: "security.istio.io/v1",
  };
  expect(toKubectlYaml(object)).toBe(`apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      ${lastApplied.trim()}
  creationTimestamp: "2026-11-24T16:34:14Z"
  generation: 1
  name: default
  namespace: istio-system
  resourceVersion: "341"
  uid: ce033e74-31e8-4ba1-92f0-4f2614cca272
spec:
  mtls:
    mode: PERMISSIVE
`);
});

test("ports sort as numbers", () => {
  expect(["9000", "10000", "8081", "80"].sort(compareKeys)).toEqual(["80", "8081", "9000", "10000"]);
});
