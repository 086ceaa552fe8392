import { toAmbientPolicy } from "./ambient-policy";
import { decideClientTls } from "./client-tls";
import { decidePortMode, decideWorkloadPolicy } from "./decide-policy";
import type { EffectivePolicy } from "./effective-policy";
import { formatCount } from "./figures";
import type { GraphEdge, MeshGraph } from "./graph";
import { leadsTo } from "./graph-places";
import { injectSidecarCommand, patchPolicyModeCommand, patchRuleModeCommand, restartCommand } from "./kubectl-command";
import type { DestinationRule, MeshConfig, Namespace, ObjectRef, PeerAuthentication, Service, Workload } from "./objects";

/** Something that would break under STRICT, or would not be protected by it. */
export interface ReadinessFinding {
  /** `breaks` = somebody would be turned away; `unprotected` = STRICT would be silently without effect there. */
  effect: "breaks" | "unprotected";
  text: string;
  object: ObjectRef | null;
  command?: string;
}

export interface Readiness {
  /** `unknown` when the window held no traffic or part of it was not measured: nothing seen is no proof. */
  verdict: "ready" | "not-ready" | "unknown";
  /** Why the verdict is what it is, one sentence. */
  says: string;
  findings: ReadinessFinding[];
}

export interface ReadinessInput {
  namespace: string;
  graph: MeshGraph;
  config: MeshConfig;
  namespaces: readonly Namespace[];
  workloads: readonly Workload[];
  services: readonly Service[];
  /** null = could not be read. */
  policies: readonly PeerAuthentication[] | null;
  destinationRules: readonly DestinationRule[] | null;
}

/**
 * Whether a namespace can be made STRICT without turning anybody away. Ready needs three things: traffic was seen, all of it was mutual TLS, and no rule
 * or pod stands against it. What Padlock does not read (host network, excluded ports, probes that are not rewritten) it cannot find.
 */
export function decideReadiness(input: ReadinessInput): Readiness {
  const { namespace, graph, policies, destinationRules } = input;
  const inside = new Set(graph.nodes.filter((node) => node.namespace === namespace).map(({ id }) => id));
  const incoming = graph.edges.filter(({ kind, target }) => kind === "mesh" && inside.has(target));
  const findings = [...toTrafficFindings(incoming, graph), ...toWorkloadFindings(input), ...toRuleFindings(input), ...toExceptionFindings(input)];
  const breaks = findings.filter(({ effect }) => effect === "breaks").length;
  if (breaks > 0) return { verdict: "not-ready", says: `STRICT would break ${formatCount(breaks, "thing")}.`, findings };
  if (policies === null || destinationRules === null) return { verdict: "unknown", says: "Policies or rules could not be read.", findings };
  const active = incoming.filter(({ health, own }) => health.rate > 0 || own.served + own.failed > 0);
  if (active.length === 0) return { verdict: "unknown", says: `No traffic in the last ${graph.windowSeconds} s: nothing seen is no proof.`, findings };
  const unmeasured = active.filter(({ lock }) => lock.state === "not-measured").length;
  if (unmeasured > 0) return { verdict: "unknown", says: `${formatCount(unmeasured, "line")} of ${active.length} not measured.`, findings };
  if (findings.length > 0)
    return { verdict: "not-ready", says: `Nobody would be turned away, but STRICT would not protect ${formatCount(findings.length, "thing")}.`, findings };
  return { verdict: "ready", says: `All traffic of the last ${graph.windowSeconds} s was mutual TLS, and nothing stands against STRICT.`, findings };
}

/** Callers whose traffic was plaintext in the window. */
function toTrafficFindings(incoming: readonly GraphEdge[], graph: MeshGraph): ReadinessFinding[] {
  const names = new Map(graph.nodes.map((node) => [node.id, node.namespace === null ? node.name : `${node.namespace}/${node.name}`]));
  const bare = new Set(graph.nodes.filter(({ sidecar }) => sidecar === "none").map(({ id }) => id));
  return incoming
    .filter(({ lock: { state }, target }) => (state === "plaintext" || state === "mixed") && !bare.has(target))
    .map(({ source, target, lock }) => ({
      effect: "breaks",
      text: `${names.get(source) ?? source} calls ${names.get(target) ?? target} in plaintext and would be refused.`,
      object: lock.reason?.object ?? null,
      command: lock.reason?.command,
    }));
}

