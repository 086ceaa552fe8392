import { z } from "zod";
import { type KubeObject, RESOURCE, type Store } from "../objects";
import { selects } from "../proxy/peer-authentication";
import { parseContainers } from "./pod-spec";

const serviceSchema = z.object({
  selector: z.record(z.string(), z.string()).nullish(),
  clusterIP: z.string().optional(),
  ports: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        port: z.number(),
        protocol: z.string().default("TCP"),
        targetPort: z.union([z.number(), z.string()]).optional(),
      }),
    )
    .default([]),
});

/** Cluster addresses are only names inside the lab: the node, or a sidecar, replaces them by a pod's address. */
const CLUSTER_NETWORK = "10.96";

/** Gives a Service its cluster address when it has none, as the API server's allocator does. */
export function assignClusterIP(store: Store, service: KubeObject): void {
  const spec = serviceSchema.safeParse(service.spec ?? {});
  if (!spec.success || spec.data.clusterIP) return;
  const taken = new Set(store.list(RESOURCE.services).map((other) => other.spec?.clusterIP));
  for (let i = 10; i < 65_000; i++) {
    const clusterIP = `${CLUSTER_NETWORK}.${i >> 8}.${i & 255}`;
    if (taken.has(clusterIP)) continue;
    store.put(RESOURCE.services, { ...service, spec: { type: "ClusterIP", ...service.spec, clusterIP, clusterIPs: [clusterIP] } });
    return;
  }
}

export function isClusterIP(host: string): boolean {
  return host.startsWith(`${CLUSTER_NETWORK}.`);
}

/** Writes the EndpointSlice of a Service with a selector: the ready pods it selects. Services without one keep what others wrote. */
export function writeEndpointSlice(store: Store, service: KubeObject): void {
  const spec = serviceSchema.safeParse(service.spec ?? {});
  if (!spec.success || !spec.data.selector || Object.keys(spec.data.selector).length === 0) return;
  const { selector, ports } = spec.data;
  const { name, namespace = "default", uid } = service.metadata;
  const pods = store
    .list(RESOURCE.pods, namespace)
    .filter((pod) => selects(selector, pod.metadata.labels ?? {}) && typeof pod.status?.podIP === "string" && !pod.metadata.deletionTimestamp);
  const [first] = pods;
  store.put(RESOURCE.endpointSlices, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-lab`,
      namespace,
      labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: "IPv4",
    ports: ports.map((port) => ({ name: port.name ?? "", port: containerPort(port, first), protocol: port.protocol })),
    endpoints: pods.map((pod) => ({
      addresses: [pod.status?.podIP],
      conditions: { ready: pod.status?.phase === "Running", serving: pod.status?.phase === "Running", terminating: false },
      nodeName: pod.spec?.nodeName,
      targetRef: { kind: "Pod", name: pod.metadata.name, namespace, uid: pod.metadata.uid },
    })),
  });
}

export function removeEndpointSlice(store: Store, service: KubeObject): void {
  store.remove(RESOURCE.endpointSlices, service.metadata.namespace, `${service.metadata.name}-lab`);
}

/** A named targetPort is looked up in a pod; without one it is the Service's own number. */
function containerPort({ port, targetPort }: { port: number; targetPort?: number | string | undefined }, pod: KubeObject | undefined): number {
  if (typeof targetPort === "number") return targetPort;
  const named = pod && targetPort && parseContainers(pod).flatMap(({ ports }) => ports?.filter(({ name }) => name === targetPort) ?? [])[0];
  return named ? named.containerPort : port;
}

/** One ready endpoint of a Service port, what kube-proxy would choose; undefined when there is none. */
export function pickEndpoint(store: Store, service: KubeObject, port: number): { host: string; port: number } | undefined {
  const spec = serviceSchema.safeParse(service.spec ?? {});
  const servicePort = spec.success ? spec.data.ports.find((candidate) => candidate.port === port) : undefined;
  if (!servicePort) return undefined;
  const candidates = store
    .list(RESOURCE.endpointSlices, service.metadata.namespace ?? "default")
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name)
    .flatMap((slice) => {
      const parsed = sliceSchema.safeParse(slice);
      const target = parsed.success ? parsed.data.ports.find(({ name }) => (name ?? "") === (servicePort.name ?? "")) : undefined;
      if (!parsed.success || !target) return [];
      return parsed.data.endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses }) => addresses.map((host) => ({ host, port: target.port })));
    });
  return candidates[Math.floor(Math.random() * candidates.length)];
}

const sliceSchema = z.object({
  ports: z.array(z.object({ name: z.string().nullish(), port: z.number() })),
  endpoints: z.array(z.object({ addresses: z.array(z.string()), conditions: z.object({ ready: z.boolean().optional() }).optional() })),
});
