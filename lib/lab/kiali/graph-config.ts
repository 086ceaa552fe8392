import { createHash } from "node:crypto";
import { compare } from "./cluster";
import type { BoxBy, GraphOptions } from "./graph-options";
import type { NodeHealth } from "./health";
import { toGoFixed, toPercentText, toRateText } from "./numbers";
import { EDGE_RATES, type GraphEdge, type GraphNode, NODE_RATES, type NodeFlag, type NodeType, type ServiceName, type TrafficMap } from "./traffic-map";

/** The graph on the wire (graph/config/common of Kiali): numbers are texts, booleans appear only when true. */
export interface GraphConfig {
  timestamp: number;
  duration: number;
  graphType: string;
  elements: { nodes: { data: NodeData }[]; edges: { data: EdgeData }[] };
}

export type NodeData = {
  id: string;
  parent?: string;
  nodeType: NodeType | "box";
  cluster: string;
  namespace: string;
  workload?: string;
  app?: string;
  version?: string;
  service?: string;
  destServices?: ServiceName[];
  labels?: Record<string, string>;
  traffic?: { protocol: "http"; rates: Record<string, string> }[];
  healthData: NodeHealth | null;
  hasVS?: { hostnames?: string[] };
  isBox?: BoxBy;
  isGateway?: { ingressInfo: { hostnames?: string[] }; egressInfo: { hostnames?: string[] }; gatewayAPIInfo: { hostnames?: string[] } };
} & { [flag in Exclude<NodeFlag, "isEgressCluster">]?: true };

export interface EdgeData {
  id: string;
  source: string;
  target: string;
  destPrincipal?: string;
  healthStatus?: string;
  isMTLS?: string;
  sourcePrincipal?: string;
  traffic: { protocol: "http"; rates?: Record<string, string>; responses?: Record<string, { flags: Record<string, string>; hosts: Record<string, string> }> };
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Turns a finished traffic map into Kiali's answer: boxes first, everything sorted, ids the same for the same thing at every poll. */
export function toGraphConfig(map: TrafficMap, options: GraphOptions): GraphConfig {
  const appHealth = new Map<NodeData, NodeHealth | undefined>();
  const nodes = [...map.values()].map((node) => {
    const data = toNodeData(node);
    appHealth.set(data, node.appHealth);
    return data;
  });
  const { boxBy, graphType } = options;
  if (boxBy.has("app") || graphType === "app" || graphType === "versionedApp") boxByApp(nodes, appHealth);
  if (boxBy.has("namespace")) boxBySpace(nodes, "namespace");
  if (boxBy.has("cluster")) boxBySpace(nodes, "cluster");
  const edges = [...map.values()].flatMap((node) => node.edges.map((edge) => toEdgeData(edge, node.id)));
  return {
    timestamp: options.queryTime,
    duration: options.durationSeconds,
    graphType,
    elements: {
      nodes: nodes.toSorted(compareNodes).map((data) => ({ data })),
      edges: edges.toSorted((a, b) => compare(a.source, b.source) || compare(a.target, b.target)).map((data) => ({ data })),
    },
  };
}

function toNodeData(node: GraphNode): NodeData {
  const rates = toRates(NODE_RATES, node.rates);
  const hidden: NodeFlag = "isEgressCluster";
  const flags = [...node.flags].filter((flag) => flag !== hidden).sort(compare);
  const hostnames = (list: readonly string[]) => (list.length === 0 ? {} : { hostnames: [...list] });
  const { gateway, virtualService } = node;
  return {
    id: hash(node.id),
    nodeType: node.nodeType,
    cluster: node.cluster,
    namespace: node.namespace,
    ...filled({ workload: node.workload, app: node.app, version: node.version, service: node.service }),
    ...(node.destServices.size === 0 ? {} : { destServices: [...node.destServices.values()].sort(compareServices) }),
    ...(node.labels === undefined ? {} : { labels: node.labels }),
    ...(rates === undefined ? {} : { traffic: [{ protocol: "http", rates }] }),
    healthData: node.health ?? null,
    ...(virtualService === undefined ? {} : { hasVS: hostnames(virtualService.hostnames) }),
    ...(gateway === undefined
      ? {}
      : {
          isGateway: {
            ingressInfo: hostnames(gateway.kind === "ingress" ? gateway.hostnames : []),
            egressInfo: hostnames(gateway.kind === "egress" ? gateway.hostnames : []),
            gatewayAPIInfo: {},
          },
        }),
    ...Object.fromEntries(flags.map((flag) => [flag, true])),
  };
}

/** Only the texts that are not empty. */
const filled = (texts: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));

function toRates<Rate extends string>(names: readonly Rate[], rates: Partial<Record<Rate, number>>): Record<string, string> | undefined {
  const texts = names.flatMap((name) => {
    const value = rates[name] ?? 0;
    return value > 0 ? [[name, toRateText(value)] as const] : [];
  });
  return texts.length === 0 ? undefined : Object.fromEntries(texts.toSorted(([a], [b]) => compare(a, b)));
}

