import type { PodCallerKind, ProbePod } from "@/lib/api/callers";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { deleteObject } from "@/lib/kubernetes/delete";
import type { Discovery } from "@/lib/kubernetes/discovery";
import { ConflictError, ForbiddenError, KubernetesError, NotFoundError } from "@/lib/kubernetes/errors";
import { createPod, readPod } from "@/lib/kubernetes/lone-pods";
import { RESOURCES } from "@/lib/kubernetes/paths";
import type { Workload } from "@/lib/mesh/objects";
import { toProbeKind, toProbePod, toProbePodProgress } from "@/lib/probe/probe-pod";
import { ApiError } from "./api-error";
import { toApiError } from "./cluster-error";

/** How often a pod that does not run yet is looked at, ms. */
const LOOK_INTERVAL = 1_000;

interface Options {
  connection: KubernetesConnection;
  discovery: Discovery;
  workloads(): readonly Workload[] | null;
  image: string;
  onChange(): void;
}

/** Pods of Padlock's own to call from: made when a person asks, followed until they run, removed when asked, by a reset, and by their own deadline. */
export function createProbePods({ connection, discovery, workloads, image, onChange }: Options) {
  const pods = new Map<string, ProbePod>();
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  /** The first list of pods tells what an earlier Padlock left. */
  let isFirst = true;

  const keyOf = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`;
  const put = (pod: ProbePod) => {
    const known = pods.get(keyOf(pod));
    pods.set(keyOf(pod), pod);
    if (known === undefined || known.state !== pod.state || known.says !== pod.says || known.uid !== pod.uid) onChange();
  };
  const drop = (pod: { namespace: string; name: string }) => {
    if (pods.delete(keyOf(pod))) onChange();
  };

  const lookAt = async (pod: ProbePod) => {
    const read = await readPod(connection, pod, closing.signal);
    const now = pods.get(keyOf(pod));
    // Asked for anew, or removed meanwhile.
    if (now === undefined || now.uid !== pod.uid) return;
    if (read === null) return drop(pod);
    const progress = toProbePodProgress(read.object, pod.caller);
    const isRemoving = now.state === "removing" && read.uid === now.uid;
    put({ ...now, uid: read.uid, ...(isRemoving ? {} : progress) });
  };
  const follow = () => {
    clearTimeout(timer);
    if (closing.signal.aborted) return;
    const open = [...pods.values()].filter(({ state, uid }) => state !== "creating" && (state !== "ready" || uid === null));
    if (open.length === 0) return;
    timer = setTimeout(async () => {
      for (const pod of open) {
        await lookAt(pod).catch((error: unknown) => {
          if (!closing.signal.aborted && !(error instanceof KubernetesError)) throw error;
        });
      }
      follow();
    }, LOOK_INTERVAL);
  };

  return {
    get list(): ProbePod[] {
      return [...pods.values()];
    },
    image,
    /** @throws ApiError when the API server, its admission or a quota does not let it in */
    async create(namespace: string, caller: PodCallerKind): Promise<void> {
      const manifest = toProbePod({ kind: caller, namespace, image });
      const { name } = manifest.metadata;
      if (pods.has(keyOf({ namespace, name }))) throw new ApiError("already-running", `Pod ${namespace}/${name} is there already.`);
      const pod: ProbePod = { caller, namespace, name, uid: null, state: "creating", says: "It is being created.", isFromBefore: false };
      put(pod);
      try {
        const { uid, object } = await createPod(connection, manifest, closing.signal);
        put({ ...pod, uid, ...toProbePodProgress(object, caller) });
        follow();
      } catch (error) {
        drop(pod);
        throw toRefusal(error, namespace, name, caller);
      }
    },
    /** Removes the very pod that was seen. @throws ApiError */
    async remove({ namespace, name, uid }: { namespace: string; name: string; uid: string }): Promise<void> {
      const pod = pods.get(keyOf({ namespace, name }));
      if (pod === undefined) throw new ApiError("not-found", `There is no probe pod ${namespace}/${name}.`);
      put({ ...pod, uid, state: "removing", says: "It is being removed." });
      try {
        await deleteObject(connection, discovery, RESOURCES.pods, { namespace, name, uid });
      } catch (error) {
        if (error instanceof NotFoundError) return drop(pod);
        put({ ...pod });
        if (error instanceof ConflictError)
          throw new ApiError("changed-meanwhile", `Pod ${namespace}/${name} is another than the one you saw. Nothing was removed.`);
        throw toApiError(error);
      } finally {
        follow();
      }
    },
    /** Pods came or went: those with our labels are ours, whoever's run made them. */
    reconsider(): void {
      const known = workloads();
      if (known === null) return;
      for (const { kind, namespace, name, labels } of known) {
        const caller = toProbeKind(labels);
        if (caller === null || kind !== "Pod" || pods.has(keyOf({ namespace, name }))) continue;
        put({ caller, namespace, name, uid: null, state: "waiting", says: "It is being looked at.", isFromBefore: isFirst });
      }
      isFirst = false;
      for (const pod of [...pods.values()]) {
        const isThere = known.some(({ kind, namespace, name }) => kind === "Pod" && namespace === pod.namespace && name === pod.name);
        // The watch may be a moment behind what was just created.
        if (!isThere && (pod.state === "ready" || pod.state === "removing")) drop(pod);
      }
      follow();
    },
    close(): void {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
export type ProbePods = ReturnType<typeof createProbePods>;

function toRefusal(error: unknown, namespace: string, name: string, caller: PodCallerKind): unknown {
  if (error instanceof ForbiddenError && /violates PodSecurity/.test(error.message)) {
    const proxy =
      caller === "with-sidecar"
        ? "With a sidecar it needs Istio's init container, which asks for NET_ADMIN: install Istio's CNI plugin, or use a namespace of another level."
        : "Use a namespace of another level.";
    return new ApiError(
      "rejected-by-cluster",
      `Pod Security in ${namespace} does not let the pod in: ${error.message.slice(0, 300)}. ${proxy}`,
      {},
      { cause: error },
    );
  }
  if (error instanceof ForbiddenError && /exceeded quota/.test(error.message))
    return new ApiError("rejected-by-cluster", `The quota of ${namespace} is used up: ${error.message.slice(0, 300)}.`, {}, { cause: error });
  if (error instanceof ConflictError && error.kind === "exists")
    return new ApiError(
      "rejected-by-cluster",
      `There is a pod ${namespace}/${name} already that is not Padlock's: remove or rename it first.`,
      {},
      { cause: error },
    );
  return toApiError(error);
}
