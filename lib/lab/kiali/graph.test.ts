import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RESOURCE } from "../objects";
import { listNamespaces } from "./cluster";
import { addWorkload, createLabStore } from "./fixtures/lab-objects";
import { type Callee, type Caller, toReports } from "./fixtures/traffic";
import { buildGraph } from "./graph";
import type { GraphConfig, NodeData } from "./graph-config";
import { parseGraphOptions } from "./graph-options";
import { CLUSTER, createMetrics, type Metrics, matches } from "./metrics";

const recording = (name: string): { request: { path: string }; response: { body: GraphConfig } } =>
  JSON.parse(readFileSync(new URL(`testdata/recordings/${name}.json`, import.meta.url), "utf8"));

/** Answers `rate` from a table instead of from samples, so that a recorded graph can be met in every digit. */
function createRateTable(rows: { caller: Caller; callee: Callee; destination: number; source?: number }[]): Metrics {
  const series = rows.flatMap(({ caller, callee, destination, source = destination }) =>
    toReports(caller, callee).map((report) => ({
      labels: { ...report, source_cluster: caller === "outside" ? "unknown" : CLUSTER, destination_cluster: CLUSTER },
      value: report.reporter === "source" ? source : destination,
    })),
  );
  return { ...createMetrics(), rate: (selector) => series.filter(({ labels }) => matches(labels, selector)) };
}

/** The rates behind the recordings of the mixed minute, read off their healthData (thousandths) and edges. */
const MIXED = createRateTable([
  { caller: "gateway", callee: "webApi", destination: 0.763, source: 0.85 },
  { caller: "outside", callee: "webApi", destination: 0.254 },
  { caller: "webApi", callee: "recommendation", destination: 0.847 },
  { caller: "outside", callee: "recommendation", destination: 0.121 },
  { caller: "recommendation", callee: "purchaseHistory", destination: 0.864 },
  { caller: "outside", callee: "purchaseHistory", destination: 0.138 },
]);
const STRICT = createRateTable([
  { caller: "gateway", callee: "webApi", destination: 1.552 },
  { caller: "webApi", callee: "recommendation", destination: 1.586 },
  { caller: "recommendation", callee: "purchaseHistory", destination: 1.552 },
]);
const NONE = createRateTable([]);

function graphOf(path: string, metrics: Metrics, store = createLabStore()): GraphConfig {
  return JSON.parse(
    JSON.stringify(buildGraph(store, metrics, parseGraphOptions(new URL(path, "http://kiali").searchParams, listNamespaces(store), 1795538552))),
  );
}

test.each([
  ["graph-versioned-app", MIXED],
  ["graph-app", MIXED],
  ["graph-service", MIXED],
  ["graph-workload", MIXED],
  ["graph-box-namespace", MIXED],
  ["graph-two-namespaces", MIXED],
  ["graph-idle-nodes", MIXED],
  ["graph-no-security-appender", MIXED],
  ["graph-no-appenders-parameter", MIXED],
  ["graph-no-query-time", MIXED],
  ["graph-strict-gateway-only", STRICT],
  ["graph-idle", NONE],
  ["graph-empty-namespace", NONE],
])("%s is the real Kiali's answer in every value, id and order", (name, metrics) => {
  const { request, response } = recording(name);
  expect(graphOf(request.path, metrics)).toEqual(response.body);
});

const PATH =
  "/api/namespaces/graph?namespaces=istioinaction&graphType=workload&duration=60s&queryTime=1795538552&appenders=deadNode,sidecarsCheck,health,securityPolicy,istio";

test("a workload whose pod has no sidecar is out of mesh, control planes and gateways are not", () => {
  const store = createLabStore();
  store.remove(RESOURCE.pods, "istioinaction", "recommendation-0");
  addWorkload(store, "istioinaction", "recommendation", { app: "recommendation", version: "v1" }, { sidecar: false });
  const { nodes } = graphOf(PATH, MIXED, store).elements;
  expect(nodes.filter(({ data }) => data.isOutOfMesh).map(({ data }) => data.workload)).toEqual(["recommendation"]);
});

