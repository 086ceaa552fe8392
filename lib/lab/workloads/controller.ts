import { type KubeManifest, type KubeObject, RESOURCE, type Store } from "../objects";
import { toWorkload, type Workload } from "../proxy/workload";
import { addNamespaceDefaults } from "./namespace-defaults";
import { type DeploymentSpec, type PodTemplate, parseDeploymentSpec } from "./pod-spec";
import { isInjected, randomSuffix, templateHash, toPodManifest, toPodStatus } from "./pod-template";
import type { RunningPod } from "./running-pod";
import { assignClusterIP, removeEndpointSlice, writeEndpointSlice } from "./service-endpoints";
import { WorkQueue } from "./work-queue";

/** Real addresses of container ports that had to move: `8080=127.1.2.3:34567`, several separated by commas. */
export const LISTEN_ANNOTATION = "lab.padlock.dev/listen";

export interface ControllerOptions {
  store: Store;
  /** PEM of the CA that signs workload identities. */
  meshRoot: string;
  /** Address of the lab's one node. */
  nodeAddress: string;
  allocateAddress(): string;
  releaseAddress(address: string): void;
  /** Starts what runs in a pod. @throws when a listener cannot be had at all */
  startPod(workload: Workload, pod: KubeManifest): Promise<RunningPod>;
}

