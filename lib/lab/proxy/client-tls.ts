import { spiffeId } from "../network/workload-identity";
import { ruleTls } from "./destination-rule";
import type { MeshEndpoint, MeshService, MeshSnapshot } from "./mesh-snapshot";
import { effectiveMode, namespaceMode } from "./peer-authentication";

/** How a client's proxy speaks to one endpoint. */
export type UpstreamTransport =
  | { kind: "plaintext" }
  /** `serverNames`: the SPIFFE IDs the server may prove. */
  | { kind: "istio"; sni: string; serverNames: readonly string[] }
  /** One-way TLS that trusts the public roots. */
  | { kind: "simple"; sni: string | undefined; insecureSkipVerify: boolean };

const PLAINTEXT: UpstreamTransport = { kind: "plaintext" };

interface Client {
  namespace: string;
  labels: Readonly<Record<string, string>>;
}

/** What the cluster of a service port says for all its endpoints; when it changes the proxy replaces the cluster and drops the cluster's connections. */
export type ClusterTls = UpstreamTransport | { kind: "auto"; sni: string };

/**
 * The client's DestinationRule comes first; without one, mutual TLS follows what each endpoint can do, unless mesh or namespace policy says DISABLE.
 */
export function clusterTls(snapshot: MeshSnapshot, client: Client, service: MeshService, servicePort: number): ClusterTls {
  const { settings, policies } = snapshot;
  const { cluster } = ruleTls(snapshot.destinationRules, settings.rootNamespace, client, service, servicePort);
  const sni = cluster?.sni ?? `outbound_.${servicePort}_._.${service.host}`;
  switch (cluster?.mode) {
    case "DISABLE":
      return PLAINTEXT;
    case "SIMPLE":
      return { kind: "simple", sni: cluster.sni, insecureSkipVerify: cluster.insecureSkipVerify ?? false };
    case "MUTUAL":
      // The rule names certificate files, and no pod of the lab has any: a real proxy then keeps the cluster it had while istiod takes the mutual TLS
      // mark off its endpoints, so the call goes out in plaintext.
      return PLAINTEXT;
    case "ISTIO_MUTUAL":
      return { kind: "istio", sni, serverNames: serverNames(snapshot, service) };
    case undefined:
      if (!settings.enableAutoMtls || namespaceMode(policies, settings.rootNamespace, service.namespace) === "DISABLE") return PLAINTEXT;
      return { kind: "auto", sni };
  }
}

/** The transport of a client (a pod with sidecar, or a gateway) towards one endpoint. There is no fall-back from one transport to another. */
export function upstreamTransport(
  snapshot: MeshSnapshot,
  client: Client,
  service: MeshService,
  servicePort: number,
  endpoint: MeshEndpoint,
): UpstreamTransport {
  const cluster = clusterTls(snapshot, client, service, servicePort);
  if (cluster.kind !== "auto") return cluster;
  const { settings, policies } = snapshot;
  const { endpointMode } = ruleTls(snapshot.destinationRules, settings.rootNamespace, client, service, servicePort);
  const isMarked = ({ workload, containerPorts }: MeshEndpoint) => {
    if (!workload?.acceptsMutualTls) return false;
    if (endpointMode) return endpointMode === "ISTIO_MUTUAL";
    return effectiveMode(policies, settings.rootNamespace, workload, containerPorts.get(servicePort)) !== "DISABLE";
  };
  // Of a headless service all endpoints or none are spoken to in mutual TLS: the proxy cannot tell them apart.
  const isReady = service.clusterIP === undefined ? service.endpoints.every(isMarked) : isMarked(endpoint);
  return isReady ? { kind: "istio", sni: cluster.sni, serverNames: serverNames(snapshot, service) } : PLAINTEXT;
}

/** A snapshot's services never change; the names are asked for with every request. */
const namesOf = new WeakMap<MeshService, readonly string[]>();

function serverNames({ settings }: MeshSnapshot, service: MeshService): readonly string[] {
  const known = namesOf.get(service);
  if (known) return known;
  const accounts = service.endpoints.flatMap(({ workload }) => (workload ? [spiffeId(settings.trustDomain, workload.namespace, workload.serviceAccount)] : []));
  const names = [...new Set(accounts)];
  namesOf.set(service, names);
  return names;
}