function toEdgeData(edge: GraphEdge, sourceId: string): EdgeData {
  const source = hash(sourceId);
  const target = hash(edge.dest.id);
  return {
    id: hash(`${source}.${target}.http`),
    source,
    target,
    ...filled({
      destPrincipal: edge.destPrincipal ?? "",
      healthStatus: edge.healthStatus ?? "",
      isMTLS: edge.mtlsPercent === undefined ? "" : toGoFixed(edge.mtlsPercent, 0),
      sourcePrincipal: edge.sourcePrincipal ?? "",
    }),
    traffic: toEdgeTraffic(edge),
  };
}

function toEdgeTraffic(edge: GraphEdge): EdgeData["traffic"] {
  const rates = toRates(EDGE_RATES, edge.rates);
  const total = edge.rates.http ?? 0;
  if (rates === undefined || total <= 0) return { protocol: "http" };
  const { httpNoResponse = 0, http4xx = 0, http5xx = 0 } = edge.rates;
  const failed = httpNoResponse + http4xx + http5xx;
  if (failed > 0) rates.httpPercentErr = toPercentText(failed, total);
  const sent = edge.source.rates.httpOut ?? 0;
  // A node whose outgoing traffic was taken away divides by zero in Kiali: "+Inf".
  rates.httpPercentReq = sent > 0 ? toPercentText(total, sent) : "+Inf";
  const shares = (values: ReadonlyMap<string, number>) =>
    Object.fromEntries([...values].toSorted(([a], [b]) => compare(a, b)).map(([name, value]) => [name, toPercentText(value, total)]));
  return {
    protocol: "http",
    rates: Object.fromEntries(Object.entries(rates).toSorted(([a], [b]) => compare(a, b))),
    responses: Object.fromEntries(
      [...edge.responses].toSorted(([a], [b]) => compare(a, b)).map(([code, { flags, hosts }]) => [code, { flags: shares(flags), hosts: shares(hosts) }]),
    ),
  };
}

/** A box around the nodes of one app; it shows the app's health and what its members have in common. */
function boxByApp(nodes: NodeData[], appHealth: ReadonlyMap<NodeData, NodeHealth | undefined>): void {
  const members = groupBy(nodes, ({ app = "", cluster, namespace }) => (app === "" || app === "unknown" ? undefined : `box_${cluster}_${namespace}_${app}`));
  for (const [id, group] of members) {
    const [first] = group;
    if (first === undefined || group.length < 2) continue;
    const ofApp = group.find(({ nodeType }) => nodeType === "app");
    const isVersioned = ofApp?.workload !== undefined && ofApp.workload !== "unknown";
    const health = ofApp === undefined ? undefined : isVersioned ? appHealth.get(ofApp) : ofApp.healthData;
    const box: NodeData = {
      id: hash(id),
      nodeType: "box",
      cluster: first.cluster,
      namespace: first.namespace,
      app: first.app,
      healthData: health ?? null,
      isBox: "app",
    };
    for (const flag of ["isInaccessible", "isOutOfMesh", "isOutside"] as const) if (group.some((node) => node[flag])) box[flag] = true;
    enclose(nodes, box, group);
  }
}

/** A box around each namespace or cluster, drawn only when there is more than one to tell apart. */
function boxBySpace(nodes: NodeData[], boxBy: "namespace" | "cluster"): void {
  const members = groupBy(nodes, ({ parent, cluster, namespace }) => {
    const space = boxBy === "namespace" ? namespace : cluster;
    if (parent !== undefined || space === "unknown") return undefined;
    return boxBy === "namespace" ? `box_${cluster}_${namespace}` : `box_${cluster}`;
  });
  if (members.size < 2) return;
  for (const [id, group] of members) {
    const [first] = group;
    if (first === undefined || group.length < 2) continue;
    const namespace = boxBy === "namespace" ? first.namespace : "";
    enclose(nodes, { id: hash(id), nodeType: "box", cluster: first.cluster, namespace, healthData: null, isBox: boxBy }, group);
  }
}

function enclose(nodes: NodeData[], box: NodeData, members: readonly NodeData[]): void {
  for (const member of members) member.parent = box.id;
  nodes.push(box);
}

function groupBy(nodes: readonly NodeData[], keyOf: (node: NodeData) => string | undefined): Map<string, NodeData[]> {
  const groups = new Map<string, NodeData[]>();
  for (const node of nodes) {
    const key = keyOf(node);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return groups;
}

const BOX_RANK: Record<BoxBy | "", number> = { cluster: 0, namespace: 1, app: 2, "": 3 };
const compareServices = (a: ServiceName, b: ServiceName): number =>
  compare(a.cluster, b.cluster) || compare(a.namespace, b.namespace) || compare(a.name, b.name);

/** Boxes come before what is in them. */
function compareNodes(a: NodeData, b: NodeData): number {
  const rank = BOX_RANK[a.isBox ?? ""] - BOX_RANK[b.isBox ?? ""];
  if (rank !== 0) return rank;
  for (const field of ["cluster", "namespace", "app", "version", "service", "workload"] as const) {
    const order = compare(a[field] ?? "", b[field] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}
