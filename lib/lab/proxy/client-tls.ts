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

/**
 * Decides the transport of a client (a pod with sidecar, or a gateway) towards an endpoint of a service port. The client's DestinationRule comes first;
 * without one auto mutual TLS follows what the endpoint can do. There is no fall-back from one transport to another.
 */
export function upstreamTransport(
  snapshot: MeshSnapshot,
  client: { namespace: string; labels: Readonly<Record<string, string>> },
  service: MeshService,
  servicePort: number,
  endpoint: MeshEndpoint,
): UpstreamTransport {
  const { settings, policies } = snapshot;
  const rule = ruleTls(snapshot.destinationRules, settings.rootNamespace, client, service, servicePort);
  const istio = (): UpstreamTransport => ({
    kind: "istio",
    sni: rule.cluster?.sni ?? `outbound_.${servicePort}_._.${service.host}`,
    serverNames: serverNames(snapshot, service),
  });
  switch (rule.cluster?.mode) {
    case "DISABLE":
      return PLAINTEXT;
    case "SIMPLE":
      return { kind: "simple", sni: rule.cluster.sni, insecureSkipVerify: rule.cluster.insecureSkipVerify ?? false };
    case "MUTUAL":
      // The rule names certificate files, and no pod of the lab has any: a real proxy then keeps the cluster it had while istiod takes the mutual TLS
      // mark off its endpoints, so the call goes out in plaintext.
      return PLAINTEXT;
    case "ISTIO_MUTUAL":
      return istio();
    case undefined:
      break;
  }
  if (!settings.enableAutoMtls) return PLAINTEXT;
  if (namespaceMode(policies, settings.rootNamespace, service.namespace) === "DISABLE") return PLAINTEXT;
  const isReady = ({ workload, containerPorts }: MeshEndpoint) => {
    if (!workload?.acceptsMutualTls) return false;
    if (rule.endpointMode) return rule.endpointMode === "ISTIO_MUTUAL";
    return effectiveMode(policies, settings.rootNamespace, workload, containerPorts.get(servicePort)) !== "DISABLE";
  };
  // Of a headless service all endpoints or none are spoken to in mutual TLS: the proxy cannot tell them apart.
  return (service.clusterIP === undefined ? service.endpoints.every(isReady) : isReady(endpoint)) ? istio() : PLAINTEXT;
}

function serverNames({ settings }: MeshSnapshot, service: MeshService): string[] {
  const accounts = service.endpoints.flatMap(({ workload }) => (workload ? [spiffeId(settings.trustDomain, workload.namespace, workload.serviceAccount)] : []));
  return [...new Set(accounts)];
}
