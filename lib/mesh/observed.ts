/** What Kiali observed over a window, reshaped by lib/kiali and stripped of wire formats. Numbers are finite and not negative. */

export interface ObservedNode {
  id: string;
  kind: "workload" | "app" | "service" | "unknown" | "other";
  cluster: string;
  namespace: string;
  workload: string | null;
  app: string | null;
  version: string | null;
  service: string | null;
  /** A pod behind it has no sidecar (Kiali's isOutOfMesh, hasMissingSC before 1.72). */
  isOutOfMesh: boolean;
  isGateway: boolean;
  isInaccessible: boolean;
}

export interface ObservedEdge {
  id: string;
  source: string;
  target: string;
  protocol: "http" | "grpc" | "tcp";
  /** Requests/s; for tcp bytes/s. */
  rate: number;
  /** By response code ("-" = nobody answered), requests/s. */
  codes: Record<string, number>;
  /** Share of 5xx and unanswered, percent. */
  errorPercent: number | null;
  /** Share of mutual TLS in percent (Kiali's isMTLS); null when Kiali left it out. */
  mtlsPercent: number | null;
  /** null when Kiali sent none: then nobody reported from the destination's side. `unknown` is Kiali's word for "no identity". */
  sourcePrincipal: string | null;
  destinationPrincipal: string | null;
  responseTimeMs: number | null;
}

export interface ObservedGraph {
  /** Epoch ms: when the answer arrived, and the instant it speaks of. */
  receivedAt: number;
  dataAt: number;
  windowSeconds: number;
  nodes: ObservedNode[];
  edges: ObservedEdge[];
  /** What was unusable, in words with counts. */
  omitted: string[];
}
