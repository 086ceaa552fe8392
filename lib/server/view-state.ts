import type { View } from "@/lib/api/requests";
import type { LiveState, Target } from "@/lib/api/state";
import type { GraphPollState } from "@/lib/kiali/poll";
import { RESOURCES } from "@/lib/kubernetes/paths";
import { assembleGraph } from "@/lib/mesh/assemble-graph";
import { decideInherited, decideNamespacePolicy, findNamespacePolicy } from "@/lib/mesh/decide-policy";
import type { MeshGraph } from "@/lib/mesh/graph";
import { toPolicy } from "@/lib/mesh/graph-edges";
import { toConfig } from "@/lib/mesh/graph-input";
import type { EffectiveMode } from "@/lib/mesh/modes";
import type { ObservedGraph } from "@/lib/mesh/observed";
import { toPosture } from "@/lib/mesh/posture";
import type { PodCaller } from "@/lib/probe/find-callers";
import type { AccessAnswers } from "./access-answers";
import type { CallLog } from "./call-log";
import { toCallersSection } from "./callers-section";
import { toClockWarning } from "./clock-warning";
import type { Cluster } from "./cluster";
import type { Config } from "./config";
import type { EnforcementCheck } from "./enforcement";
import type { GatewaySource } from "./gateway-source";
import type { Journal } from "./journal";
import type { KialiSource } from "./kiali-source";
import { toKialiSources } from "./kiali-status";
import type { PolicyChanges } from "./policy-changes";
import type { ProbePods } from "./probe-pods";
import type { PodProbe } from "./probes";
import type { Reset } from "./reset";
import { type ActionPlaces, findGatewaySecret, toRights } from "./rights";
import type { Runs } from "./runs";
import { toSecondAct } from "./second-act";
import { toCommands } from "./shell-commands";

/** Everything a state is composed of. */
export interface StateParts {
  config: Config;
  cluster: Cluster;
  access: AccessAnswers;
  gateway: GatewaySource;
  probes: PodProbe;
  probePods: ProbePods;
  runs: Runs;
  reset: Reset;
  changes: PolicyChanges;
  enforcement: EnforcementCheck;
  log: CallLog;
  journal: Journal;
  kiali: KialiSource;
  padlockVersion: string;
}

/** What one view's poll knows of Kiali. */
export interface ViewSource {
  observed: ObservedGraph | null;
  poll: GraphPollState;
  history: LiveState["history"];
}

/** How far Kiali's figures may lie behind, seconds: calls just past the window may still be in them. */
const KIALI_LAG = 120;

/** Composes what a page of this view is shown. Reads everything, changes nothing. */
export function toViewState(parts: StateParts, view: View, { observed, poll, history }: ViewSource, now: number): LiveState {
  const { cluster, gateway, log, probes, changes } = parts;
  const { objects } = cluster;
  const namespace = view.namespaces[0] ?? parts.config.namespaces[0] ?? "";
  const { target, callers } = probes.find(namespace);
  const names = {
    gateway: gateway.workload === null ? null : `${gateway.workload.namespace}/${gateway.workload.name}`,
    "with-sidecar": callers.withSidecar.caller?.workload ?? null,
    "without-sidecar": callers.withoutSidecar.caller?.workload ?? null,
  };
  const graph: MeshGraph = assembleGraph({
    now,
    view: { namespaces: view.namespaces, windowSeconds: view.window },
    config: objects.config,
    configs: objects.configs,
    namespaces: objects.namespaces,
    workloads: objects.workloads ?? [],
    services: objects.services,
    policies: objects.policies,
    destinationRules: objects.destinationRules,
    observed,
    kiali: { state: poll.state, reason: poll.reason, culprit: poll.culprit },
    calls: log.within(view.window + KIALI_LAG),
    callers: names,
    checkTimesByTarget: mergeTimes(parts.enforcement.timesByTarget(), log.clearedTimes()),
    lastChangeByNamespace: changes.lastStored,
    lastRuleChangeByNamespace: cluster.ruleChanges,
    scrapeSeconds: parts.config.scrapeSeconds,
    formatTime: toTimeOfDay,
  });
  const policies = objects.policies ?? [];
  const config = toConfig(objects, namespace);
  const deciding = findNamespacePolicy(policies, config, namespace);
  const unread = cluster.unread;
  const missingPods = toMissingPods(unread);
  const commands = toCommands({
    kubeconfigs: cluster.connection.target.kubeconfigPaths,
    context: cluster.connection.target.context,
    namespace,
    rootNamespace: config.rootNamespace,
    policy: deciding === null ? null : { name: deciding.name },
    policyApiVersion: `${RESOURCES.peerAuthentications.group}/${cluster.discovery.knownVersion(RESOURCES.peerAuthentications) ?? "v1"}`,
    gateway:
      gateway.target === null
        ? null
        : {
            address: gateway.target.address,
            port: gateway.target.port,
            host: gateway.target.host,
            authority: { file: gateway.authority?.file ?? null, secret: gateway.authority?.secret ?? null, pem: gateway.target.ca },
            forward: gateway.forward,
          },
    callers: { "with-sidecar": toPodFacts(callers.withSidecar.caller), "without-sidecar": toPodFacts(callers.withoutSidecar.caller) },
    targetUrl: target?.url ?? null,
    targetDeployment: target === null ? null : { namespace: target.workload.namespace, name: target.workload.name },
  });
  const places: ActionPlaces = {
    namespace,
    meshNamespace: parts.config.meshStart === undefined ? null : config.rootNamespace,
    callers: { "with-sidecar": callers.withSidecar.caller, "without-sidecar": callers.withoutSidecar.caller },
    target: target?.workload.namespace ?? null,
    secret: gateway.credential ?? findGatewaySecret(objects.gateways, gateway.workload),
    kubernetesVersion: cluster.version,
  };
  return {
    clock: { now, warning: toClockWarning(cluster.connection.aheadMs) },
    target: toTarget(parts),
    sources: { kubernetes: cluster.source, ...toKialiSources(poll, parts.kiali.facts.reachedBy), gateway: gateway.status },
    mesh: {
      config,
      controlPlanes: [...objects.controlPlanes],
      namespaces: [...objects.namespaces],
      policies: [...policies],
      // Policies that could not be read say nothing; an empty list would say PERMISSIVE.
      effective: (objects.policies === null ? [] : view.namespaces).map((name) => ({
        namespace: name,
        policy: decideNamespacePolicy(policies, toConfig(objects, name), name),
        workloads: (objects.workloads ?? []).flatMap((workload) => {
          const policy = workload.namespace === name ? toPolicy(workload, objects) : null;
          return policy === null ? [] : [{ name: workload.name, policy }];
        }),
      })),
      callers: {
        gateway: { name: names.gateway, pod: null, missing: gateway.target === null ? gateway.status.reason : null },
        "with-sidecar": toCallerFacts(objects.workloads === null ? { caller: null, missing: missingPods } : callers.withSidecar),
        "without-sidecar": toCallerFacts(objects.workloads === null ? { caller: null, missing: missingPods } : callers.withoutSidecar),
      },
      probeTarget: target === null ? null : { workload: `${target.workload.namespace}/${target.workload.name}`, url: target.url },
    },
    graph: objects.workloads === null && graph.empty !== null ? { ...graph, empty: { cause: missingPods, next: "Its state is shown at the top." } } : graph,
    history,
    posture: toPosture(graph, namespace, toEnforced(changes.change(namespace))),
    switch: toSwitch(parts, namespace),
    calls: log.section(),
    run: parts.runs.section,
    reset: parts.reset.section,
    journal: parts.journal.entries(),
    commands,
    gateway: gateway.section,
    callers: toCallersSection({ namespace, callers, chosen: probes.chosen(namespace), probePods: parts.probePods, kubectl: commands.kubectl }),
    rights: toRights(parts.access, places, commands),
    unread,
  };
}

