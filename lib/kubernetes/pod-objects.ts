import { z } from "zod";
import { isSubset } from "@/lib/mesh/labels";
import type { SidecarState, Workload } from "@/lib/mesh/objects";
import type { Gateway } from "./gateway-objects";
import { metaShape, toEpoch } from "./meta";

/** A pod, trimmed to what makes workloads of pods. */
export interface Pod {
  namespace: string;
  name: string;
  labels: Record<string, string>;
  createdAt: number;
  serviceAccount: string;
  sidecar: SidecarState;
  /** Its namespace's ambient label does not hold for it: it opted out, or has the node's own network. */
  outOfAmbient: boolean;
  /** Which istiod's sidecar it carries, as the injector noted it (label istio.io/rev); null when it says nothing. */
  revision: string | null;
  /** Native sidecars first, as they start. */
  containers: string[];
  /** Declared container ports, without the proxy's own. */
  ports: number[];
  ip: string | null;
  ready: boolean;
  /** The controller it belongs to; the pod itself when it has none. */
  owner: { kind: string; name: string };
}

const PROXY = "istio-proxy";

const containerShape = z.object({
  name: z.string(),
  restartPolicy: z.string().optional(),
  ports: z.array(z.object({ containerPort: z.number(), protocol: z.string().optional() })).nullish(),
});

const podShape = z.object({
  metadata: metaShape.extend({
    deletionTimestamp: z.string().optional(),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() })).catch([]),
  }),
  spec: z.object({
    serviceAccountName: z.string().catch("default"),
    hostNetwork: z.boolean().catch(false),
    containers: z.array(containerShape),
    initContainers: z.array(containerShape).nullish(),
  }),
  status: z
    .object({
      phase: z.string().catch(""),
      podIP: z.string().optional().catch(undefined),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
    })
    .catch({ phase: "" }),
});

/** @returns null when the object is no pod Padlock can read */
export function toPod(object: unknown): Pod | null {
  const parsed = podShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec, status } = parsed.data;
  const { labels, annotations, namespace, name } = metadata;
  // An init container that restarts always is a sidecar that starts first (Kubernetes 1.29; Istio's "native sidecars").
  const running = [...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always"), ...spec.containers];
  const ready = status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
  const ended = metadata.deletionTimestamp !== undefined || status.phase === "Succeeded" || status.phase === "Failed";
  return {
    namespace,
    name,
    labels,
    createdAt: toEpoch(metadata.creationTimestamp),
    serviceAccount: spec.serviceAccountName,
    sidecar: toSidecar(running, labels, annotations),
    outOfAmbient: labels["istio.io/dataplane-mode"] === "none" || spec.hostNetwork,
    revision: labels["istio.io/rev"] || null,
    containers: running.map((container) => container.name),
    ports: running
      .filter((container) => container.name !== PROXY || running.length === 1)
      .flatMap(({ ports }) => ports ?? [])
      .filter(({ protocol = "TCP" }) => protocol === "TCP")
      .map(({ containerPort }) => containerPort),
    ip: status.podIP || null,
    ready: ready && !ended,
    owner: toOwner(metadata.ownerReferences, name, labels),
  };
}

function toSidecar(running: readonly { name: string }[], labels: Record<string, string>, annotations: Record<string, string>): SidecarState {
  if (running.some(({ name }) => name === PROXY)) return "sidecar";
  // ztunnel's redirection is what counts; the label asks for it and may stand on the pod or its namespace.
  if (annotations["ambient.istio.io/redirection"] === "enabled" || labels["istio.io/dataplane-mode"] === "ambient") return "ambient";
  return "none";
}

function toOwner(
  references: readonly { kind: string; name: string; controller?: boolean | undefined }[],
  pod: string,
  labels: Record<string, string>,
): Pod["owner"] {
  const owner = references.find(({ controller }) => controller === true) ?? references[0];
  if (!owner) return { kind: "Pod", name: pod };
  const hash = labels["pod-template-hash"];
  if (owner.kind === "ReplicaSet" && hash && owner.name.endsWith(`-${hash}`)) return { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1) };
  // The CronJob controller names its Jobs <name>-<minutes since the epoch>.
  const cron = owner.kind === "Job" ? /^(.+)-\d{8,10}$/.exec(owner.name)?.[1] : undefined;
  return cron === undefined ? { kind: owner.kind, name: owner.name } : { kind: "CronJob", name: cron };
}

/**
 * Groups pods by what runs them, in order of namespace and name.
 * @param gateways a workload selected by one of these is a gateway; null = nobody knows them, then pods that hold a proxy and nothing else are
 * @param ambientNamespaces pods in these without a sidecar are ambient; null = nobody knows, so nothing is known of such pods either
 */
export function toWorkloads(
  pods: Iterable<Pod>,
  gateways: readonly Gateway[] | null = [],
  ambientNamespaces: ReadonlySet<string> | null = new Set(),
): Workload[] {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    const key = `${pod.namespace}/${pod.owner.kind}/${pod.owner.name}`;
    const group = groups.get(key);
    if (group) group.push(pod);
    else groups.set(key, [pod]);
  }
  const workloads = [...groups.values()].map((group) => toWorkload(group, gateways, ambientNamespaces));
  return workloads.filter((workload) => workload !== null).sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

/** With the word of its namespace: ztunnel takes every pod there that has no sidecar and did not opt out. */
function toStanding({ namespace, sidecar, outOfAmbient }: Pod, ambientNamespaces: ReadonlySet<string> | null): SidecarState {
  if (sidecar !== "none" || outOfAmbient) return sidecar;
  if (ambientNamespaces === null) return "unknown";
  return ambientNamespaces.has(namespace) ? "ambient" : "none";
}

function toWorkload(pods: Pod[], gateways: readonly Gateway[] | null, ambientNamespaces: ReadonlySet<string> | null): Workload | null {
  // While a rollout runs there are pods of two templates; the newest says what the workload is becoming.
  const [newest] = [...pods].sort((a, b) => b.createdAt - a.createdAt || compare(a.name, b.name));
  if (!newest) return null;
  const { namespace, owner, labels } = newest;
  const ready = pods.filter((pod) => pod.ready);
  return {
    namespace,
    name: owner.name,
    kind: owner.kind,
    labels,
    app: labels.app ?? labels["service.istio.io/canonical-name"] ?? labels["app.kubernetes.io/name"] ?? owner.name,
    version: labels.version ?? labels["service.istio.io/canonical-revision"] ?? labels["app.kubernetes.io/version"] ?? null,
    serviceAccount: newest.serviceAccount,
    sidecar: joinSidecars((ready.length > 0 ? ready : pods).map((pod) => toStanding(pod, ambientNamespaces))),
    containers: newest.containers,
    pods: [...pods].sort((a, b) => compare(a.name, b.name)).map(({ name, ip, ready: isReady }) => ({ name, ip, ready: isReady })),
    ports: [...new Set(newest.ports)].sort((a, b) => a - b),
    isGateway:
      gateways === null ? newest.containers.every((name) => name === PROXY) : gateways.some(({ selector }) => selector !== null && isSubset(selector, labels)),
  };
}

/** One pod without a sidecar is enough to be reached in plaintext (Kiali's isOutOfMesh says the same). */
function joinSidecars(states: readonly SidecarState[]): SidecarState {
  return (["none", "ambient", "unknown"] as const).find((state) => states.includes(state)) ?? "sidecar";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