test("nothing of a control plane's namespace is out of mesh", () => {
  const store = createLabStore();
  store.remove(RESOURCE.pods, "istio-system", "istio-ingressgateway-0");
  addWorkload(store, "istio-system", "istio-ingressgateway", { app: "istio-ingressgateway" }, { sidecar: false });
  expect(findNode(graphOf(PATH, MIXED, store), "istio-ingressgateway")).not.toHaveProperty("isOutOfMesh");
});

test("callers that share an edge: the first one's principals, each policy's last rate", () => {
  const metrics = createRateTable([
    { caller: "gateway", callee: "webApi", destination: 3 },
    { caller: "outside", callee: "webApi", destination: 1 },
    { caller: "meshedSleep", callee: "webApi", destination: 1 },
  ]);
  const { nodes, edges } = graphOf(`${PATH}&injectServiceNodes=true`, metrics).elements;
  const service = nodes.find(({ data }) => data.nodeType === "service")?.data.id;
  const shared = edges.find(({ data }) => data.source === service)?.data;
  // Four of five calls were mutual TLS; Kiali says 1 ÷ (1 + 1), because sleep's rate has replaced the gateway's.
  expect(shared).toMatchObject({ isMTLS: "50", sourcePrincipal: "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account" });
});

test("one cluster, or one namespace, needs no box", () => {
  const boxes = (path: string) => graphOf(path, MIXED).elements.nodes.filter(({ data }) => data.nodeType === "box");
  expect(boxes(`${PATH}&boxBy=cluster`)).toEqual([]);
  expect(boxes(`${PATH}&boxBy=cluster,namespace`).map(({ data }) => data.isBox)).toEqual(["namespace"]);
});

test("nodes without traffic that the cluster does not have are dead; those that have no pod are marked", () => {
  const store = createLabStore();
  const idle = createRateTable([
    { caller: "gateway", callee: "webApi", destination: 1 },
    { caller: "recommendation", callee: "purchaseHistory", destination: 0 },
  ]);
  store.remove(RESOURCE.deployments, "istioinaction", "recommendation");
  store.remove(RESOURCE.pods, "istioinaction", "purchase-history-v1-0");
  const { nodes, edges } = graphOf(`${PATH}&includeIdleEdges=true`, idle, store).elements;
  expect(nodes.map(({ data }) => [data.workload, data.isDead ?? false])).toEqual([
    ["istio-ingressgateway", false],
    ["purchase-history-v1", true],
    ["web-api", false],
  ]);
  expect(edges).toHaveLength(1);
});

test("the labeler shows the labels that do not name app and version", () => {
  const store = createLabStore();
  addWorkload(store, "istioinaction", "web-api", { app: "web-api", version: "v1", team: "shop" }, { sidecar: true });
  expect(findNode(graphOf(PATH.replace("deadNode", "labeler"), MIXED, store), "web-api")?.labels).toEqual({ team: "shop" });
});

test("a DestinationRule with a circuit breaker marks service and workload; routes of all kinds mark the service", () => {
  const store = createLabStore();
  store.put(RESOURCE.destinationRules, {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "breaker", namespace: "istioinaction" },
    spec: { host: "recommendation", subsets: [{ name: "v1", labels: { version: "v1" }, trafficPolicy: { outlierDetection: { consecutive5xxErrors: 5 } } }] },
  });
  const destination = (host: string) => ({ destination: { host } });
  store.put(RESOURCE.virtualServices, {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "all", namespace: "istioinaction" },
    spec: { hosts: ["a", "b"], http: [{ route: [destination("recommendation"), destination("web-api")], timeout: "1s", fault: {}, mirror: { host: "x" } }] },
  });
  const { nodes } = graphOf(`${PATH}&injectServiceNodes=true`, MIXED, store).elements;
  expect(nodes.filter(({ data }) => data.hasCB).map(({ data }) => data.service ?? data.workload)).toEqual(["recommendation", "recommendation"]);
  expect(nodes.find(({ data }) => data.service === "recommendation")?.data).toMatchObject({
    hasVS: { hostnames: ["a", "b"] },
    hasRequestRouting: true,
    hasRequestTimeout: true,
    hasFaultInjection: true,
    hasTrafficShifting: true,
    hasMirroring: true,
  });
});