function toTarget({ config, cluster, gateway, kiali, padlockVersion }: StateParts): Target {
  const { context, server, user, warnings } = cluster.connection.target;
  return {
    label: config.label,
    kind: config.kind,
    context,
    server,
    user,
    warnings,
    kubernetesVersion: cluster.version,
    kialiUrl: kiali.facts.url,
    kialiVersion: kiali.facts.version,
    kialiLink: kiali.facts.link,
    kialiLogin: kiali.facts.login,
    gateway: gateway.target === null ? null : `${gateway.target.address}:${gateway.target.port}`,
    padlockVersion,
  };
}

/** Before the first answer nothing is known, and nothing is missing either. */
function toMissingPods(unread: LiveState["unread"]): string {
  const pods = unread.find(({ kind }) => kind === RESOURCES.pods.kind);
  return pods === undefined ? "The pods have not been read yet." : `The pods cannot be read: ${pods.reason}`;
}

function mergeTimes(...maps: ReadonlyMap<string, number[]>[]): Map<string, number[]> {
  const merged = new Map<string, number[]>();
  for (const map of maps) for (const [target, times] of map) merged.set(target, [...(merged.get(target) ?? []), ...times]);
  return merged;
}

function toEnforced(change: LiveState["switch"]["change"]): { mode: EffectiveMode; at: number } | null {
  return change === null || change.enforcedAt === null ? null : { mode: change.mode, at: change.enforcedAt };
}

function toSwitch({ cluster, changes }: StateParts, namespace: string): LiveState["switch"] {
  const { policies } = cluster.objects;
  const config = toConfig(cluster.objects, namespace);
  const change = changes.change(namespace);
  if (policies === null) return { namespace, position: null, object: null, keptBy: null, inherits: null, change };
  const deciding = findNamespacePolicy(policies, config, namespace);
  const inherited = decideInherited(policies, config, namespace);
  return {
    namespace,
    position: deciding === null ? "inherit" : deciding.mode === null || deciding.mode === "UNSET" ? "UNSET" : deciding.mode,
    object: deciding === null ? null : { name: deciding.name, uid: deciding.uid, resourceVersion: deciding.resourceVersion },
    keptBy: deciding === null ? null : (toSecondAct(deciding, RESOURCES.peerAuthentications.kind, "change")?.says ?? null),
    inherits: { mode: inherited.mode, from: inherited.object === null ? "Istio's default" : `${inherited.object.namespace}/${inherited.object.name}` },
    change,
  };
}

function toCallerFacts({ caller, missing }: { caller: PodCaller | null; missing: string | null }) {
  return { name: caller?.workload ?? null, pod: caller === null ? null : `${caller.namespace}/${caller.pod}`, missing };
}

/** Of a call that this process makes itself there is no command. */
function toPodFacts(caller: PodCaller | null) {
  return caller === null || caller.by === "padlock" ? null : { namespace: caller.namespace, resource: `pod/${caller.pod}`, container: caller.container };
}

/** The server's own time of day: it runs beside the person who looks. */
function toTimeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour12: false });
}
