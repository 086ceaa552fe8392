import type { EffectivePolicy, IgnoredPolicy, PolicyStep, PortDecision } from "./effective-policy";
import { isSubset } from "./labels";
import type { EffectiveMode, Mode } from "./modes";
import type { MeshConfig, ObjectRef, PeerAuthentication, Workload } from "./objects";

/** The label that gives an object to the istiod of one revision. */
const REVISION_LABEL = "istio.io/rev";
/** A normal install's revision. */
const DEFAULT_REVISION = "default";

/** What istiod's resolver asks of a workload. */
export type PolicySubject = Pick<Workload, "namespace" | "labels">;

/**
 * What decides for a namespace as a whole: mesh, then its own policy (istiod, pilot/pkg/model/authentication.go and
 * pilot/pkg/security/authn/policy_applier.go). For the root namespace the mesh policy is its own.
 * @param policies all that were read, in any order
 */
export function decideNamespacePolicy(policies: readonly PeerAuthentication[], config: MeshConfig, namespace: string): EffectivePolicy {
  return toEffective(namespaceSteps(policies, config, namespace), []);
}

/**
 * What decides for a workload and each of its ports. Only the oldest matching policy with a selector counts, and port modes are read from it alone.
 * `ports` of the answer are container ports.
 */
export function decideWorkloadPolicy(policies: readonly PeerAuthentication[], config: MeshConfig, workload: PolicySubject): EffectivePolicy {
  const steps = namespaceSteps(policies, config, workload.namespace);
  const [matching, other] = splitByRevision(
    policies.filter((policy) => policy.selector !== null && policy.namespace === workload.namespace && isSubset(policy.selector, workload.labels)),
    config,
  );
  const ignored = other.map((policy) => toIgnored(policy, "other-revision"));
  if (workload.namespace === config.rootNamespace) {
    steps.push({
      scope: "workload",
      object: null,
      mode: null,
      decides: false,
      ignored: [...matching.map((policy) => toIgnored(policy, "selector-in-root-namespace")), ...ignored],
    });
    return toEffective(steps, []);
  }
  const [oldest, ...younger] = matching;
  steps.push({
    scope: "workload",
    object: oldest === undefined ? null : toRef(oldest),
    mode: oldest?.mode ?? null,
    decides: false,
    ignored: [...younger.map((policy) => toIgnored(policy, "younger")), ...ignored],
  });
  const ports: PolicyStep[] =
    oldest === undefined
      ? []
      : Object.entries(oldest.ports).map(([port, mode]) => ({
          scope: "port",
          object: toRef(oldest),
          mode,
          decides: isSet(mode),
          ignored: [],
          port: Number(port),
        }));
  return toEffective(steps, ports);
}

/** The mode of one container port of the workload the policy was decided for. */
export function decidePortMode(policy: EffectivePolicy, port: number): PortDecision {
  const step = policy.steps.find((candidate) => candidate.scope === "port" && candidate.port === port);
  if (step !== undefined && isSet(step.mode)) return { mode: step.mode, from: "port", object: step.object };
  return { mode: policy.mode, from: policy.from, object: policy.object };
}

/** The selector-less policy that counts in a namespace: the oldest, whatever its name and even when it says nothing; null when there is none. */
export function findNamespacePolicy(policies: readonly PeerAuthentication[], config: MeshConfig, namespace: string): PeerAuthentication | null {
  const [seen] = splitByRevision(selectorLess(policies, namespace), config);
  return seen[0] ?? null;
}

/**
 * What would decide for the namespace if the policy that counts there now were deleted. A younger selector-less policy, ignored until then,
 * takes over; only without one does the mesh's decide.
 */
export function decideInherited(policies: readonly PeerAuthentication[], config: MeshConfig, namespace: string): EffectivePolicy {
  const deleted = findNamespacePolicy(policies, config, namespace);
  return decideNamespacePolicy(
    policies.filter((policy) => policy !== deleted),
    config,
    namespace,
  );
}

function namespaceSteps(policies: readonly PeerAuthentication[], config: MeshConfig, namespace: string): PolicyStep[] {
  const steps = [selectorLessStep("mesh", policies, config, config.rootNamespace)];
  if (namespace !== config.rootNamespace) steps.push(selectorLessStep("namespace", policies, config, namespace));
  return steps;
}

function selectorLessStep(scope: "mesh" | "namespace", policies: readonly PeerAuthentication[], config: MeshConfig, namespace: string): PolicyStep {
  const [[oldest, ...younger], other] = splitByRevision(selectorLess(policies, namespace), config);
  return {
    scope,
    object: oldest === undefined ? null : toRef(oldest),
    mode: oldest?.mode ?? null,
    decides: false,
    ignored: [...younger.map((policy) => toIgnored(policy, "younger")), ...other.map((policy) => toIgnored(policy, "other-revision"))],
  };
}

/** Marks the step that decides (the innermost one that says something) and lists the ports that differ. */
function toEffective(steps: PolicyStep[], ports: PolicyStep[]): EffectivePolicy {
  const deciding = steps.findLast((step) => isSet(step.mode));
  const mode: EffectiveMode = deciding !== undefined && isSet(deciding.mode) ? deciding.mode : "PERMISSIVE";
  return {
    mode,
    from: deciding?.scope ?? "default",
    object: deciding?.object ?? null,
    steps: [...steps.map((step) => ({ ...step, decides: step === deciding })), ...ports],
    ports: ports.flatMap((step) =>
      step.port !== undefined && step.object !== null && isSet(step.mode) && step.mode !== mode
        ? [{ port: step.port, mode: step.mode, object: step.object }]
        : [],
    ),
  };
}

function selectorLess(policies: readonly PeerAuthentication[], namespace: string): PeerAuthentication[] {
  return policies.filter((policy) => policy.namespace === namespace && (policy.selector === null || Object.keys(policy.selector).length === 0));
}

/** @returns the policies this istiod sees, oldest first, and those labelled for another revision; an istiod without revision sees all */
function splitByRevision(policies: readonly PeerAuthentication[], config: MeshConfig): [PeerAuthentication[], PeerAuthentication[]] {
  const revision = config.revision ?? DEFAULT_REVISION;
  const sorted = policies.toSorted(byAge);
  const isSeen = ({ labels }: PeerAuthentication) => revision === "" || !Object.hasOwn(labels, REVISION_LABEL) || labels[REVISION_LABEL] === revision;
  return [sorted.filter(isSeen), sorted.filter((policy) => !isSeen(policy))];
}

/** istiod's order (pilot/pkg/model/config.go): time of creation, then name, then namespace; the API server's times are whole seconds. */
function byAge(a: PeerAuthentication, b: PeerAuthentication): number {
  return a.createdAt - b.createdAt || compareText(a.name, b.name) || compareText(a.namespace, b.namespace);
}

/** By code unit, as Go compares; a locale's order is another one. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isSet(mode: Mode | null): mode is EffectiveMode {
  return mode !== null && mode !== "UNSET";
}

function toRef({ namespace, name }: PeerAuthentication): ObjectRef {
  return { kind: "PeerAuthentication", namespace, name };
}

function toIgnored(policy: PeerAuthentication, because: IgnoredPolicy["because"]): IgnoredPolicy {
  return { ...toRef(policy), because };
}
