import { parse } from "yaml";
import { z } from "zod";
import { serviceHost } from "../network/cluster-dns";
import { type KubeObject, RESOURCE, type Store } from "../objects";
import { type DestinationRule, toDestinationRules } from "./destination-rule";
import { type GatewayServer, toGatewayServers, toVirtualServices, type VirtualService } from "./gateway-config";
import { type PeerAuthenticationPolicy, toPeerAuthenticationPolicies } from "./peer-authentication";
import { toWorkload, type Workload } from "./workload";

export interface MeshSettings {
  trustDomain: string;
  rootNamespace: string;
  enableAutoMtls: boolean;
}

export interface MeshServicePort {
  name: string;
  number: number;
  /** What Istio reads from the port's name or appProtocol: HTTP is parsed and routed, everything else is a stream of bytes. */
  isHttp: boolean;
}

export interface MeshEndpoint {
  address: string;
  /** Container port by Service port. */
  containerPorts: ReadonlyMap<number, number>;
  /** Undefined for an address that is no pod's. */
  workload: Workload | undefined;
}

export interface MeshService {
  host: string;
  name: string;
  namespace: string;
  /** Undefined for a headless Service. */
  clusterIP: string | undefined;
  ports: readonly MeshServicePort[];
  endpoints: readonly MeshEndpoint[];
}

/** Everything istiod knows at one moment, as it is pushed to the proxies. */
export interface MeshSnapshot {
  settings: MeshSettings;
  policies: readonly PeerAuthenticationPolicy[];
  destinationRules: readonly DestinationRule[];
  services: readonly MeshService[];
  workloads: readonly Workload[];
  gatewayServers: readonly GatewayServer[];
  virtualServices: readonly VirtualService[];
}

export function readMeshSnapshot(store: Store): MeshSnapshot {
  const workloads = store.list(RESOURCE.pods).flatMap((pod) => toWorkload(pod) ?? []);
  return {
    settings: toMeshSettings(store.get(RESOURCE.configMaps, "istio-system", "istio")),
    policies: toPeerAuthenticationPolicies(store.list(RESOURCE.peerAuthentications)),
    destinationRules: toDestinationRules(store.list(RESOURCE.destinationRules)),
    services: toMeshServices(store.list(RESOURCE.services), store.list(RESOURCE.endpointSlices), workloads),
    workloads,
    gatewayServers: toGatewayServers(store.list(RESOURCE.gateways)),
    virtualServices: toVirtualServices(store.list(RESOURCE.virtualServices)),
  };
}

const meshConfigSchema = z.object({
  trustDomain: z.string().min(1).default("cluster.local"),
  rootNamespace: z.string().min(1).default("istio-system"),
  enableAutoMtls: z.boolean().default(true),
});

/** The `mesh` key of ConfigMap `istio`. What is missing or unreadable has Istio's default, as in istiod, which keeps running on a broken mesh config. */
export function toMeshSettings(configMap: KubeObject | undefined): MeshSettings {
  let yaml: unknown = {};
  try {
    yaml = parse(configMap?.data?.mesh ?? "") ?? {};
  } catch {
    yaml = {};
  }
  const parsed = meshConfigSchema.safeParse(yaml);
  return parsed.success ? parsed.data : meshConfigSchema.parse({});
}

const serviceSchema = z.object({
  clusterIP: z.string().optional(),
  ports: z.array(z.object({ name: z.string().default(""), port: z.number(), appProtocol: z.string().optional() })).default([]),
});
const sliceSchema = z.object({
  ports: z.array(z.object({ name: z.string().nullish(), port: z.number() })).nullish(),
  endpoints: z.array(z.object({ addresses: z.array(z.string()), conditions: z.object({ ready: z.boolean().optional() }).optional() })).nullish(),
});

function toMeshServices(services: readonly KubeObject[], slices: readonly KubeObject[], workloads: readonly Workload[]): MeshService[] {
  const byAddress = new Map(workloads.map((workload) => [workload.address, workload]));
  return services.flatMap((object) => {
    const spec = serviceSchema.safeParse(object.spec ?? {});
    if (!spec.success) return [];
    const { name, namespace = "default" } = object.metadata;
    const endpoints = slices
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.["kubernetes.io/service-name"] === name)
      .flatMap((slice) => toEndpoints(slice, spec.data.ports, byAddress));
    return [
      {
        host: serviceHost(name, namespace),
        name,
        namespace,
        clusterIP: spec.data.clusterIP && spec.data.clusterIP !== "None" ? spec.data.clusterIP : undefined,
        ports: spec.data.ports.map(({ name, port, appProtocol }) => ({ name, number: port, isHttp: isHttpPort(name, appProtocol) })),
        endpoints,
      },
    ];
  });
}

function toEndpoints(slice: KubeObject, servicePorts: readonly { name: string; port: number }[], byAddress: ReadonlyMap<string, Workload>): MeshEndpoint[] {
  const parsed = sliceSchema.safeParse(slice);
  if (!parsed.success) return [];
  const containerPorts = new Map<number, number>();
  for (const { name, port } of servicePorts) {
    const target = parsed.data.ports?.find((candidate) => (candidate.name ?? "") === name);
    if (target) containerPorts.set(port, target.port);
  }
  return (parsed.data.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.map((address) => ({ address, containerPorts, workload: byAddress.get(address) })));
}

/** Istio's protocol selection: appProtocol, else the name up to the first dash. */
function isHttpPort(name: string, appProtocol: string | undefined): boolean {
  return ["http", "http2", "grpc", "http1.1", "kubernetes.io/h2c"].includes((appProtocol ?? name.split("-")[0] ?? "").toLowerCase());
}
