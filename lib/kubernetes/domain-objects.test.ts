import { expect, test } from "vitest";
import { toMeshConfig, toNamespace, toService } from "./cluster-objects";
import { toGateway, toVirtualService } from "./gateway-objects";
import { toPod, toWorkloads } from "./pod-objects";
import { toDestinationRule, toPeerAuthentication } from "./policy-objects";

const policy = (spec: unknown, metadata: Record<string, unknown> = {}) => ({
  apiVersion: "security.istio.io/v1",
  kind: "PeerAuthentication",
  metadata: { name: "default", namespace: "istioinaction", uid: "u", resourceVersion: "7", creationTimestamp: "2026-11-24T16:34:14Z", ...metadata },
  spec,
});

test("a PeerAuthentication with all its parts", () => {
  const spec = {
    selector: { matchLabels: { app: "web-api" } },
    mtls: { mode: "STRICT" },
    portLevelMtls: { "8081": { mode: "DISABLE" }, "9000": {}, "70000": { mode: "STRICT" } },
  };
  expect(toPeerAuthentication(policy(spec, { labels: { a: "b" } }))).toMatchObject({
    namespace: "istioinaction",
    name: "default",
    uid: "u",
    resourceVersion: "7",
    createdAt: Date.UTC(2026, 10, 24, 16, 34, 14),
    labels: { a: "b" },
    annotations: {},
    selector: { app: "web-api" },
    mode: "STRICT",
    ports: { 8081: "DISABLE", 9000: "UNSET" },
    yaml: expect.stringContaining('creationTimestamp: "2026-11-24T16:34:14Z"'),
  });
});

test.each([
  ["no spec", undefined],
  ["an empty spec", {}],
  ["an empty selector", { selector: {} }],
  ["empty matchLabels", { selector: { matchLabels: {} }, mtls: {} }],
  ["nulls", { selector: null, mtls: null, portLevelMtls: null }],
  ["a mode that is none of Istio's", { mtls: { mode: "STRCT" } }],
])("%s: no selector and no mode", (_, spec) => {
  expect(toPeerAuthentication(policy(spec))).toMatchObject({ selector: null, mode: null, ports: {} });
});

test("owners of the mode, newest last, without those of the status", () => {
  const entry = (manager: string, time: string, fieldsV1: unknown, more = {}) => ({
    manager,
    operation: "Update",
    apiVersion: "security.istio.io/v1",
    time,
    fieldsType: "FieldsV1",
    fieldsV1,
    ...more,
  });
  const managedFields = [
    entry("padlock", "2026-11-24T16:35:00Z", { "f:spec": { "f:mtls": { "f:mode": {} } } }, { operation: "Apply" }),
    entry("kubectl-client-side-apply", "2026-11-24T16:34:00Z", { "f:metadata": { "f:annotations": {} }, "f:spec": { ".": {}, "f:mtls": {} } }),
    entry("istiod", "2026-11-24T16:36:00Z", { "f:status": {} }, { subresource: "status" }),
  ];
  expect(toPeerAuthentication(policy({}, { managedFields }))?.owners).toEqual([
    { manager: "kubectl-client-side-apply", operation: "Update", at: Date.UTC(2026, 10, 24, 16, 34), ownsMode: false },
    { manager: "padlock", operation: "Apply", at: Date.UTC(2026, 10, 24, 16, 35), ownsMode: true },
  ]);
});

test.each([[null], ["text"], [{}], [{ metadata: {} }], [{ metadata: { name: "" } }], [[]]])("%o is no object", (value) => {
  for (const convert of [toPeerAuthentication, toDestinationRule, toPod, toService, toNamespace, toGateway, toVirtualService, toMeshConfig])
    expect(convert(value)).toBeNull();
});

test("a label called like a prototype stays a label", () => {
  const hostile = JSON.parse('{"metadata":{"name":"x","namespace":"n","labels":{"constructor":"a","toString":"b"}},"spec":{}}');
  expect(toPeerAuthentication(hostile)?.labels).toMatchObject({ constructor: "a", toString: "b" });
});

