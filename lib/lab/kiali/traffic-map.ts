import type { NodeHealth } from "./health";

/**
 * Kiali's model of a graph while it is being built: nodes by id, each holding its outgoing edges. Semantics as in Kiali's graph/types.go
 * and graph/protocol.go of August 2026, for the one protocol that the lab speaks (HTTP).
 */
export type GraphType = "workload" | "app" | "versionedApp" | "service";
export type NodeType = "app" | "service" | "workload" | "unknown";

/** What telemetry says about one end of a request; a label that Istio could not fill holds the word `unknown`. */
export interface Peer {
  cluster: string;
  serviceNamespace: string;
  service: string;
  workloadNamespace: string;
  workload: string;
  app: string;
  version: string;
}

export interface ServiceName {
  cluster: string;
  namespace: string;
  name: string;
}

export const NODE_RATES = ["httpIn", "httpInNoResponse", "httpIn3xx", "httpIn4xx", "httpIn5xx", "httpOut"] as const;
export type NodeRate = (typeof NODE_RATES)[number];
export const EDGE_RATES = ["http", "httpNoResponse", "http3xx", "http4xx", "http5xx"] as const;
export type EdgeRate = (typeof EDGE_RATES)[number];

/** Requests per second by Envoy's response flags and by host, of one response code. */
export interface ResponseDetail {
  flags: Map<string, number>;
  hosts: Map<string, number>;
}

export interface GraphNode {
  id: string;
  nodeType: NodeType;
  cluster: string;
  namespace: string;
  workload: string;
  app: string;
  version: string;
  service: string;
  edges: GraphEdge[];
  rates: Partial<Record<NodeRate, number>>;
  destServices: Map<string, ServiceName>;
  /** The peer's labels as one string: part of what tells a time series from one already applied to an edge. */
  series: string;
  health?: NodeHealth;
  /** Of the whole app, for the box around a versioned app node. */
  appHealth?: NodeHealth;
  labels?: Record<string, string>;
  virtualService?: { hostnames: readonly string[] };
  gateway?: { kind: "ingress" | "egress"; hostnames: readonly string[] };
  flags: Set<NodeFlag>;
}

export type NodeFlag =
  | "hasCB"
  | "hasFaultInjection"
  | "hasMirroring"
  | "hasRequestRouting"
  | "hasRequestTimeout"
  | "hasTCPTrafficShifting"
  | "hasTrafficShifting"
  | "isDead"
  | "isEgressCluster"
  | "isIdle"
  | "isInaccessible"
  | "isInjected"
  | "isOutOfMesh"
  | "isOutside"
  | "isRoot";

export interface GraphEdge {
  source: GraphNode;
  dest: GraphNode;
  /** Time series already counted: source and destination sidecar report the same request. */
  applied: Set<string>;
  rates: Partial<Record<EdgeRate, number>>;
  responses: Map<string, ResponseDetail>;
  /** Percent of the rate that came over mutual TLS; only ever set when above zero. */
  mtlsPercent?: number;
  sourcePrincipal?: string;
  destPrincipal?: string;
  healthStatus?: string;
}

export type TrafficMap = Map<string, GraphNode>;

const UNKNOWN = "unknown";

/** @returns whether a telemetry label holds something */
export const isKnown = (label: string): boolean => label !== "" && label !== UNKNOWN;

/** The node that a peer is drawn as, or undefined when its labels are too poor for one. */
export function toNodeId(peer: Peer, graphType: GraphType): { id: string; nodeType: NodeType } | undefined {
  const { cluster, service, workload, app, version } = peer;
  const namespace = isKnown(peer.workloadNamespace) ? peer.workloadNamespace : peer.serviceNamespace;
  if (namespace === UNKNOWN && workload === UNKNOWN && app === UNKNOWN && service === "") return { id: `${cluster}_unknown_source`, nodeType: "unknown" };
  if (workload === UNKNOWN && app === UNKNOWN && service === UNKNOWN) return { id: `svc_${cluster}_${namespace}_unknown`, nodeType: "service" };
  if (!isKnown(workload) && !isKnown(app) && !isKnown(service)) return undefined;

  const asService = { id: `svc_${cluster}_${namespace}_${isKnown(service) ? service : UNKNOWN}`, nodeType: "service" } as const;
  const asWorkload = { id: `wl_${cluster}_${namespace}_${workload}`, nodeType: "workload" } as const;
  if (graphType === "workload" || graphType === "service") return isKnown(workload) ? asWorkload : asService;
  if (!isKnown(app)) return isKnown(workload) ? asWorkload : asService;
  if (graphType === "versionedApp") {
    if (isKnown(workload)) return { id: `vapp_${cluster}_${namespace}_${workload}`, nodeType: "app" };
    // `latest` is Istio's canonical revision of a workload without a version label.
    if (isKnown(version) && version !== "latest") return { id: `vapp_${cluster}_${namespace}_${app}_${version}`, nodeType: "app" };
  }
  return { id: `app_${cluster}_${namespace}_${app}`, nodeType: "app" };
}

