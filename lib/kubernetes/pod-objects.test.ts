import { expect, test } from "vitest";
import { toGateway } from "./gateway-objects";
import { toPod, toWorkloads } from "./pod-objects";

interface PodParts {
  owner?: { kind: string; name: string };
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  containers?: { name: string; ports?: { containerPort: number; protocol?: string }[] }[];
  initContainers?: { name: string; restartPolicy?: string }[];
  ready?: boolean;
  phase?: string;
  created?: string;
  deletionTimestamp?: string;
  namespace?: string;
}

const pod = (name: string, parts: PodParts = {}) => {
  const {
    owner,
    labels = {},
    annotations = {},
    containers = [{ name: "app" }],
    initContainers,
    ready = true,
    phase = "Running",
    created = "2026-11-24T16:00:00Z",
    deletionTimestamp,
    namespace = "istioinaction",
  } = parts;
  const found = toPod({
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels,
      annotations,
      creationTimestamp: created,
      deletionTimestamp,
      ownerReferences: owner ? [{ ...owner, controller: true }] : undefined,
    },
    spec: { serviceAccountName: "web-api", containers, initContainers },
    status: { phase, podIP: "10.0.0.1", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  });
  if (!found) throw new Error("not a pod");
  return found;
};

test("pods become the workload that runs them", () => {
  const hash = "6c9f5d7b4d";
  const labels = { app: "web-api", version: "v1", "pod-template-hash": hash };
  const containers = [
    { name: "web-api", ports: [{ containerPort: 8081 }, { containerPort: 53, protocol: "UDP" }] },
    { name: "istio-proxy", ports: [{ containerPort: 15090 }] },
  ];
  const pods = ["b", "a"].map((suffix) => pod(`web-api-${hash}-${suffix}`, { owner: { kind: "ReplicaSet", name: `web-api-${hash}` }, labels, containers }));
  expect(toWorkloads(pods)).toEqual([
    {
      namespace: "istioinaction",
      name: "web-api",
      kind: "Deployment",
      labels,
      app: "web-api",
      version: "v1",
      serviceAccount: "web-api",
      sidecar: "sidecar",
      containers: ["web-api", "istio-proxy"],
      pods: ["a", "b"].map((suffix) => ({ name: `web-api-${hash}-${suffix}`, ip: "10.0.0.1", ready: true })),
      ports: [8081],
      isGateway: false,
    },
  ]);
});

test.each([
  ["a bare pod", undefined, {}, { kind: "Pod", name: "p" }],
  ["a StatefulSet", { kind: "StatefulSet", name: "db" }, {}, { kind: "StatefulSet", name: "db" }],
  ["a ReplicaSet of its own", { kind: "ReplicaSet", name: "rs" }, {}, { kind: "ReplicaSet", name: "rs" }],
  [
    "a ReplicaSet whose end only looks like a hash",
    { kind: "ReplicaSet", name: "web-api-v1" },
    { "pod-template-hash": "abc" },
    { kind: "ReplicaSet", name: "web-api-v1" },
  ],
  ["a Job", { kind: "Job", name: "migrate" }, {}, { kind: "Job", name: "migrate" }],
  ["a CronJob's Job", { kind: "Job", name: "report-28912345" }, {}, { kind: "CronJob", name: "report" }],
])("%s owns its pod", (_, owner, labels, expected) => {
  expect(toWorkloads([pod("p", { labels, ...(owner ? { owner } : {}) })])[0]).toMatchObject(expected);
});

test.each([
  ["a container istio-proxy", { containers: [{ name: "app" }, { name: "istio-proxy" }] }, "sidecar"],
  ["a native sidecar", { initContainers: [{ name: "istio-init" }, { name: "istio-proxy", restartPolicy: "Always" }] }, "sidecar"],
  ["an init container that ends", { initContainers: [{ name: "istio-proxy" }] }, "none"],
  ["ztunnel's redirection", { annotations: { "ambient.istio.io/redirection": "enabled" } }, "ambient"],
  ["the ambient label", { labels: { "istio.io/dataplane-mode": "ambient" } }, "ambient"],
  ["none of these", {}, "none"],
])("%s: %s", (_, parts, sidecar) => {
  expect(toWorkloads([pod("p", parts)])[0]?.sidecar).toBe(sidecar);
});

test("a pod in an ambient namespace is ambient, and one pod without sidecar leaves its workload open", () => {
  expect(toWorkloads([pod("p")], [], new Set(["istioinaction"]))[0]?.sidecar).toBe("ambient");
  const owner = { kind: "StatefulSet", name: "db" };
  const meshed = pod("db-0", { owner, containers: [{ name: "app" }, { name: "istio-proxy" }] });
  expect(toWorkloads([meshed, pod("db-1", { owner })])[0]?.sidecar).toBe("none");
  // A pod that is not serving yet decides nothing.
  expect(toWorkloads([meshed, pod("db-1", { owner, ready: false })])[0]?.sidecar).toBe("sidecar");
});

test("pods that ended or are leaving are not ready; the newest template names labels and containers", () => {
  const owner = { kind: "StatefulSet", name: "db" };
  const pods = [
    pod("db-0", { owner, labels: { app: "old" }, deletionTimestamp: "2026-11-24T17:00:00Z" }),
    pod("db-1", { owner, labels: { app: "new" }, created: "2026-11-24T17:00:00Z", containers: [{ name: "next" }] }),
    pod("db-2", { owner, phase: "Succeeded" }),
  ];
  expect(toWorkloads(pods)[0]).toMatchObject({ app: "new", containers: ["next"], pods: [{ ready: false }, { ready: true }, { ready: false }] });
});

test("a workload that a Gateway selects is a gateway; its proxy's ports are its own", () => {
  const gateway = toGateway({
    metadata: { name: "web-api-gateway", namespace: "istioinaction" },
    spec: {
      selector: { istio: "ingressgateway" },
      servers: [
        { port: { number: 443, protocol: "https", name: "https" }, hosts: ["istioinaction.io"], tls: { mode: "SIMPLE", credentialName: "istioinaction-cert" } },
      ],
    },
  });
  expect(gateway).toEqual({
    namespace: "istioinaction",
    name: "web-api-gateway",
    selector: { istio: "ingressgateway" },
    servers: [
      { port: 443, protocol: "HTTPS", hosts: ["istioinaction.io"], tls: { mode: "SIMPLE", credentialName: "istioinaction-cert", httpsRedirect: false } },
    ],
  });
  const ingress = pod("gw", {
    namespace: "istio-system",
    labels: { istio: "ingressgateway" },
    containers: [{ name: "istio-proxy", ports: [{ containerPort: 8443 }, { containerPort: 15021 }] }],
  });
  expect(toWorkloads([ingress, pod("other")], gateway ? [gateway] : [])).toMatchObject([
    { isGateway: true, ports: [8443, 15021], sidecar: "sidecar" },
    { isGateway: false },
  ]);
});
