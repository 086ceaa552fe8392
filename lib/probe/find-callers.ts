import type { SidecarState, Workload } from "@/lib/mesh/objects";
import { isProbePod } from "./probe-pod";

/** Where calls are made from, and everything that is shown of it. */
export interface PodCaller {
  kind: CallerKind;
  /** `exec`: curl in that pod. `padlock`: this very process, which runs in that pod. */
  by: "exec" | "padlock";
  /** `namespace/name`. */
  workload: string;
  namespace: string;
  pod: string;
  /** The container curl is run in: never the proxy. */
  container: string;
  ip: string | null;
  sidecar: SidecarState;
  /** Names of all containers of the pod, for *why*. */
  containers: string[];
}

export type CallerKind = "with-sidecar" | "without-sidecar";

/** Either a caller, or one sentence that says why there is none and what would help. `candidates`: all that could call, the best first. */
export type FoundCaller = ({ caller: PodCaller; missing: null } | { caller: null; missing: string }) & { candidates: readonly PodCaller[] };

export interface Callers {
  withSidecar: FoundCaller;
  withoutSidecar: FoundCaller;
}

/** What else decides who calls. */
export interface CallerKnowledge {
  /** The workload a person chose, `namespace/name`; it is taken while it can call. */
  chosen?: Partial<Record<CallerKind, string | null>>;
  /** Containers in which no curl was found, `namespace/pod/container`. */
  withoutCurl?: ReadonlySet<string>;
  /** Whether commands may be run in a namespace's pods; null = not known. */
  mayExec?: (namespace: string) => boolean | null;
  /** The pod this process runs in; null = it runs outside of the cluster. */
  own?: { namespace: string; pod: string } | null;
}

const PROXY = "istio-proxy";
/** Workloads made to call others from: Istio's samples are `sleep` and, since 1.23, `curl`. */
const MADE_FOR_CALLING = /(^|[-_.])(sleep|curl|netshoot|toolbox|client|debug)([-_.]|$)/;
/** Nothing of a person's own runs here, so nothing is run inside its pods. */
const SYSTEM_NAMESPACE = /^(kube-.*|istio-.*|.*-system)$/;
const MOST = 30;
/** The weight of a workload that is only taken when a person chooses it. */
const STRANGER = 100;

/**
 * Chooses where calls come from: with a sidecar from the namespace itself, without one from `default` first. Ambient pods are neither.
 * @param target `namespace/name` of the workload that is called; it does not call itself
 */
export function findCallers(workloads: readonly Workload[], namespace: string, target: string | null, knowledge: CallerKnowledge = {}): Callers {
  const able = workloads.filter((workload) => toName(workload) !== target && !workload.isGateway);
  return {
    withSidecar: findWithSidecar(able, namespace, knowledge),
    withoutSidecar: findWithoutSidecar(able, namespace, knowledge),
  };
}

/**
 * Who checks what a change did: the caller that a person sees, unless no command may be run in its pod and somebody else can call.
 * @param mayExec whether commands may be run in a namespace's pods; null = not known
 */
export function findChecker(found: FoundCaller, mayExec: (namespace: string) => boolean | null): FoundCaller {
  const { caller, candidates } = found;
  if (caller === null || caller.by === "padlock" || mayExec(caller.namespace) !== false) return found;
  const other = candidates.find(({ by, namespace }) => by === "padlock" || mayExec(namespace) === true);
  return other === undefined ? found : { caller: other, missing: null, candidates };
}

function findWithSidecar(workloads: readonly Workload[], namespace: string, knowledge: CallerKnowledge): FoundCaller {
  const here = workloads.filter((workload) => workload.namespace === namespace);
  const meshed = here.filter(({ sidecar }) => sidecar === "sidecar");
  const candidates = toCandidates(meshed, "with-sidecar", knowledge, null, (workload) => (isMadeForCalling(workload) ? 0 : 10));
  const caller = choose(candidates, knowledge.chosen?.["with-sidecar"]);
  if (caller) return { caller, missing: null, candidates };
  const none = (missing: string): FoundCaller => ({ caller: null, missing, candidates });
  if (here.length === 0) return none(`No pod in ${namespace} could call: deploy one with curl there, like Istio's sample "sleep".`);
  if (meshed.length === 0 && here.some(({ sidecar }) => sidecar === "ambient"))
    return none(`The pods in ${namespace} are in ambient mode: they have no sidecar, and what is shown of sidecars would not hold for them.`);
  if (meshed.length === 0) return none(`No other pod in ${namespace} has a sidecar: label the namespace istio-injection=enabled and restart its pods.`);
  if (meshed.every(({ pods }) => !pods.some(({ ready }) => ready)))
    return none(`The pods in ${namespace} that have a sidecar are not ready: ${meshed.map(({ name }) => name).join(", ")}.`);
  return none(`No pod in ${namespace} that has a sidecar has curl: deploy one, like Istio's sample "sleep".`);
}