/** A node with the fields its type keeps: a service has no workload, an app no version unless the graph is by version. */
export function createNode(id: string, nodeType: NodeType, peer: Peer, graphType: GraphType): GraphNode {
  const { cluster, service } = peer;
  const namespace = isKnown(peer.workloadNamespace) ? peer.workloadNamespace : peer.serviceNamespace;
  const node: GraphNode = {
    id,
    nodeType,
    cluster,
    namespace,
    workload: peer.workload,
    app: peer.app,
    version: peer.version,
    service,
    edges: [],
    rates: {},
    destServices: new Map(),
    series: "",
    flags: new Set(),
  };
  switch (nodeType) {
    case "app":
      if (graphType !== "versionedApp") Object.assign(node, { workload: "", version: "" });
      node.service = "";
      break;
    case "service":
      Object.assign(node, { app: "", workload: "", version: "" });
      if (service === "PassthroughCluster" || service === "BlackHoleCluster") node.flags.add("isEgressCluster");
      break;
    case "workload":
      if (node.app === UNKNOWN) node.app = "";
      if (node.version === UNKNOWN) node.version = "";
      node.service = "";
      break;
    case "unknown":
      break;
  }
  return node;
}

/** Finds the peer's node in the map or adds it. */
export function placeNode(map: TrafficMap, peer: Peer, graphType: GraphType): GraphNode | undefined {
  const identity = toNodeId(peer, graphType);
  if (identity === undefined) return undefined;
  let node = map.get(identity.id);
  if (node === undefined) {
    node = createNode(identity.id, identity.nodeType, peer, graphType);
    map.set(identity.id, node);
  }
  node.series = [peer.cluster, peer.serviceNamespace, peer.service, peer.workloadNamespace, peer.workload, peer.app, peer.version].join(":");
  return node;
}

/** One time series' share of an edge. */
export interface Traffic {
  /** Requests per second. */
  value: number;
  /** HTTP status, or `-` when there was no answer. */
  code: string;
  flags: string;
  host: string;
}

/**
 * Adds one series to the edge between two nodes and to both ends.
 * @returns false when that series is already in it, reported by the other end's sidecar
 */
export function addEdgeTraffic(source: GraphNode, dest: GraphNode, traffic: Traffic, series: string): boolean {
  let edge = source.edges.find((candidate) => candidate.dest.id === dest.id);
  if (edge === undefined) {
    edge = { source, dest, applied: new Set(), rates: {}, responses: new Map() };
    source.edges.push(edge);
  }
  if (edge.applied.has(series)) return false;
  edge.applied.add(series);
  const { value, code } = traffic;
  if (value <= 0) return true;
  add(source.rates, "httpOut", value);
  add(dest.rates, "httpIn", value);
  add(edge.rates, "http", value);
  if (code === "-") {
    add(dest.rates, "httpInNoResponse", value);
    add(edge.rates, "httpNoResponse", value);
  } else if (code.startsWith("3") || code.startsWith("4") || code.startsWith("5")) {
    const kind = code.startsWith("3") ? "3xx" : code.startsWith("4") ? "4xx" : "5xx";
    add(dest.rates, `httpIn${kind}`, value);
    add(edge.rates, `http${kind}`, value);
  }
  addResponse(edge.responses, traffic);
  return true;
}

/** Adds an edge's traffic to another edge, when several are drawn as one. */
export function mergeEdgeTraffic(from: GraphEdge, into: GraphEdge): void {
  for (const rate of EDGE_RATES) add(into.rates, rate, from.rates[rate] ?? 0);
  for (const [code, { flags, hosts }] of from.responses) {
    for (const [flag, value] of flags) addResponse(into.responses, { value, code, flags: flag, host: "" });
    for (const [host, value] of hosts) addResponse(into.responses, { value, code, flags: "", host });
  }
}

/** Adds `value` to a rate; rates of zero are left out, as Kiali leaves them out. */
export function add<Rate extends string>(rates: Partial<Record<Rate, number>>, rate: Rate, value: number): void {
  if (value > 0) rates[rate] = (rates[rate] ?? 0) + value;
}

function addResponse(responses: Map<string, ResponseDetail>, { value, code, flags, host }: Traffic): void {
  let detail = responses.get(code);
  if (detail === undefined) {
    detail = { flags: new Map(), hosts: new Map() };
    responses.set(code, detail);
  }
  if (flags !== "") detail.flags.set(flags, (detail.flags.get(flags) ?? 0) + value);
  if (host !== "") detail.hosts.set(host, (detail.hosts.get(host) ?? 0) + value);
}
