import { toAmbientPolicy } from "./ambient-policy";
import { type ClientTlsDecision, decideClientTls } from "./client-tls";
import { decidePortMode, decideWorkloadPolicy } from "./decide-policy";
import type { EdgeEnd, EdgeFacts, ObserverStatus } from "./edge-facts";
import { decideEdgeLock } from "./edge-lock";
import type { EffectivePolicy } from "./effective-policy";
import type { GraphEdge } from "./graph";
import { type GraphInput, toConfig } from "./graph-input";
import type { Line } from "./graph-lines";
import { leadsTo, type Place } from "./graph-places";
import type { Lock } from "./lock";
import type { Service, SidecarState, Workload } from "./objects";
import type { ObservedEdge } from "./observed";
import { toObservedMeasure } from "./observed-measure";

/** The line as the page draws it. */
export function toEdge(line: Line, input: GraphInput, observer: ObserverStatus): GraphEdge {
  const { id, source, target, protocol, kind, observed, calls, passed } = line;
  return {
    id,
    source: source.id,
    target: target.id,
    protocol,
    kind,
    health: {
      rate: observed?.rate ?? 0,
      errorPercent: observed?.errorPercent ?? null,
      codes: observed?.codes ?? {},
      mutualTlsPercent: toMeasuredPercent(observed),
    },
    lock: kind === "one-way-tls" ? toOneWayLock(line) : decideEdgeLock(toEdgeFacts(line, input, observer)),
    sourcePrincipal: toPrincipal(observed?.sourcePrincipal),
    destinationPrincipal: toPrincipal(observed?.destinationPrincipal),
    responseTimeMs: observed?.responseTimeMs ?? null,
    own: toOwn(calls, passed),
  };
}

function toMeasuredPercent(observed: ObservedEdge | null): number | null {
  if (observed === null) return null;
  const measure = toObservedMeasure(observed);
  return measure.state === "not-measured" ? null : measure.percent;
}

/** Ordinary TLS with the gateway's certificate alone: neither a lock nor its absence. */
export function toOneWayLock({ calls }: Pick<Line, "calls">): Lock {
  const refused = calls.filter(({ outcome }) => outcome === "refused").length;
  const text = "TLS, one way: the gateway shows its certificate and the client shows none. Mesh mutual TLS begins behind the gateway.";
  return { state: "not-measured", percent: null, refused, reason: { code: "one-way-tls", text }, evidence: [] };
}

function toEdgeFacts(line: Line, input: GraphInput, observer: ObserverStatus): EdgeFacts {
  const { source, target, observed, calls, passed } = line;
  const port = target.workload === null ? null : toServicePort(input.services, target.workload);
  const policy = toPolicy(target.workload, input);
  return {
    now: input.now,
    windowSeconds: input.observed?.windowSeconds ?? input.view.windowSeconds,
    caller: toEnd(source, input),
    server: toEnd(target, input),
    rootNamespace: toConfig(input, target.namespace).rootNamespace,
    observer,
    dataAt: input.observed?.dataAt ?? null,
    observed,
    calls,
    passed: passed.served + passed.failed,
    lastChangeAt: toLastChange(source, target, input),
    client: toClientDecision(source, target, port, input),
    port: policy === null || port === null ? null : { ...decidePortMode(policy, port.port), number: port.port },
    policy,
    formatTime: input.formatTime,
  };
}

/**
 * What the policies decide for a workload. A proxy must be there for them to have an effect, a sidecar or the node's ztunnel, and a gateway's
 * listeners follow its Gateway object.
 * @returns null where they have none, where nobody knows whether there is a proxy, and while they could not be read
 */
export function toPolicy(workload: Workload | null, input: Pick<GraphInput, "policies" | "config" | "configs">): EffectivePolicy | null {
  if (workload === null || input.policies === null || workload.isGateway) return null;
  if (workload.sidecar !== "sidecar" && workload.sidecar !== "ambient") return null;
  const policy = decideWorkloadPolicy(input.policies, toConfig(input, workload.namespace), workload);
  return workload.sidecar === "ambient" ? toAmbientPolicy(policy) : policy;
}

