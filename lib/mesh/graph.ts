import type { EffectivePolicy } from "./effective-policy";
import type { Lock } from "./lock";
import type { SidecarState } from "./objects";

/** The graph as the page draws it and as the table lists it: the same content. Ids are stable across updates. */

export type NodeKind =
  | "workload"
  /** Traffic whose caller Kiali could not name and that exceeds our own calls: "unidentified caller". */
  | "unidentified"
  | "service"
  /** The person's side of the gateway: ordinary TLS, no lock. */
  | "client";

export interface GraphNode {
  id: string;
  kind: NodeKind;
  namespace: string | null;
  /** The cluster it runs in, when Kiali knows another than the one Padlock talks to; null or absent for that one. */
  cluster?: string | null;
  name: string;
  /** Deployment and the like, for commands; null or absent when only Kiali knows it. */
  workloadKind?: string | null;
  version: string | null;
  /** First and second line in the picture: `web-api` / `v1`, `sleep` / `default · no sidecar`. */
  title: string;
  subtitle: string;
  sidecar: SidecarState;
  isGateway: boolean;
  /** Stands outside every namespace frame. */
  outside: boolean;
  /** No traffic over the window. */
  idle: boolean;
  /** Mode per declared port and the objects that decide; null for what has no policy. */
  policy: EffectivePolicy | null;
  /** Of the traffic it serves. */
  lock: Lock;
  /** Requests/s in and out over the window. */
  rateIn: number;
  rateOut: number;
}

export interface EdgeHealth {
  /** Requests/s over the window; 0 when only our own calls are known. */
  rate: number;
  /** Share of 5xx and unanswered requests, percent; null without traffic. */
  errorPercent: number | null;
  /** By HTTP code, requests/s. */
  codes: Record<string, number>;
  /** Share of mutual TLS as Kiali measured it over the window, percent, whatever fresher calls of ours decided for the lock; null or absent = not measured. */
  mutualTlsPercent?: number | null;
}

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  protocol: "http" | "grpc" | "tcp";
  /** What the traffic is over: `one-way-tls` edges are drawn without a lock. */
  kind: "mesh" | "one-way-tls";
  health: EdgeHealth;
  lock: Lock;
  /** Identities the server verified (SPIFFE); null when unknown. */
  sourcePrincipal: string | null;
  destinationPrincipal: string | null;
  /** 95th percentile response time in ms, when Kiali has it. */
  responseTimeMs: number | null;
  /** Own calls on this edge within the window. */
  own: { served: number; failed: number; refused: number; lastAt: number | null; lastServedAt: number | null; lastRefusedAt: number | null };
}

export interface NamespaceFrame {
  name: string;
  /** null when the policies could not be read: an empty list would read as PERMISSIVE. */
  policy: EffectivePolicy | null;
  lock: Lock;
}

export interface MeshGraph {
  namespaces: NamespaceFrame[];
  nodes: GraphNode[];
  edges: GraphEdge[];
  windowSeconds: number;
  /** Epoch ms at which Kiali's answer arrived; null when it never did. */
  observedAt: number | null;
  /** Things left out, each with its cause in words ("2 edges to nowhere"). */
  omitted: string[];
  /** Why no line carries traffic, and what to do about it; null when one does. Idle nodes may be there all the same. */
  empty: { cause: string; next: string } | null;
}
