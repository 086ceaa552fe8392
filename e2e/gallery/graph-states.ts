import type { Page } from "@playwright/test";
import type { LiveState } from "@/lib/api/state";
import type { GraphEdge, GraphNode, NamespaceFrame } from "@/lib/mesh/graph";
import type { LockState } from "@/lib/mesh/lock";
import type { ControlState } from "./control-states";
import { toLock } from "./lock-states";

const NO_CALLS: GraphEdge["own"] = { served: 0, failed: 0, refused: 0, lastAt: null, lastServedAt: null, lastRefusedAt: null };
const STATES: readonly LockState[] = ["mutual-tls", "mutual-tls", "mutual-tls", "mixed", "plaintext", "refused", "not-measured"];
const NAMES = ["cart", "catalog", "checkout", "currency", "email", "frontend", "payment", "recommendation", "shipping", "stock", "search", "ads"];

/** Graphs that the lab has not: every mark at once, as many lines as each keeps its lock, many namespaces that all talk to each other, and one of them looked at. */
export function toGraphStates(base: LiveState): ControlState[] {
  const { now } = base.clock;
  const toNode = (namespace: string, name: string, more: Partial<GraphNode> = {}): GraphNode => ({
    id: `${namespace}/${name}`,
    kind: "workload",
    namespace,
    name,
    version: "v1",
    title: name,
    subtitle: "v1",
    sidecar: "sidecar",
    isGateway: false,
    outside: false,
    idle: false,
    policy: null,
    lock: toLock("mutual-tls", now),
    rateIn: 1,
    rateOut: 1,
    ...more,
  });
  const toEdge = (source: string, target: string, state: LockState, more: Partial<GraphEdge> = {}): GraphEdge => {
    const lock = toLock(state, now);
    return {
      id: `${source}>${target}`,
      source,
      target,
      protocol: "http",
      kind: "mesh",
      health: state === "refused" ? { rate: 0, errorPercent: null, codes: {} } : { rate: 1, errorPercent: 0, codes: { "200": 1 } },
      lock,
      sourcePrincipal: null,
      destinationPrincipal: null,
      responseTimeMs: null,
      own: { ...NO_CALLS, refused: lock.refused, lastRefusedAt: lock.refused > 0 ? now - 5000 : null },
      ...more,
    };
  };
  const toFrame = (name: string): NamespaceFrame => ({
    name,
    policy: { mode: "PERMISSIVE", from: "default", object: null, steps: [], ports: [] },
    lock: toLock("mixed", now),
  });
  const show = (name: string, namespaces: string[], nodes: GraphNode[], edges: GraphEdge[]): ControlState => ({
    name,
    state: { ...base, graph: { ...base.graph, namespaces: namespaces.map(toFrame), nodes, edges, empty: null } },
  });

  const own = "istioinaction";
  const { nodes, edges } = base.graph;
  const webApi = nodes.find(({ name }) => name === "web-api")?.id ?? "";
  const every = show(
    "every-mark",
    [own],
    [
      ...nodes,
      toNode(own, "ambient", { sidecar: "ambient" }),
      toNode(own, "idle", { idle: true, rateIn: 0 }),
      toNode(own, "errors"),
      toNode(own, "mixed"),
      toNode("other", "someone", { kind: "unidentified", namespace: null, title: "unidentified caller", subtitle: "", sidecar: "unknown", outside: true }),
      toNode("other", "legacy", { sidecar: "none", outside: true, title: "legacy", subtitle: "other · no sidecar" }),
    ],
    [
      ...edges,
      toEdge(webApi, `${own}/ambient`, "not-measured"),
      toEdge(webApi, `${own}/idle`, "not-measured", { health: { rate: 0, errorPercent: null, codes: {} } }),
      toEdge(`${own}/ambient`, `${own}/errors`, "mutual-tls", { health: { rate: 1, errorPercent: 12, codes: { "503": 0.12, "200": 0.88 } } }),
      toEdge(`${own}/ambient`, `${own}/mixed`, "mixed"),
      toEdge("other/someone", webApi, "plaintext"),
      toEdge("other/legacy", `${own}/mixed`, "refused"),
    ],
  );

  const shop = NAMES.flatMap((name) => [toNode("shop", name), toNode("shop", `${name}-db`)]);
  const sixty = Array.from({ length: 60 }, (_, index) => {
    const source = index % NAMES.length;
    const far = Math.floor(index / NAMES.length);
    const target = far === 0 ? `shop/${NAMES[source]}-db` : `shop/${NAMES[(source + far) % NAMES.length]}`;
    return toEdge(`shop/${NAMES[source]}`, target, STATES[index % STATES.length] ?? "mutual-tls");
  });
  const places = Array.from({ length: 17 }, (_, index) => `team-${index + 1}`);
  const crowd = places.flatMap((place) => NAMES.slice(0, 5).map((name) => toNode(place, name)));
  const interlinked = places.flatMap((source, from) =>
    places.flatMap((target, to) =>
      from === to ? [] : [toEdge(`${source}/${NAMES[to % 5]}`, `${target}/${NAMES[from % 5]}`, STATES[(from * 5 + to) % STATES.length] ?? "mutual-tls")],
    ),
  );
  const thicket = show("17-namespaces", places, crowd, interlinked);
  const toOne = (page: Page) => page.getByRole("region", { name: "Graph" }).locator("[data-outline='group|team-3']").focus();
  const fan = show(
    "one-calls-twelve",
    ["shop"],
    ["web", ...NAMES].map((name) => toNode("shop", name)),
    NAMES.map((name) => toEdge("shop/web", `shop/${name}`, "mutual-tls")),
  );
  return [every, fan, show("60-lines", ["shop"], shop, sixty), thicket, { ...thicket, name: "17-namespaces-one", act: toOne }];
}
