import type { SidecarState, Workload } from "@/lib/mesh/objects";

/** A pod that calls are made from, and everything that is shown of it. */
export interface PodCaller {
  kind: "with-sidecar" | "without-sidecar";
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

/** Either a caller, or one sentence that says why there is none and what would help. */
export type FoundCaller = { caller: PodCaller; missing: null } | { caller: null; missing: string };

export interface Callers {
  withSidecar: FoundCaller;
  withoutSidecar: FoundCaller;
}

const PROXY = "istio-proxy";
/** Workloads made to call others from: Istio's samples are `sleep` and, since 1.23, `curl`. */
const MADE_FOR_CALLING = /(^|[-_.])(sleep|curl|netshoot|toolbox|client|debug)([-_.]|$)/;
/** Nothing of a person's own runs here, so nothing is run inside its pods. */
const SYSTEM_NAMESPACE = /^(kube-.*|istio-.*|.*-system)$/;

/**
 * Chooses where calls come from: with a sidecar from the namespace itself, without one from `default` first.
 * @param target `namespace/name` of the workload that is called; it does not call itself
 */
export function findCallers(workloads: readonly Workload[], namespace: string, target: string | null): Callers {
  const able = workloads.filter((workload) => toName(workload) !== target && !workload.isGateway);
  return {
    withSidecar: findWithSidecar(able, namespace),
    withoutSidecar: findWithoutSidecar(able, namespace),
  };
}

function findWithSidecar(workloads: readonly Workload[], namespace: string): FoundCaller {
  const here = workloads.filter((workload) => workload.namespace === namespace);
  const meshed = here.filter(({ sidecar }) => sidecar === "sidecar");
  const caller = chooseCaller(meshed, "with-sidecar", () => 0);
  if (caller) return { caller, missing: null };
  if (here.length === 0) return none(`No pod in ${namespace} could call: deploy one with curl there, like Istio's sample "sleep".`);
  if (meshed.length === 0) return none(`No other pod in ${namespace} has a sidecar: label the namespace istio-injection=enabled and restart its pods.`);
  return none(`The pods in ${namespace} that have a sidecar are not ready: ${meshed.map(({ name }) => name).join(", ")}.`);
}

function findWithoutSidecar(workloads: readonly Workload[], namespace: string): FoundCaller {
  const naked = workloads.filter((workload) => workload.sidecar === "none" && !SYSTEM_NAMESPACE.test(workload.namespace));
  const nearness = ({ namespace: at }: Workload) => (at === "default" ? 0 : at === namespace ? 2 : 1);
  // A stranger's application without curl is no caller; only what is made for calling, or stands in `default`, is used.
  const caller = chooseCaller(
    naked.filter((workload) => isMadeForCalling(workload) || workload.namespace === "default"),
    "without-sidecar",
    nearness,
  );
  if (caller) return { caller, missing: null };
  if (naked.length > 0) return none(`No ready pod without sidecar has curl: deploy one in namespace default, like Istio's sample "sleep".`);
  return none(`Every pod that could call has a sidecar: deploy one in a namespace without injection, like Istio's sample "sleep" in default.`);
}

function chooseCaller(workloads: readonly Workload[], kind: PodCaller["kind"], nearness: (workload: Workload) => number): PodCaller | null {
  const order = (workload: Workload) => (isMadeForCalling(workload) ? 0 : 10) + nearness(workload);
  const sorted = [...workloads].sort((a, b) => order(a) - order(b) || (toName(a) < toName(b) ? -1 : 1));
  for (const workload of sorted) {
    const pod = workload.pods.find(({ ready }) => ready);
    const container = workload.containers.find((name) => name === workload.app) ?? workload.containers.find((name) => name !== PROXY);
    if (!pod || container === undefined) continue;
    const { namespace, sidecar, containers } = workload;
    return { kind, workload: toName(workload), namespace, pod: pod.name, container, ip: pod.ip, sidecar, containers };
  }
  return null;
}

function isMadeForCalling({ name, app }: Workload): boolean {
  return MADE_FOR_CALLING.test(name) || MADE_FOR_CALLING.test(app);
}

function toName({ namespace, name }: Workload): string {
  return `${namespace}/${name}`;
}

function none(missing: string): FoundCaller {
  return { caller: null, missing };
}
