import { type GatewayCandidate, GatewaySettingInvalid, toGatewayCandidates } from "@/lib/gateway/find-address";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { readNodeAddresses } from "@/lib/kubernetes/node-addresses";
import { openPortForward } from "@/lib/kubernetes/port-forward";
import type { GatewayRoute } from "./gateway-facts";

/** The port of an ingress gateway's pod that HTTPS is led to unless its Service says otherwise (Istio's charts). */
const HTTPS_TARGET = 8443;

/** What decides beside the cluster's objects. */
interface Situation {
  /** What the person set; null = it is found. */
  setting: string | null;
  inCluster: boolean;
}

/** Every way to the gateway, best first; `missing` = one sentence why there is none. */
export async function findGatewayCandidates(
  connection: KubernetesConnection,
  route: GatewayRoute,
  { setting, inCluster }: Situation,
  signal: AbortSignal,
): Promise<{ candidates: GatewayCandidate[]; missing: string | null }> {
  const { service, servers, published, workload } = route;
  const hasNodePorts = service?.ports.some(({ nodePort }) => nodePort !== null) ?? false;
  const pods = workload?.pods.map(({ name }) => ({ namespace: workload.namespace, name })) ?? [];
  const nodeAddresses = hasNodePorts && setting === null ? [...(await readNodeAddresses(connection, pods, signal)), "127.0.0.1"] : [];
  try {
    const byAddress = toGatewayCandidates({ setting, inCluster, service, servers, published, nodeAddresses });
    const candidates = setting !== null || inCluster ? byAddress : [...byAddress, ...toForward(connection, route)];
    if (candidates.length > 0) return { candidates, missing: null };
  } catch (error) {
    if (!(error instanceof GatewaySettingInvalid)) throw error;
    return { candidates: [], missing: error.message };
  }
  const none =
    service === null
      ? `No Service leads to the gateway's pods (${workload?.namespace}/${workload?.name})`
      : `Service ${service.namespace}/${service.name} has no address outside the cluster (no load balancer, external IP or node port)`;
  return { candidates: [], missing: `${none}, and no pod of the gateway is ready: look at them, or start with --gateway HOST:PORT.` };
}

/** The last resort: into a pod of the gateway through the API server. What the gateway sends on is as it always is. */
function toForward(connection: KubernetesConnection, { workload, service, servers }: GatewayRoute): GatewayCandidate[] {
  const pod = workload?.pods.find(({ ready }) => ready)?.name;
  if (workload === null || pod === undefined) return [];
  const { namespace } = workload;
  const target = service?.ports.find(({ port }) => servers.some((server) => server.port === port))?.targetPort;
  const port = typeof target === "number" ? target : HTTPS_TARGET;
  return [{ address: `${namespace}/${pod}`, port, from: "port-forward", open: () => openPortForward(connection, { namespace, pod, port }) }];
}