function findWithoutSidecar(workloads: readonly Workload[], namespace: string, knowledge: CallerKnowledge): FoundCaller {
  const meshless = workloads.filter(({ sidecar }) => sidecar === "none");
  const naked = meshless.filter((workload) => !SYSTEM_NAMESPACE.test(workload.namespace));
  const process = knowledge.own ? toOwnCaller(meshless, knowledge.own) : null;
  const nearness = ({ namespace: at }: Workload) => (at === "default" ? 0 : at === namespace ? 2 : 1);
  const isPlain = (workload: Workload) => isMadeForCalling(workload) || workload.namespace === "default";
  const candidates = toCandidates(
    naked,
    "without-sidecar",
    knowledge,
    process,
    (workload) => (isMadeForCalling(workload) ? 0 : isPlain(workload) ? 10 : STRANGER) + nearness(workload),
  );
  // A stranger's application may be chosen by a person; by itself only what is made for calling, or stands in `default`, is taken.
  const known = new Map(naked.map((workload) => [toName(workload), workload]));
  const byThemselves = candidates.filter(({ workload, by }) => by === "padlock" || isPlain(known.get(workload) as Workload));
  const caller = choose(candidates, knowledge.chosen?.["without-sidecar"], byThemselves);
  if (caller) return { caller, missing: null, candidates };
  const none = (missing: string): FoundCaller => ({ caller: null, missing, candidates });
  if (naked.length > 0) return none(`No ready pod without sidecar has curl: deploy one in namespace default, like Istio's sample "sleep".`);
  return none(`Every pod that could call has a sidecar: deploy one in a namespace without injection, like Istio's sample "sleep" in default.`);
}

/** @param order the smaller the better; where commands may not be run, a pod is the last choice */
function toCandidates(
  workloads: readonly Workload[],
  kind: CallerKind,
  { withoutCurl, mayExec }: CallerKnowledge,
  process: PodCaller | null,
  order: (workload: Workload) => number,
): PodCaller[] {
  const weight = (workload: Workload) => {
    const own = isProbePod(workload.labels) ? -10 : order(workload);
    // Rights are asked for one by one, so not for every namespace of a large cluster.
    return own < STRANGER && mayExec?.(workload.namespace) === false ? own + 1000 : own;
  };
  const sorted = [...workloads].sort((a, b) => weight(a) - weight(b) || (toName(a) < toName(b) ? -1 : 1));
  const pods = sorted.flatMap((workload): PodCaller[] => {
    const pod = workload.pods.find(({ ready }) => ready);
    const container = workload.containers.find((name) => name === workload.app) ?? workload.containers.find((name) => name !== PROXY);
    const { namespace, sidecar, containers } = workload;
    if (!pod || container === undefined || withoutCurl?.has(`${namespace}/${pod.name}/${container}`)) return [];
    return [{ kind, by: "exec", workload: toName(workload), namespace, pod: pod.name, container, ip: pod.ip, sidecar, containers }];
  });
  if (process === null) return pods.slice(0, MOST);
  // This process is taken when no command may be run in the best pod, or when nobody else is made for calling.
  const others = pods.filter(({ workload }) => workload !== process.workload);
  const best = sorted.find((workload) => others.some((other) => other.workload === toName(workload)));
  const isBetter = best === undefined || weight(best) >= 10;
  return (isBetter ? [process, ...others] : [...others, process]).slice(0, MOST);
}

function toOwnCaller(workloads: readonly Workload[], own: { namespace: string; pod: string }): PodCaller | null {
  const workload = workloads.find(({ namespace, pods }) => namespace === own.namespace && pods.some(({ name }) => name === own.pod));
  if (workload === undefined) return null;
  const { namespace, sidecar, containers, pods } = workload;
  const ip = pods.find(({ name }) => name === own.pod)?.ip ?? null;
  return {
    kind: "without-sidecar",
    by: "padlock",
    workload: toName(workload),
    namespace,
    pod: own.pod,
    container: containers[0] ?? "",
    ip,
    sidecar,
    containers,
  };
}

function choose(candidates: readonly PodCaller[], chosen: string | null | undefined, otherwise: readonly PodCaller[] = candidates): PodCaller | null {
  return candidates.find(({ workload }) => workload === chosen) ?? otherwise[0] ?? null;
}

function isMadeForCalling({ name, app, labels }: Workload): boolean {
  return MADE_FOR_CALLING.test(name) || MADE_FOR_CALLING.test(app) || isProbePod(labels);
}

function toName({ namespace, name }: Workload): string {
  return `${namespace}/${name}`;
}
