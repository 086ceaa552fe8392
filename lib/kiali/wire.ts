import { KialiBadAnswer } from "./errors";

/**
 * Kiali's graph as it comes (`GET /api/namespaces/graph`, graph/config/common): nodes and edges wrapped in `data`, every number a string,
 * booleans only when true. Figures are `unknown` here on purpose: to-observed.ts judges them, and must be able to tell a wrong one from an
 * absent one, because absence of `isMTLS` means something.
 */
export interface WireGraph {
  /** Epoch seconds, by Kiali's clock. */
  timestamp: number;
  /** Seconds. */
  duration: number;
  nodes: WireNode[];
  edges: WireEdge[];
  /** Entries without the ids that make them usable. */
  unusableNodes: number;
  unusableEdges: number;
}

export interface WireNode {
  id: string;
  nodeType: string;
  isBox: boolean;
  cluster: string | null;
  namespace: string | null;
  workload: string | null;
  app: string | null;
  version: string | null;
  service: string | null;
  /** isOutOfMesh, or hasMissingSC before 1.72. */
  isOutOfMesh: boolean;
  isGateway: boolean;
  isInaccessible: boolean;
}

export interface WireEdge {
  id: string;
  source: string;
  target: string;
  protocol: string | null;
  rates: Record<string, unknown>;
  /** `{"<code>": {flags: {"<envoy flags>": "<percent of the edge>"}}}` */
  responses: Record<string, unknown>;
  isMTLS: unknown;
  sourcePrincipal: unknown;
  destPrincipal: unknown;
  responseTime: unknown;
}

/** Beyond these a graph is refused whole: nobody could read it, and drawing it would stop the page. */
export const GRAPH_LIMITS = { nodes: 5_000, edges: 20_000 } as const;
const MAX_ID = 512;
/** A Kubernetes name has at most 253 characters. */
const MAX_NAME = 253;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @returns undefined when the text is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws KialiBadAnswer when it is not a graph at all, or a larger one than GRAPH_LIMITS */
export function parseGraph(body: unknown): WireGraph {
  if (!isRecord(body) || !isRecord(body.elements)) throw new KialiBadAnswer("Kiali's graph has no `elements`");
  const { timestamp, duration } = body;
  if (!isSeconds(timestamp)) throw new KialiBadAnswer("Kiali's graph has no usable `timestamp`");
  if (!isSeconds(duration)) throw new KialiBadAnswer("Kiali's graph has no usable `duration`");
  const wireNodes = parseList(body.elements.nodes, "nodes", GRAPH_LIMITS.nodes);
  const wireEdges = parseList(body.elements.edges, "edges", GRAPH_LIMITS.edges);
  const nodes = wireNodes.map(parseNode).filter((node) => node !== null);
  const edges = wireEdges.map(parseEdge).filter((edge) => edge !== null);
  return { timestamp, duration, nodes, edges, unusableNodes: wireNodes.length - nodes.length, unusableEdges: wireEdges.length - edges.length };
}

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 1e11;
}

function parseList(value: unknown, name: string, limit: number): unknown[] {
  // An empty Go slice may come as null.
  if (value === null) return [];
  if (!Array.isArray(value)) throw new KialiBadAnswer(`Kiali's graph has no list of ${name}`);
  if (value.length > limit) throw new KialiBadAnswer(`Kiali's graph has ${value.length} ${name}; more than ${limit} are not drawn. Choose fewer namespaces.`);
  return value;
}

function parseNode(entry: unknown): WireNode | null {
  const data = isRecord(entry) ? entry.data : null;
  if (!isRecord(data) || !isId(data.id)) return null;
  return {
    id: data.id,
    nodeType: typeof data.nodeType === "string" ? data.nodeType : "",
    isBox: data.nodeType === "box" || data.isBox !== undefined,
    cluster: parseName(data.cluster),
    namespace: parseName(data.namespace),
    workload: parseName(data.workload),
    app: parseName(data.app),
    version: parseName(data.version),
    service: parseName(data.service),
    isOutOfMesh: data.isOutOfMesh === true || data.hasMissingSC === true,
    isGateway: isRecord(data.isGateway),
    isInaccessible: data.isInaccessible === true,
  };
}

function parseEdge(entry: unknown): WireEdge | null {
  const data = isRecord(entry) ? entry.data : null;
  if (!isRecord(data) || !isId(data.id) || !isId(data.source) || !isId(data.target)) return null;
  const traffic = isRecord(data.traffic) ? data.traffic : {};
  return {
    id: data.id,
    source: data.source,
    target: data.target,
    protocol: typeof traffic.protocol === "string" ? traffic.protocol : null,
    rates: isRecord(traffic.rates) ? traffic.rates : {},
    responses: isRecord(traffic.responses) ? traffic.responses : {},
    isMTLS: data.isMTLS,
    sourcePrincipal: data.sourcePrincipal,
    destPrincipal: data.destPrincipal,
    responseTime: data.responseTime,
  };
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_ID;
}

function parseName(value: unknown): string | null {
  if (typeof value !== "string" || value === "") return null;
  return value.length > MAX_NAME ? `${value.slice(0, MAX_NAME - 1)}…` : value;
}