/** Servers that no policy can protect. */
function toWorkloadFindings({ namespace, namespaces, workloads, services }: ReadinessInput): ReadinessFinding[] {
  const asks = namespaces.some(({ name, injection }) => name === namespace && injection);
  return workloads
    .filter((workload) => workload.namespace === namespace && workload.sidecar === "none" && services.some((service) => leadsTo(service, workload)))
    .map((workload) => ({
      effect: "unprotected",
      text: `${namespace}/${workload.name} has no sidecar: it would go on serving plaintext to everybody${asks ? " (the namespace asks for sidecars, its pods are older than that)" : ""}.`,
      object: { kind: workload.kind, namespace, name: workload.name },
      command: asks ? restartCommand(workload) : injectSidecarCommand(workload),
    }));
}

/** Callers with sidecar that a rule, or the mesh's setting, makes send something that STRICT does not take. */
function toRuleFindings(input: ReadinessInput): ReadinessFinding[] {
  const { namespace, config, workloads, services, destinationRules: rules } = input;
  if (rules === null || input.policies === null) return [];
  const policies = withStrict(input.policies, input);
  const findings = new Map<string, ReadinessFinding>();
  for (const target of workloads.filter((workload) => workload.namespace === namespace && workload.sidecar === "sidecar")) {
    for (const service of services.filter((candidate) => leadsTo(candidate, target))) {
      for (const { port: servicePort, targetPort } of service.ports) {
        const port = typeof targetPort === "number" ? targetPort : (target.ports[0] ?? 0);
        if (decidePortMode(decideWorkloadPolicy(policies, config, target), port).mode !== "STRICT") continue;
        for (const client of workloads.filter(({ sidecar, isGateway }) => sidecar === "sidecar" || isGateway)) {
          const { sends, because } = decideClientTls({ rules, policies, config, client, service, servicePort, target: { workload: target, port } });
          if (sends === "mutual-tls" || sends === "unknown") continue;
          if (because.kind === "destination-rule") {
            const { object, mode } = because;
            const key = `${object.namespace}/${object.name} ${service.name}`;
            findings.set(key, {
              effect: "breaks",
              text: `DestinationRule ${object.namespace}/${object.name} makes callers of ${service.name} use ${mode}: they would get 503.`,
              object,
              command: patchRuleModeCommand(object),
            });
          } else if (because.kind === "auto-mtls-off") {
            findings.set("auto", {
              effect: "breaks",
              text: "Auto mutual TLS is off in this mesh: callers with a sidecar would send plaintext and get 503.",
              object: null,
            });
          }
        }
      }
    }
  }
  return [...findings.values()];
}

/** Policies that would hold against a STRICT namespace. */
function toExceptionFindings(input: ReadinessInput): ReadinessFinding[] {
  const { namespace, config, workloads } = input;
  if (input.policies === null) return [];
  const policies = withStrict(input.policies, input);
  const findings = new Map<string, ReadinessFinding>();
  for (const workload of workloads.filter((each) => each.namespace === namespace && (each.sidecar === "sidecar" || each.sidecar === "ambient"))) {
    const decided = toDecided(policies, config, workload);
    if (decided.mode !== "STRICT" && decided.object !== null) {
      const { object, mode } = decided;
      findings.set(object.name, {
        effect: "unprotected",
        text: `PeerAuthentication ${namespace}/${object.name} keeps ${workload.name} at ${mode}.`,
        object,
        command: patchPolicyModeCommand(object, "STRICT"),
      });
    }
    for (const { port, mode, object } of decided.ports) {
      if (mode !== "STRICT")
        findings.set(`${object.name} ${port}`, {
          effect: "unprotected",
          text: `PeerAuthentication ${namespace}/${object.name} keeps port ${port} of ${workload.name} at ${mode}.`,
          object,
        });
    }
  }
  return [...findings.values()];
}

function toDecided(policies: readonly PeerAuthentication[], config: MeshConfig, workload: Workload): EffectivePolicy {
  const decided = decideWorkloadPolicy(policies, config, workload);
  return workload.sidecar === "ambient" ? toAmbientPolicy(decided) : decided;
}

/** The policies as they would be: the namespace's selector-less one is STRICT, whichever it is. */
function withStrict(policies: readonly PeerAuthentication[], { namespace }: ReadinessInput): PeerAuthentication[] {
  const others = policies.filter((policy) => policy.namespace !== namespace || policy.selector !== null);
  const strict: PeerAuthentication = {
    namespace,
    name: "default",
    uid: "",
    resourceVersion: "",
    createdAt: 0,
    labels: {},
    annotations: {},
    selector: null,
    mode: "STRICT",
    ports: {},
    owners: [],
    yaml: "",
  };
  return [...others, strict];
}
