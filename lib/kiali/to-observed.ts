import type { ObservedEdge, ObservedGraph, ObservedNode } from "@/lib/mesh/observed";
import type { WireEdge, WireGraph, WireNode } from "./wire";

/** Above these a figure is a fault of the source, not traffic. */
const MAX_RATE = { http: 1e9, grpc: 1e9, tcp: 1e15 } as const;
const MAX_RESPONSE_TIME_MS = 1e7;
const MAX_PRINCIPAL = 1_024;

type Protocol = ObservedEdge["protocol"];

/**
 * Kiali's graph in Padlock's words; the only place where one becomes the other. Nothing is repaired: a figure that cannot be right is left
 * out together with what would be read from it, so that a fault can turn a lock to "not measured" but never close or open it.
 * @param receivedAt epoch ms at which the answer arrived
 * @param clockSkewMs by how much Kiali's clock is ahead of ours
 */
export function toObservedGraph(graph: WireGraph, receivedAt: number, clockSkewMs = 0): ObservedGraph {
  const tally = createTally();
  tally.add(graph.unusableNodes, "node", "nodes", "without a usable id");
  tally.add(graph.unusableEdges, "edge", "edges", "without usable ends");

  const nodes = new Map<string, ObservedNode>();
  for (const node of graph.nodes) {
    // Boxes are frames around nodes, not nodes.
    if (node.isBox) continue;
    if (nodes.has(node.id)) tally.add(1, "node", "nodes", "with an id that another has");
    else nodes.set(node.id, toNode(node));
  }

  const edges = new Map<string, ObservedEdge>();
  for (const edge of graph.edges) {
    const protocol = toProtocol(edge.protocol);
    if (edges.has(edge.id)) tally.add(1, "edge", "edges", "with an id that another has");
    else if (!nodes.has(edge.source) || !nodes.has(edge.target)) tally.add(1, "edge", "edges", "to a node that is not there");
    else if (protocol === null) tally.add(1, "edge", "edges", "of an unknown protocol");
    else {
      const { observed, isWhole } = toEdge(edge, protocol);
      edges.set(edge.id, observed);
      if (!isWhole) tally.add(1, "edge", "edges", "with figures that cannot be right: not measured");
    }
  }

  return {
    receivedAt,
    dataAt: graph.timestamp * 1_000 - clockSkewMs,
    windowSeconds: graph.duration,
    nodes: [...nodes.values()],
    edges: [...edges.values()],
    omitted: tally.sentences(),
  };
}

function toNode(node: WireNode): ObservedNode {
  const { id, workload, app, version, service, isOutOfMesh, isGateway, isInaccessible } = node;
  return {
    id,
    kind: toKind(node.nodeType),
    cluster: node.cluster ?? "unknown",
    namespace: node.namespace ?? "unknown",
    workload,
    app,
    version,
    service,
    isOutOfMesh,
    isGateway,
    isInaccessible,
  };
}

function toKind(nodeType: string): ObservedNode["kind"] {
  switch (nodeType) {
    case "workload":
    case "app":
    case "service":
    case "unknown":
      return nodeType;
    default:
      return "other";
  }
}

function toProtocol(protocol: string | null): Protocol | null {
  return protocol === "http" || protocol === "grpc" || protocol === "tcp" ? protocol : null;
}

function toEdge(edge: WireEdge, protocol: Protocol): { observed: ObservedEdge; isWhole: boolean } {
  const rate = toRate(edge, protocol);
  const security = rate === null ? null : toSecurity(edge);
  const codes = rate === null ? {} : toCodes(edge, protocol, rate);
  const responseTimeMs = toNumber(edge.responseTime, MAX_RESPONSE_TIME_MS);
  return {
    observed: {
      id: edge.id,
      source: edge.source,
      target: edge.target,
      protocol,
      rate: rate ?? 0,
      codes: codes ?? {},
      errorPercent: rate === null || codes === null ? null : toErrorPercent(edge, protocol, rate, codes),
      mtlsPercent: security?.mtlsPercent ?? null,
      sourcePrincipal: security?.sourcePrincipal ?? null,
      destinationPrincipal: security?.destinationPrincipal ?? null,
      responseTimeMs,
    },
    isWhole: rate !== null && security !== null && codes !== null && (edge.responseTime === undefined || responseTimeMs !== null),
  };
}