test("a DestinationRule: `tls: {}` is DISABLE, a port entry without tls is kept apart from none", () => {
  const rule = toDestinationRule({
    metadata: { name: "dr", namespace: "istioinaction", uid: "u", creationTimestamp: "2026-11-24T16:34:14Z" },
    spec: {
      host: "web-api",
      exportTo: ["."],
      trafficPolicy: { tls: {}, portLevelSettings: [{ port: { number: 8080 }, tls: { mode: "ISTIO_MUTUAL" } }, { port: { number: 9000 } }] },
      subsets: [
        { name: "v1", labels: { version: "v1" } },
        { name: "v2", trafficPolicy: { tls: { mode: "SIMPLE" } } },
      ],
      workloadSelector: { matchLabels: { app: "sleep" } },
    },
  });
  expect(rule).toMatchObject({
    host: "web-api",
    exportTo: ["."],
    hasTrafficPolicy: true,
    tls: { mode: "DISABLE" },
    ports: { 8080: { mode: "ISTIO_MUTUAL" }, 9000: null },
    subsets: [
      { name: "v1", tls: null },
      { name: "v2", tls: { mode: "SIMPLE" } },
    ],
    workloadSelector: { app: "sleep" },
  });
  expect(toDestinationRule({ metadata: { name: "dr" }, spec: { host: "a", subsets: [{ name: "v1" }] } })).toMatchObject({
    hasTrafficPolicy: false,
    tls: null,
    ports: {},
    exportTo: [],
  });
});

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

test("a VirtualService names its gateways in full and its destinations", () => {
  const virtual = toVirtualService({
    metadata: { name: "vs", namespace: "istioinaction" },
    spec: {
      hosts: ["istioinaction.io"],
      gateways: ["web-api-gateway", "other/gw", "mesh"],
      http: [{ route: [{ destination: { host: "web-api.istioinaction.svc.cluster.local", port: { number: 8080 } } }] }],
    },
  });
  expect(virtual).toMatchObject({
    gateways: ["istioinaction/web-api-gateway", "other/gw", "mesh"],
    destinations: [{ host: "web-api.istioinaction.svc.cluster.local", port: 8080, subset: null }],
  });
});

test("services, namespaces and the mesh's configuration", () => {
  expect(
    toService({
      metadata: { name: "web-api", namespace: "n" },
      spec: { selector: { app: "web-api" }, ports: [{ name: "http", port: 8080, targetPort: 8081 }, { port: 80, targetPort: "web" }, { port: 9 }] },
    }),
  ).toEqual({
    namespace: "n",
    name: "web-api",
    selector: { app: "web-api" },
    ports: [
      { name: "http", port: 8080, targetPort: 8081 },
      { name: "", port: 80, targetPort: "web" },
      { name: "", port: 9, targetPort: 9 },
    ],
  });
  const namespace = (labels: Record<string, string>) => toNamespace({ metadata: { name: "n", labels } });
  expect(namespace({ "istio-injection": "enabled" })).toEqual({ name: "n", injection: true, ambient: false });
  expect(namespace({ "istio.io/rev": "canary" })?.injection).toBe(true);
  expect(namespace({ "istio-injection": "disabled", "istio.io/rev": "canary" })?.injection).toBe(false);
  expect(namespace({ "istio.io/dataplane-mode": "ambient" })).toMatchObject({ injection: false, ambient: true });
  const mesh = (text: string) => toMeshConfig({ metadata: { name: "istio" }, data: { mesh: text } });
  expect(mesh("rootNamespace: mesh\ntrustDomain: example.org\nenableAutoMtls: false\n")).toEqual({
    rootNamespace: "mesh",
    trustDomain: "example.org",
    enableAutoMtls: false,
    read: true,
  });
  expect(mesh("accessLogFile: /dev/stdout\n")).toEqual({ rootNamespace: "istio-system", trustDomain: "cluster.local", enableAutoMtls: true, read: true });
  expect(mesh("")).toMatchObject({ rootNamespace: "istio-system", read: true });
});