/** Deployment, ReplicaSet and EndpointSlice controllers, scheduler and kubelet of the lab in one: makes the store's Deployments and lone pods run. */
export interface Controller {
  /** Pods that run now, by `namespace/name`. */
  readonly pods: ReadonlyMap<string, RunningPod>;
  /** Resolves when everything the store wants runs. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** How long a pod that was taken out of service still answers, ms: its endpoints have to reach the proxies first. */
const TERMINATION = 400;

export function startController(options: ControllerOptions): Controller {
  const { store, meshRoot, nodeAddress } = options;
  const pods = new Map<string, RunningPod>();
  const stopping = new Set<Promise<void>>();

  const queue = new WorkQueue(async (key) => {
    const [kind, namespace = "", name = ""] = key.split("/");
    if (kind === "deployment") await reconcileDeployment(namespace, name);
    if (kind === "pod") await startLonePod(namespace, name);
    if (kind === "service") reconcileService(namespace, name);
    if (kind === "namespace") {
      const object = store.get(RESOURCE.namespaces, undefined, name);
      if (object && !object.metadata.deletionTimestamp) addNamespaceDefaults(store, object, meshRoot);
    }
  });

  const unsubscribe = store.subscribe(({ type, resource, object }) => {
    const { name, namespace = "" } = object.metadata;
    switch (resource.plural) {
      case "deployments":
        queue.add(`deployment/${namespace}/${name}`);
        break;
      case "services":
        if (type === "DELETED") removeEndpointSlice(store, object);
        else queue.add(`service/${namespace}/${name}`);
        break;
      case "namespaces":
        if (type === "ADDED") queue.add(`namespace//${name}`);
        break;
      case "pods":
        for (const service of store.list(RESOURCE.services, namespace)) queue.add(`service/${namespace}/${service.metadata.name}`);
        if (type === "ADDED" && isWaiting(object)) queue.add(`pod/${namespace}/${name}`);
        if (type === "DELETED") {
          terminate(`${namespace}/${name}`);
          queue.add(`deployment/${namespace}/${toWorkload(object)?.name ?? name}`);
        }
    }
  });
  for (const { metadata } of store.list(RESOURCE.namespaces)) queue.add(`namespace//${metadata.name}`);
  for (const { metadata } of store.list(RESOURCE.services)) queue.add(`service/${metadata.namespace}/${metadata.name}`);
  for (const pod of store.list(RESOURCE.pods).filter(isWaiting)) queue.add(`pod/${pod.metadata.namespace}/${pod.metadata.name}`);
  for (const { metadata } of store.list(RESOURCE.deployments)) queue.add(`deployment/${metadata.namespace}/${metadata.name}`);

  function reconcileService(namespace: string, name: string): void {
    const service = store.get(RESOURCE.services, namespace, name);
    if (!service) return;
    assignClusterIP(store, service);
    writeEndpointSlice(store, service);
  }

  async function reconcileDeployment(namespace: string, name: string): Promise<void> {
    const deployment = store.get(RESOURCE.deployments, namespace, name);
    const spec = deployment && parseDeploymentSpec(deployment);
    const owned = store.list(RESOURCE.replicaSets, namespace).filter((set) => isOwnedBy(set, "Deployment", name));
    if (!deployment || !spec || deployment.metadata.deletionTimestamp) {
      for (const set of owned) {
        for (const pod of podsOf(set)) store.remove(RESOURCE.pods, namespace, pod.metadata.name);
        store.remove(RESOURCE.replicaSets, namespace, set.metadata.name);
      }
      return;
    }
    const hash = templateHash(spec.template);
    const current = putReplicaSet(deployment, spec, hash, spec.replicas);
    // New pods run before old ones go, as a rolling update with one replica does.
    for (let missing = spec.replicas - podsOf(current).length; missing > 0; missing--) await createPod(namespace, spec.template, hash, current);
    for (const pod of podsOf(current).slice(spec.replicas)) store.remove(RESOURCE.pods, namespace, pod.metadata.name);
    for (const set of owned.filter(({ metadata }) => metadata.name !== current.metadata.name)) {
      for (const pod of podsOf(set)) store.remove(RESOURCE.pods, namespace, pod.metadata.name);
      store.put(RESOURCE.replicaSets, { ...set, spec: { ...set.spec, replicas: 0 }, status: { replicas: 0, observedGeneration: set.metadata.generation } });
    }
    writeStatus(deployment, current, spec);
  }

  function putReplicaSet(deployment: KubeObject, { template, selector }: DeploymentSpec, hash: string, replicas: number): KubeObject {
    const { name, namespace, uid, annotations } = deployment.metadata;
    const known = store.get(RESOURCE.replicaSets, namespace, `${name}-${hash}`);
    const labels = { ...template.labels, "pod-template-hash": hash };
    return store.put(RESOURCE.replicaSets, {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        annotations: {
          "deployment.kubernetes.io/revision": annotations?.["deployment.kubernetes.io/revision"] ?? "1",
          "deployment.kubernetes.io/desired-replicas": String(replicas),
        },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true, blockOwnerDeletion: true }],
      },
      spec: {
        replicas,
        selector: { matchLabels: { ...selector, "pod-template-hash": hash } },
        template: { metadata: { labels, annotations: template.annotations }, spec: template.spec },
      },
      ...(known?.status && { status: known.status }),
    });
  }

  function podsOf(set: KubeObject): KubeObject[] {
    return store.list(RESOURCE.pods, set.metadata.namespace).filter((pod) => isOwnedBy(pod, "ReplicaSet", set.metadata.name));
  }

  async function createPod(namespace: string, template: PodTemplate, hash: string, replicaSet: KubeObject): Promise<void> {
    const injected = isInjected(template, store.get(RESOURCE.namespaces, undefined, namespace));
    const name = `${replicaSet.metadata.name}-${randomSuffix()}`;
    const manifest = toPodManifest({ name, namespace, template, hash, replicaSet, injected });
    await runPod(manifest, { ...replicaSet, ...manifest, metadata: { ...replicaSet.metadata, ...manifest.metadata } });
  }

  /** A pod that belongs to no controller: what admission stored is run as it is. */
  async function startLonePod(namespace: string, name: string): Promise<void> {
    const pod = store.get(RESOURCE.pods, namespace, name);
    if (pod && isWaiting(pod)) await runPod(pod, pod);
  }

  /** @param pod the manifest with the metadata a stored object has */
  async function runPod(manifest: KubeManifest, pod: KubeObject): Promise<void> {
    const { name, namespace } = manifest.metadata;
    const address = options.allocateAddress();
    const workload = toWorkload({ ...pod, status: { podIP: address } });
    if (!workload) return;
    let running: RunningPod;
    try {
      running = await options.startPod(workload, manifest);
    } catch (error) {
      options.releaseAddress(address);
      throw error;
    }
    if (manifest === pod && store.get(RESOURCE.pods, namespace, name)?.metadata.uid !== pod.metadata.uid) {
      // Deleted while it started.
      await running.stop();
      options.releaseAddress(address);
      return;
    }
    pods.set(`${namespace}/${name}`, running);
    const { containers, unknownImages } = running;
    const moved = running.listening.filter((listening) => listening.moved).map(({ wished, real }) => `${wished.port}=${real.host}:${real.port}`);
    store.put(RESOURCE.pods, {
      ...manifest,
      metadata: { ...manifest.metadata, annotations: { ...manifest.metadata.annotations, ...(moved.length > 0 && { [LISTEN_ANNOTATION]: moved.join() }) } },
      status: toPodStatus({ address, containers, unknownImages, hostIP: nodeAddress, startTime: timestamp() }),
    });
  }

  /** A removed pod is out of the EndpointSlices at once; its listeners go when the proxies know. */
  function terminate(key: string): void {
    const running = pods.get(key);
    if (!running) return;
    const stopped = new Promise((resume) => setTimeout(resume, TERMINATION)).then(async () => {
      await running.stop();
      // A pod made anew under the same name runs already.
      if (pods.get(key) === running) pods.delete(key);
      options.releaseAddress(running.workload.address);
      stopping.delete(stopped);
    });
    stopping.add(stopped);
  }

  function writeStatus(deployment: KubeObject, current: KubeObject, { replicas }: DeploymentSpec): void {
    const ready = podsOf(current).filter(({ status }) => status?.phase === "Running").length;
    const counts = { replicas, readyReplicas: ready, availableReplicas: ready };
    store.put(RESOURCE.replicaSets, { ...current, status: { ...counts, fullyLabeledReplicas: replicas, observedGeneration: current.metadata.generation } });
    const status = {
      ...counts,
      observedGeneration: deployment.metadata.generation,
      updatedReplicas: replicas,
      ...(ready < replicas && { unavailableReplicas: replicas - ready }),
      conditions: [
        condition("Available", ready >= replicas, ready >= replicas ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
        condition("Progressing", true, ready >= replicas ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
      ],
    };
    function condition(type: string, isTrue: boolean, reason: string) {
      const before = Array.isArray(deployment.status?.conditions)
        ? deployment.status.conditions.find((known: { type?: string; status?: string }) => known.type === type)
        : undefined;
      const value = isTrue ? "True" : "False";
      const since = before?.status === value ? before.lastTransitionTime : timestamp();
      return { type, status: value, reason, lastTransitionTime: since, lastUpdateTime: since };
    }
    // Somebody may have written while pods started; that spec has its own turn in the queue.
    const latest = store.get(RESOURCE.deployments, deployment.metadata.namespace, deployment.metadata.name);
    if (latest) store.put(RESOURCE.deployments, { ...latest, status });
  }

  return {
    pods,
    settled: () => queue.idle(),
    close: async () => {
      unsubscribe();
      await queue.close();
      await Promise.all(stopping);
      await Promise.all([...pods.values()].map((pod) => pod.stop()));
      pods.clear();
    },
  };
}

/** Made by a person, and not started yet. */
function isWaiting({ metadata, status }: KubeObject): boolean {
  return status?.podIP === undefined && !metadata.ownerReferences?.some(({ controller }) => controller) && !metadata.deletionTimestamp;
}

function isOwnedBy(object: KubeObject, kind: string, name: string): boolean {
  return object.metadata.ownerReferences?.some((owner) => owner.controller && owner.kind === kind && owner.name === name) ?? false;
}

/** RFC 3339 in whole seconds, Kubernetes' resolution. */
function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
