import { decideNamespacePolicy } from "./decide-policy";
import type { ObserverStatus } from "./edge-facts";
import { toEmptyCause } from "./empty-graph";
import type { GraphEdge, MeshGraph } from "./graph";
import { toEdge } from "./graph-edges";
import { type GraphInput, toConfig } from "./graph-input";
import { Lines } from "./graph-lines";
import { hasTraffic, toLinesByEnd, toNode, toServedLock } from "./graph-nodes";
import { createPlaces, type Place, type Places } from "./graph-places";
import { addObservedTraffic, isGateway } from "./observed-traffic";
import { addOwnCalls, CLIENT } from "./own-traffic";

/** Figures that speak of a moment longer ago than this are stale, whatever their source says of itself. */
const STALE_MS = 90_000;

/** Puts the graph together from what each source said. Pure: the same input gives the same graph, and ids do not depend on order. */
export function assembleGraph(input: GraphInput): MeshGraph {
  const places = createPlaces(input);
  const lines = new Lines();
  const gateway = findGateway(input, places);
  const omitted = addObservedTraffic(lines, places, input);
  addOwnCalls(lines, places, input, gateway);

  const nodes = new Map<string, Place>();
  const add = (place: Place) => {
    const known = nodes.get(place.id);
    nodes.set(place.id, known === undefined ? place : { ...known, workload: known.workload ?? place.workload, observed: known.observed ?? place.observed });
  };
  for (const workload of input.workloads)
    if (input.view.namespaces.includes(workload.namespace) || workload.isGateway) add(places.ofWorkload(`${workload.namespace}/${workload.name}`));
  for (const name of [input.callers["with-sidecar"], input.callers["without-sidecar"]]) if (name !== null) add(places.ofWorkload(name));
  for (const { source, target } of lines.all()) {
    add(source);
    add(target);
  }
  // The person's side is always there when there is a door.
  for (const place of [...nodes.values()]) if (isGateway(place)) lines.get(CLIENT, place, "http");
  if ([...nodes.values()].some(isGateway)) add(CLIENT);

  const observer = toObserver(input);
  const edges = withClientRates(lines.all().map((line) => toEdge(line, input, observer)));
  const linesByEnd = toLinesByEnd(edges);
  return {
    namespaces: input.view.namespaces.map((name) => ({
      name,
      policy: input.policies === null ? null : decideNamespacePolicy(input.policies, toConfig(input, name), name),
      lock: toServedLock(
        edges.filter(({ kind, target }) => kind === "mesh" && nodes.get(target)?.namespace === name),
        input,
        observer,
      ),
    })),
    nodes: [...nodes.values()].map((place) => toNode(place, linesByEnd, input, observer)),
    edges,
    windowSeconds: input.view.windowSeconds,
    observedAt: input.observed?.receivedAt ?? null,
    omitted,
    empty: edges.some((edge) => hasTraffic(edge)) ? null : toEmptyCause(input),
  };
}

/** The gateway that our own calls enter by. */
function findGateway({ callers, workloads }: GraphInput, places: Places): Place | null {
  if (callers.gateway !== null) return places.ofWorkload(callers.gateway);
  const [only, ...others] = workloads.filter(({ isGateway: is }) => is);
  return only === undefined || others.length > 0 ? null : places.ofWorkload(`${only.namespace}/${only.name}`);
}

/** Kiali does not see who calls a gateway; what the gateway passes on came in before. */
function withClientRates(edges: readonly GraphEdge[]): GraphEdge[] {
  return edges.map((edge) => {
    if (edge.kind !== "one-way-tls" || edge.health.rate > 0) return edge;
    const rate = edges.reduce((sum, { source, protocol, health }) => (source === edge.target && protocol !== "tcp" ? sum + health.rate : sum), 0);
    return { ...edge, health: { ...edge.health, rate } };
  });
}

function toObserver({ kiali, observed, now, formatTime }: GraphInput): ObserverStatus {
  if (kiali.state === "ok" && observed !== null && now - observed.dataAt > STALE_MS)
    return { state: "stale", reason: `Kiali's figures are from ${formatTime(observed.dataAt)}.` };
  return kiali;
}
