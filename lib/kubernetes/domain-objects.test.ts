import { expect, test } from "vitest";
import { toMeshConfig, toNamespace, toService } from "./cluster-objects";
import { toGateway, toVirtualService } from "./gateway-objects";
import { toPod } from "./pod-objects";
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
  const namespace = (labels: Record<string, string>) => toNamespace({ metadata: { name: "n", labels, creationTimestamp: "2026-11-24T16:34:14Z" } });
  expect(namespace({ "istio-injection": "enabled" })).toEqual({ name: "n", createdAt: Date.parse("2026-11-24T16:34:14Z"), injection: true, ambient: false });
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
