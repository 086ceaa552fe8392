import type { MeshGraph } from "../graph";
import { formatTime } from "../figures";
import type { GraphInput } from "../graph-input";
import type { ObservedEdge, ObservedGraph, ObservedNode } from "../observed";
import { NOW, PLAINTEXT, observed as observedEdge } from "./edge";
import {
  BARE_SLEEP,
  CONFIG,
  GATEWAY,
  MESHED_SLEEP,
  policy,
  PURCHASE_HISTORY,
  PURCHASE_HISTORY_SERVICE,
  RECOMMENDATION,
  RECOMMENDATION_SERVICE,
  WEB_API,
  WEB_API_SERVICE,
} from "./objects";

/** The lab, PERMISSIVE for the mesh, Kiali well, nothing sent yet. */
export function lab(given: Partial<GraphInput> = {}): GraphInput {
  return {
    now: NOW,
    view: { namespaces: ["istioinaction"], windowSeconds: 60 },
    config: CONFIG,
    namespaces: [
      { name: "default", createdAt: 0, injection: false, ambient: false },
      { name: "istio-system", createdAt: 0, injection: false, ambient: false },
      { name: "istioinaction", createdAt: 0, injection: true, ambient: false },
    ],
    workloads: [WEB_API, RECOMMENDATION, PURCHASE_HISTORY, MESHED_SLEEP, BARE_SLEEP, GATEWAY],
    services: [WEB_API_SERVICE, RECOMMENDATION_SERVICE, PURCHASE_HISTORY_SERVICE],
    policies: [policy({ namespace: "istio-system", name: "default", mode: "PERMISSIVE" })],
    destinationRules: [],
    observed: seen([], []),
    kiali: { state: "ok", reason: null },
    calls: [],
    callers: { gateway: "istio-system/istio-ingressgateway", "with-sidecar": "istioinaction/sleep", "without-sidecar": "default/sleep" },
    checkTimesByTarget: new Map(),
    lastChangeByNamespace: new Map(),
    scrapeSeconds: 1,
    formatTime,
    ...given,
  };
}

export function seen(nodes: ObservedNode[], edges: ObservedEdge[], given: Partial<ObservedGraph> = {}): ObservedGraph {
  return { receivedAt: NOW - 1_000, dataAt: NOW - 2_000, windowSeconds: 60, nodes, edges, omitted: [], ...given };
}

export function node(id: string, given: Partial<ObservedNode> = {}): ObservedNode {
  const slash = id.indexOf("/");
  return {
    id,
    kind: "workload",
    cluster: "Kubernetes",
    namespace: id.slice(0, slash),
    workload: id.slice(slash + 1),
    app: id.slice(slash + 1),
    version: null,
    service: null,
    isOutOfMesh: false,
    isGateway: false,
    isInaccessible: false,
    ...given,
  };
}

export const UNKNOWN = node("unknown/unknown", { kind: "unknown", cluster: "unknown", isInaccessible: true });

export function edge(source: string, target: string, given: Partial<ObservedEdge> = {}): ObservedEdge {
  return observedEdge({ id: `${source}>${target}`, source, target, ...given });
}

export const NODES = ["istio-system/istio-ingressgateway", "istioinaction/web-api", "istioinaction/recommendation", "istioinaction/purchase-history-v1"].map((id) => node(id));
/** Gateway → web-api → recommendation → purchase-history, all mutual TLS. */
export const CHAIN = NODES.slice(1).map(({ id }, index) => edge(NODES[index]?.id ?? "", id));

export const WEB_API_ID = "istioinaction/web-api";
export const GATEWAY_ID = "istio-system/istio-ingressgateway";
export const unknownToWebApi = edge(UNKNOWN.id, WEB_API_ID, { ...PLAINTEXT, rate: 0.1 });

export function find(graph: MeshGraph, source: string, target: string) {
  const found = graph.edges.find((candidate) => candidate.source === source && candidate.target === target);
  if (found === undefined) throw new Error(`no line ${source} → ${target} among ${graph.edges.map(({ id }) => id).join(", ")}`);
  return found;
}
export function findNode(graph: MeshGraph, id: string) {
  const found = graph.nodes.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no node ${id} among ${graph.nodes.map((candidate) => candidate.id).join(", ")}`);
  return found;
}
export const ids = ({ nodes }: MeshGraph) => nodes.map(({ id }) => id).toSorted();
export const lines = ({ edges }: MeshGraph) => edges.map(({ id }) => id).toSorted();
