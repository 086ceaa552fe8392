import { expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import type { GraphInput } from "./graph-input";
import { lab } from "./testdata/graph";
import { GATEWAY, WEB_API, workload } from "./testdata/objects";

test.each<[string, Partial<GraphInput>, string]>([
  ["nothing selected", { view: { namespaces: [], windowSeconds: 60 } }, "No namespace is selected."],
  ["no such namespace", { view: { namespaces: ["nowhere"], windowSeconds: 60 } }, "There is no namespace nowhere that Padlock may see."],
  ["nothing runs there", { workloads: [GATEWAY] }, "Nothing runs in istioinaction."],
  ["Kiali unreachable", { kiali: { state: "down", reason: "Kiali refuses connections." } }, "Kiali refuses connections."],
  [
    "Kiali wants a login",
    { kiali: { state: "forbidden", reason: "Kiali wants a login with a token; none was given" } },
    "Kiali wants a login with a token; none was given.",
  ],
  ["Kiali forbids", { kiali: { state: "forbidden", reason: null } }, "Kiali does not answer."],
  ["Kiali not asked yet", { kiali: { state: "connecting", reason: null }, observed: null }, "Kiali has not answered yet."],
  [
    "not injected",
    { workloads: [workload({ namespace: "default", name: "a", sidecar: "none" })], view: { namespaces: ["default"], windowSeconds: 60 } },
    "No workload in default has a sidecar: the namespace is not injected.",
  ],
  [
    "labelled, not restarted",
    { workloads: [{ ...WEB_API, sidecar: "none" }] },
    "No workload in istioinaction has a sidecar yet, although the namespace asks for them.",
  ],
])("empty because of %s", (_, given, cause) => {
  const { empty } = assembleGraph(lab(given));
  expect(empty?.cause).toBe(cause);
  expect(empty?.next.length).toBeGreaterThan(10);
});
