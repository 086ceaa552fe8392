import type { Call, CallEncryption } from "@/lib/mesh/calls";
import type { MeshGraph } from "@/lib/mesh/graph";
import type { LockState } from "@/lib/mesh/lock";
import { edgeKey, nodeKey, toId } from "./model";
import type { DotKind } from "./traffic";

/**
 * Our own calls fly one by one along the path their answer names: ten calls in a minute would else be one dot every six seconds. Pure; slower than the calls
 * were, and said so beside them.
 */
export interface Leg {
  /** Key of the edge it flies along; null = no such line is drawn, it goes straight from node to node. */
  edge: string | null;
  from: string;
  to: string;
  kind: DotKind;
}

export interface Route {
  callId: number;
  legs: Leg[];
}

export const FLIGHT_GAP_MS = 150;
/** Waiting calls of one caller; more would fly long after they were made. */
const WAITING_AT_MOST = 12;

/** Where a call goes in this graph; null when its caller or target is not in the picture. */
export function toRoute(call: Call, graph: MeshGraph): Route | null {
  if (call.outcome === "cancelled") return null;
  const target = graph.nodes.find((node) => `${node.namespace}/${node.name}` === call.target);
  if (!target) return null;
  const legs: Leg[] = [];
  let at = target.id;
  const refused = call.outcome === "refused";
  const failed = call.outcome === "failed" || call.outcome === "unreachable";
  const firstKind = (state: LockState | null): DotKind => (refused ? "refused" : failed && call.path.length === 0 ? "failed" : toKind(call.encryption, state));
  if (call.caller === "gateway") {
    const gateways = graph.nodes.filter((node) => node.isGateway);
    const gateway = gateways.find((node) => findEdge(graph, node.id, target.id)) ?? gateways[0];
    if (!gateway) return null;
    const client = graph.nodes.find((node) => node.kind === "client");
    if (client) legs.push(toLeg(graph, client.id, gateway.id, () => "answered"));
    legs.push(toLeg(graph, gateway.id, target.id, firstKind));
  } else {
    const caller = graph.nodes.find((node) => `${node.namespace}/${node.name}` === call.callerName);
    if (!caller || caller.id === target.id) return null;
    legs.push(toLeg(graph, caller.id, target.id, firstKind));
  }
  if (refused) return { callId: call.id, legs };
  // The first hop is the target itself.
  for (const hop of call.path.slice(1)) {
    const next = graph.edges
      .filter((edge) => edge.source === at && edge.target !== at)
      .map((edge) => graph.nodes.find((node) => node.id === edge.target))
      .find((node) => node && isNamed(node, hop.name));
    if (!next) break;
    const broken = hop.code < 200 || hop.code >= 500;
    legs.push(toLeg(graph, at, next.id, (state) => (broken ? "failed" : toKind("not-measured", state))));
    at = next.id;
  }
  return { callId: call.id, legs };
}

function toLeg(graph: MeshGraph, source: string, target: string, kind: (state: LockState | null) => DotKind): Leg {
  const edge = findEdge(graph, source, target);
  return { edge: edge ? edgeKey(edge.id) : null, from: nodeKey(source), to: nodeKey(target), kind: kind(edge?.lock.state ?? null) };
}

function findEdge(graph: MeshGraph, source: string, target: string) {
  return graph.edges.find((edge) => edge.source === source && edge.target === target);
}

/** A service calls itself by its app's name, a workload often has a version behind it: `purchase-history` is `purchase-history-v1`. */
function isNamed(node: { name: string; title: string; version: string | null }, name: string): boolean {
  return node.name === name || node.title === name || (node.version !== null && node.name === `${name}-${node.version}`);
}

/** A ring or a hollow dot only with evidence: of the call itself, else of the line it flies along; an answer alone proves nothing. */
function toKind(encryption: CallEncryption, state: LockState | null): DotKind {
  if (encryption === "mutual-tls" || (encryption !== "plaintext" && state === "mutual-tls")) return "mutual-tls";
  if (encryption === "plaintext" || (encryption === "not-measured" && state === "plaintext")) return "plaintext";
  return "answered";
}

/** Calls waiting to fly: taken from the callers in turn, at least 150 ms apart, the oldest of a caller dropped when it has too many. */
export interface FlightQueue {
  add(call: Call): void;
  /** The next call when one is due. `now` in ms of any steady clock. */
  next(now: number): Call | null;
  clear(): void;
  readonly waiting: number;
}

export function createFlightQueue(): FlightQueue {
  const queues = new Map<string, Call[]>();
  let turn = 0;
  let last = -Infinity;
  return {
    add(call) {
      const queue = queues.get(call.caller) ?? [];
      queue.push(call);
      if (queue.length > WAITING_AT_MOST) queue.shift();
      queues.set(call.caller, queue);
    },
    next(now) {
      if (now - last < FLIGHT_GAP_MS) return null;
      const filled = [...queues.values()].filter((queue) => queue.length > 0);
      const call = filled[turn % (filled.length || 1)]?.shift();
      if (!call) return null;
      turn++;
      last = now;
      return call;
    },
    clear() {
      queues.clear();
    },
    get waiting() {
      return [...queues.values()].reduce((sum, queue) => sum + queue.length, 0);
    },
  };
}

/** The route in a picture folded to groups: legs inside one group are not flown. @param homes where what is not drawn itself is drawn, by id */
export function toFoldedRoute(route: Route | null, homes: ReadonlyMap<string, string>): Route | null {
  if (route === null || homes.size === 0) return route;
  const home = (key: string, toKey: (id: string) => string) => toKey(homes.get(toId(key)) ?? toId(key));
  const legs = route.legs.flatMap((leg) => {
    const [from, to] = [home(leg.from, nodeKey), home(leg.to, nodeKey)];
    return from === to ? [] : [{ ...leg, from, to, edge: leg.edge === null ? null : home(leg.edge, edgeKey) }];
  });
  return legs.length === 0 ? null : { ...route, legs };
}