/** Absent rates are Kiali's way of saying 0 (idle edge). @returns null when the rate cannot be right */
function toRate(edge: WireEdge, protocol: Protocol): number | null {
  const given = Object.hasOwn(edge.rates, protocol) ? edge.rates[protocol] : undefined;
  return given === undefined ? 0 : toNumber(given, MAX_RATE[protocol]);
}

/**
 * `isMTLS` is there only when some traffic was mutual TLS; when it is absent, principals say whether the destination reported at all
 * (Kiali, appender security_policy). So one wrong value makes all three worthless: without `isMTLS`, principals would read as plaintext.
 * @returns null when they cannot be right
 */
function toSecurity(edge: WireEdge): Pick<ObservedEdge, "mtlsPercent" | "sourcePrincipal" | "destinationPrincipal"> | null {
  const mtlsPercent = edge.isMTLS === undefined ? null : toNumber(edge.isMTLS, 100);
  const sourcePrincipal = toPrincipal(edge.sourcePrincipal);
  const destinationPrincipal = toPrincipal(edge.destPrincipal);
  if ((edge.isMTLS !== undefined && mtlsPercent === null) || sourcePrincipal === undefined || destinationPrincipal === undefined) return null;
  return { mtlsPercent, sourcePrincipal, destinationPrincipal };
}

/** @returns undefined when it cannot be one */
function toPrincipal(value: unknown): string | null | undefined {
  if (value === undefined) return null;
  return typeof value === "string" && value !== "" && value.length <= MAX_PRINCIPAL ? value : undefined;
}

/** Requests/s by response code, from the percentages Kiali gives per code and Envoy flags. @returns null when they cannot be right */
function toCodes(edge: WireEdge, protocol: Protocol, rate: number): Record<string, number> | null {
  const codes: Record<string, number> = {};
  // Bytes have no code; Kiali's "-" there does not mean that nobody answered.
  if (protocol === "tcp") return codes;
  let total = 0;
  for (const [code, response] of Object.entries(edge.responses)) {
    if (!/^(\d{1,3}|-)$/.test(code)) return null;
    const flags = typeof response === "object" && response !== null && "flags" in response ? response.flags : null;
    if (typeof flags !== "object" || flags === null) return null;
    let percent = 0;
    for (const share of Object.values(flags)) {
      const part = toNumber(share, 100);
      if (part === null) return null;
      percent += part;
    }
    total += percent;
    codes[code] = (rate * percent) / 100;
  }
  // Each share is rounded to a tenth, so many small ones can add up to a little more than all.
  return total <= 105 ? codes : null;
}

/** Share of 5xx (gRPC: of any error status) and of requests nobody answered, percent. Kiali's own error percentage counts 4xx too. */
function toErrorPercent(edge: WireEdge, protocol: Protocol, rate: number, codes: Record<string, number>): number | null {
  if (protocol === "tcp" || rate === 0) return null;
  const byCode = Object.entries(codes);
  // gRPC edges may carry gRPC statuses or HTTP codes, indistinguishably; there only the rates tell.
  if (protocol === "http" && byCode.length > 0) {
    const failing = byCode.filter(([code]) => code === "-" || code === "0" || code.startsWith("5"));
    return Math.min(100, (failing.reduce((sum, [, share]) => sum + share, 0) / rate) * 100);
  }
  const names = protocol === "grpc" ? ["grpcErr", "grpcNoResponse"] : ["http5xx", "httpNoResponse"];
  let failing = 0;
  for (const name of names) {
    if (!Object.hasOwn(edge.rates, name)) continue;
    const part = toNumber(edge.rates[name], MAX_RATE[protocol]);
    if (part === null) return null;
    failing += part;
  }
  return Math.min(100, (failing / rate) * 100);
}

/** Kiali writes numbers as plain decimals in strings. @returns null for anything else, and for what is above the limit */
function toNumber(value: unknown, limit: number): number | null {
  if (typeof value !== "string" || !/^\d{1,20}(\.\d{1,10})?$/.test(value)) return null;
  const number = Number(value);
  return number <= limit ? number : null;
}

function createTally() {
  const counts = new Map<string, { count: number; one: string; many: string; cause: string }>();
  return {
    add(count: number, one: string, many: string, cause: string): void {
      if (count === 0) return;
      const key = `${one} ${cause}`;
      const entry = counts.get(key) ?? { count: 0, one, many, cause };
      entry.count += count;
      counts.set(key, entry);
    },
    sentences: (): string[] => [...counts.values()].map(({ count, one, many, cause }) => `${count} ${count === 1 ? one : many} ${cause}`),
  };
}