test("isGateway needs the operator's label and an Istio Gateway that selects the workload", () => {
  const store = createLabStore();
  const labels = { app: "istio-ingressgateway", istio: "ingressgateway", "operator.istio.io/component": "IngressGateways" };
  store.remove(RESOURCE.pods, "istio-system", "istio-ingressgateway-0");
  addWorkload(store, "istio-system", "istio-ingressgateway", labels, { sidecar: true });
  const path = PATH.replace("istioinaction", "istioinaction,istio-system");
  const gateway = () => findNode(graphOf(path, MIXED, store), "istio-ingressgateway");
  expect(gateway()?.isGateway).toEqual({ ingressInfo: { hostnames: ["istioinaction.io"] }, egressInfo: {}, gatewayAPIInfo: {} });
  store.remove(RESOURCE.gateways, "istioinaction", "web-api-gateway");
  expect(gateway()?.isGateway).toBeUndefined();
});

test("an error rate shows on edge, nodes and health", () => {
  const ok = { caller: "gateway", callee: "webApi", destination: 3 } as const;
  const base = createRateTable([ok]);
  const [failed] = toReports("gateway", "webApi", { code: "503", flags: "UC" });
  if (failed === undefined) throw new Error("no report");
  const labels = { ...failed, source_cluster: CLUSTER, destination_cluster: CLUSTER };
  const metrics: Metrics = {
    ...base,
    rate: (selector, window, at) => [...base.rate(selector, window, at), ...(matches(labels, selector) ? [{ labels, value: 1 }] : [])],
  };
  const graph = graphOf(PATH, metrics);
  const [edge] = graph.elements.edges;
  expect(edge?.data).toMatchObject({
    healthStatus: "Failure",
    // The rates of one policy replace each other: 3 and 1 of mutual TLS are still all of it.
    isMTLS: "100",
    traffic: {
      rates: { http: "4.00", http5xx: "1.00", httpPercentErr: "25.0", httpPercentReq: "100.0" },
      responses: { "200": { flags: { "-": "75.0" } }, "503": { flags: { UC: "25.0" } } },
    },
  });
  expect(findNode(graph, "web-api")?.healthData?.status).toEqual({ errorRatio: 25, status: "Failure", totalRequestRate: 4 });
});

test("a call that reached no workload is drawn to the service, by its caller's word", () => {
  const [, report] = toReports("gateway", "webApi", { code: "503", flags: "UF" });
  if (report === undefined) throw new Error("no report");
  const nowhere = {
    destination_workload: "unknown",
    destination_workload_namespace: "unknown",
    destination_canonical_service: "unknown",
    destination_canonical_revision: "unknown",
  };
  const labels = { ...report, ...nowhere, source_cluster: CLUSTER, destination_cluster: CLUSTER };
  const metrics: Metrics = { ...createMetrics(), rate: (selector) => (matches(labels, selector) ? [{ labels, value: 0.5 }] : []) };
  const { nodes, edges } = graphOf(PATH, metrics).elements;
  expect(nodes.map(({ data }) => data.nodeType).sort()).toEqual(["service", "workload"]);
  expect(edges).toHaveLength(1);
  // No destination reported, so nobody knows how the call travelled.
  expect(edges[0]?.data).not.toHaveProperty("sourcePrincipal");
});

test("plaintext only: no isMTLS, and principals that say unknown", () => {
  const graph = graphOf(PATH, createRateTable([{ caller: "outside", callee: "webApi", destination: 2 }]));
  expect(graph.elements.edges).toHaveLength(1);
  expect(graph.elements.edges[0]?.data).toMatchObject({ sourcePrincipal: "unknown", destPrincipal: "unknown" });
  expect(graph.elements.edges[0]?.data).not.toHaveProperty("isMTLS");
});

function findNode({ elements }: GraphConfig, workload: string): NodeData | undefined {
  return elements.nodes.find(({ data }) => data.workload === workload)?.data;
}
