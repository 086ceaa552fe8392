import { createHash, randomInt } from "node:crypto";
import type { KubeManifest, KubeObject } from "../objects";
import { type Container, type PodTemplate, parsePodTemplate } from "./pod-spec";

/** The letters of Kubernetes' generated names (apimachinery `util/rand`): no vowels, nothing that reads as another. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
export const PROXY_CONTAINER = "istio-proxy";
const PROXY_IMAGE = "docker.io/istio/proxyv2:1.31.0";
const NODE_NAME = "padlock-lab";

/** pod-template-hash: the same template gives the same name, as after an undone rollout. */
export function templateHash(template: PodTemplate): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(sorted(template)))
    .digest();
  return [...digest.subarray(0, 10)].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

export function randomSuffix(): string {
  return Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

/**
 * Whether the sidecar injector would add a proxy (istio `pkg/kube/inject`, injectRequired): the pod's own word counts before the namespace's, a namespace
 * that is disabled counts before both.
 */
export function isInjected(template: PodTemplate, namespace: KubeObject | undefined): boolean {
  const ofNamespace = namespace?.metadata.labels?.["istio-injection"] ?? (namespace?.metadata.labels?.["istio.io/rev"] ? "enabled" : undefined);
  const ofPod = template.labels["sidecar.istio.io/inject"] ?? template.annotations["sidecar.istio.io/inject"];
  if (ofNamespace === "disabled" || namespace?.metadata.name === "kube-system") return false;
  return ofPod === undefined ? ofNamespace === "enabled" : ofPod === "true";
}

export interface NewPod {
  name: string;
  namespace: string;
  template: PodTemplate;
  hash: string;
  replicaSet: KubeObject;
  injected: boolean;
}

/** A pod as the ReplicaSet controller, the injector and the scheduler leave it, without a status. */
export function toPodManifest({ name, namespace, template, hash, replicaSet, injected }: NewPod): KubeManifest {
  const workload = replicaSet.metadata.name.slice(0, -hash.length - 1);
  const { labels, annotations, spec } = toScheduled(template, workload, injected);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: { ...labels, "pod-template-hash": hash },
      annotations,
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: replicaSet.metadata.name, uid: replicaSet.metadata.uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec,
  };
}

/**
 * A pod that a person sends to the API, as admission stores it: with the API server's defaults, and the proxy where the injector adds one.
 * @param namespace the Namespace object it goes into
 */
export function admitPod(pod: KubeObject, namespace: KubeObject | undefined): KubeObject {
  const template = parsePodTemplate(pod);
  // What has no readable containers is stored as it came and never runs.
  if (template === undefined) return pod;
  const { labels, annotations, spec } = toScheduled(template, pod.metadata.name, isInjected(template, namespace));
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(labels).length > 0 && { labels }), ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec,
    status: { phase: "Pending", qosClass: "BestEffort" },
  };
}

function toScheduled(template: PodTemplate, workload: string, injected: boolean): PodTemplate {
  const app = template.labels.app ?? template.labels["app.kubernetes.io/name"];
  const canonical = {
    "service.istio.io/canonical-name": app ?? workload,
    "service.istio.io/canonical-revision": template.labels.version ?? "latest",
  };
  const isProxy = template.spec.containers.some((container) => container.name === PROXY_CONTAINER);
  const serviceAccountName = template.spec.serviceAccountName ?? "default";
  return {
    labels: {
      ...template.labels,
      ...(injected && { "security.istio.io/tlsMode": "istio" }),
      ...((injected || isProxy) && canonical),
    },
    annotations: { ...template.annotations, ...(injected && injectionAnnotations(template)) },
    spec: {
      restartPolicy: "Always",
      dnsPolicy: "ClusterFirst",
      schedulerName: "default-scheduler",
      terminationGracePeriodSeconds: 30,
      ...template.spec,
      serviceAccountName,
      serviceAccount: serviceAccountName,
      nodeName: NODE_NAME,
      containers: injected ? [...template.spec.containers, PROXY] : template.spec.containers,
      ...(injected && { initContainers: [{ name: "istio-init", image: PROXY_IMAGE, args: ["istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337"] }] }),
    },
  };
}

const PROXY: Container = {
  name: PROXY_CONTAINER,
  image: PROXY_IMAGE,
  args: ["proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local"],
  ports: [{ name: "http-envoy-prom", containerPort: 15090, protocol: "TCP" }],
};

function injectionAnnotations({ spec, annotations }: PodTemplate): Record<string, string> {
  const first = annotations["kubectl.kubernetes.io/default-container"] ?? spec.containers[0]?.name ?? "";
  return {
    "kubectl.kubernetes.io/default-container": first,
    "kubectl.kubernetes.io/default-logs-container": first,
    "sidecar.istio.io/status": JSON.stringify({ initContainers: ["istio-init"], containers: [PROXY_CONTAINER], revision: "default" }),
  };
}

/** A running pod's status. `unknownImages`: images the lab has no program for; their containers wait as with a registry that does not know them. */
export function toPodStatus(options: {
  address: string;
  containers: readonly Container[];
  unknownImages: ReadonlySet<string>;
  hostIP: string;
  startTime: string;
}): Record<string, unknown> {
  const { address, containers, unknownImages, hostIP, startTime } = options;
  const isReady = !containers.some(({ image }) => unknownImages.has(image));
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? "True" : "False",
    lastProbeTime: null,
    lastTransitionTime: startTime,
    ...(!status && { reason: "ContainersNotReady" }),
  });
  return {
    phase: isReady ? "Running" : "Pending",
    conditions: [
      condition("PodReadyToStartContainers", true),
      condition("Initialized", true),
      condition("Ready", isReady),
      condition("ContainersReady", isReady),
      condition("PodScheduled", true),
    ],
    hostIP,
    podIP: address,
    podIPs: [{ ip: address }],
    startTime,
    qosClass: "BestEffort",
    containerStatuses: containers.map(({ name, image }) =>
      unknownImages.has(image)
        ? {
            name,
            image,
            imageID: "",
            ready: false,
            started: false,
            restartCount: 0,
            state: { waiting: { reason: "ErrImagePull", message: `the lab has no image "${image}"` } },
          }
        : { name, image, imageID: image, ready: true, started: true, restartCount: 0, state: { running: { startedAt: startTime } } },
    ),
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
