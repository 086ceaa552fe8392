import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import type { Lock, LockState } from "@/lib/mesh/lock";
import type { LayoutNode, LayoutRequest } from "../layout";
import { type Measure, toFramePad, toFrameTitleWidth, toMetrics, toNodeSize } from "../metrics";
import type { GraphModel } from "../model";

/** The lab as literals: gateway → web-api → recommendation → purchase-history, a caller with and one without sidecar, the person. */

/** About DejaVu Sans, without a canvas. */
export const measureRoughly: Measure = (text, size, weight) => text.length * size * (weight > 500 ? 0.66 : 0.58);

export function lock(state: LockState, more: Partial<Lock> = {}): Lock {
  return { state, percent: state === "mutual-tls" ? 100 : null, refused: 0, reason: null, evidence: [], ...more };
}

export function node(id: string, more: Partial<GraphNode> = {}): GraphNode {
  return {
    id,
    kind: "workload",
    namespace: "istioinaction",
    name: id,
    version: "v1",
    title: id,
    subtitle: "v1",
    sidecar: "sidecar",
    isGateway: false,
    outside: false,
    idle: false,
    policy: null,
    lock: lock("mutual-tls"),
    rateIn: 1,
    rateOut: 1,
    ...more,
  };
}

export function edge(source: string, target: string, more: Partial<GraphEdge> = {}): GraphEdge {
  return {
    id: `${source}>${target}`,
    source,
    target,
    protocol: "http",
    kind: "mesh",
    health: { rate: 1, errorPercent: 0, codes: { "200": 1 } },
    lock: lock("mutual-tls"),
    sourcePrincipal: null,
    destinationPrincipal: null,
    responseTimeMs: null,
    own: { served: 0, failed: 0, refused: 0, lastAt: null, lastServedAt: null, lastRefusedAt: null },
    ...more,
  };
}

export function labNodes(): GraphNode[] {
  return [
    node("you", { kind: "client", namespace: null, subtitle: "", outside: true, sidecar: "unknown", lock: lock("not-measured") }),
    node("gateway", { name: "istio-ingressgateway", namespace: "istio-system", title: "ingress gateway", subtitle: "istio-system", isGateway: true, outside: true }),
    node("web-api"),
    node("recommendation"),
    node("purchase-history", { name: "purchase-history-v1" }),
    node("sleep", { subtitle: "caller with sidecar", version: null }),
    node("naked", { name: "sleep", namespace: "default", title: "sleep", subtitle: "default · no sidecar", sidecar: "none", outside: true, version: null }),
  ];
}

export function labEdges(): GraphEdge[] {
  return [
    edge("you", "gateway", { kind: "one-way-tls", lock: lock("not-measured") }),
    edge("gateway", "web-api"),
    edge("web-api", "recommendation"),
    edge("recommendation", "purchase-history"),
    edge("sleep", "web-api"),
    edge("naked", "web-api", { lock: lock("plaintext") }),
  ];
}

export function mesh(nodes: GraphNode[], edges: GraphEdge[], namespaces = ["istioinaction"]): MeshGraph {
  return {
    namespaces: namespaces.map((name) => ({ name, policy: { mode: "PERMISSIVE", from: "default", object: null, steps: [], ports: [] }, lock: lock("mixed", { percent: 83 }) })),
    nodes,
    edges,
    windowSeconds: 60,
    observedAt: 1_700_000_000_000,
    omitted: [],
    empty: null,
  };
}

export const labMesh = (): MeshGraph => mesh(labNodes(), labEdges());

export const screen = toMetrics("screen", 1056);

export function toRequest(model: GraphModel, more: Partial<LayoutRequest> = {}): LayoutRequest {
  const direction = more.direction ?? "right";
  return {
    nodes: model.nodes.map((item): LayoutNode => ({ key: item.key, place: item.place, frame: item.frame, ...toNodeSize(item, screen, measureRoughly) })),
    edges: model.edges.map((item) => [item.source, item.target]),
    frames: model.frames.map((frame) => ({ key: frame.key, minWidth: toFrameTitleWidth(frame, screen, measureRoughly) })),
    framePad: toFramePad(screen, direction),
    direction,
    along: screen.along,
    across: screen.across,
    plate: screen.plate,
    room: { width: 1008, height: 610 },
    ...more,
  };
}