function toEnd(place: Place, { namespaces }: GraphInput): EdgeEnd {
  const { kind, namespace, name, workload } = place;
  return {
    kind: kind === "client" ? "workload" : kind,
    namespace,
    name,
    sidecar: toSidecar(place),
    workload: workload === null ? null : { kind: workload.kind, namespace: workload.namespace, name: workload.name },
    injection: namespaces.some((candidate) => candidate.name === namespace && candidate.injection),
  };
}

/** The API server's word first; Kiali's flag says that some pod has none. */
export function toSidecar({ kind, workload, observed }: Place): SidecarState {
  if (workload !== null) return workload.sidecar;
  if (kind !== "workload") return "unknown";
  return observed?.isOutOfMesh ? "none" : "unknown";
}

interface ServicePort {
  service: Service;
  servicePort: number;
  port: number;
}

/** The one port a workload serves on; null when it has several and a line does not tell which. */
function toServicePort(services: readonly Service[], workload: Workload): ServicePort | null {
  const ports = services
    .filter((service) => leadsTo(service, workload))
    .flatMap((service) =>
      service.ports.flatMap(({ port, targetPort }) => {
        // A named target port is the pod's; with one declared port there is no doubt which.
        const container = typeof targetPort === "number" ? targetPort : workload.ports.length === 1 ? workload.ports[0] : undefined;
        return container === undefined ? [] : [{ service, servicePort: port, port: container }];
      }),
    );
  const [first] = ports;
  return first !== undefined && ports.every(({ port }) => port === first.port) ? first : null;
}

function toClientDecision(source: Place, target: Place, port: ServicePort | null, input: GraphInput): ClientTlsDecision | null {
  const { destinationRules: rules, policies } = input;
  if (source.workload === null || target.workload === null || port === null || rules === null || policies === null) return null;
  return decideClientTls({
    rules,
    policies,
    config: toConfig(input, source.workload.namespace),
    client: source.workload,
    service: port.service,
    servicePort: port.servicePort,
    target: { workload: target.workload, port: port.port },
  });
}

/** Policies decide at the server; DestinationRules may lie with the caller as well. */
function toLastChange({ namespace: from }: Place, { namespace: to }: Place, input: GraphInput): number | null {
  const { lastChangeByNamespace, lastRuleChangeByNamespace } = input;
  const { rootNamespace: root } = toConfig(input, to);
  const places = (names: (string | null)[], changes: ReadonlyMap<string, number> | undefined) =>
    names.flatMap((name) => (name === null ? [] : (changes?.get(name) ?? [])));
  const changes = [...places([to, root], lastChangeByNamespace), ...places([from, to, root], lastRuleChangeByNamespace)];
  return changes.length === 0 ? null : Math.max(...changes);
}

function toOwn(calls: Line["calls"], passed: Line["passed"]): GraphEdge["own"] {
  const own: GraphEdge["own"] = { served: passed.served, failed: passed.failed, refused: 0, lastAt: passed.lastAt, lastServedAt: null, lastRefusedAt: null };
  for (const { outcome, endedAt } of calls) {
    if (outcome !== "served" && outcome !== "failed" && outcome !== "refused") continue;
    own[outcome] += 1;
    own.lastAt = Math.max(own.lastAt ?? endedAt, endedAt);
    if (outcome === "served") own.lastServedAt = Math.max(own.lastServedAt ?? endedAt, endedAt);
    if (outcome === "refused") own.lastRefusedAt = Math.max(own.lastRefusedAt ?? endedAt, endedAt);
  }
  return own;
}

/** Kiali's "unknown" is the absence of an identity. */
function toPrincipal(principal: string | null | undefined): string | null {
  return principal === undefined || principal === "unknown" ? null : principal;
}
