import type { Socket } from "node:net";
import { isIPv4 } from "node:net";
import { HostNotFoundError, OutsideLabError } from "../data-plane";
import { lookUpService } from "../network/cluster-dns";
import type { SocketAddress } from "../network/connection-table";
import { ConnectionRefusedError, type LabNetwork } from "../network/lab-network";
import { RESOURCE, type Store } from "../objects";
import { OUTBOUND_PORT } from "./running-pod";
import { isClusterIP, pickEndpoint } from "./service-endpoints";

export interface Caller {
  namespace: string;
  address: string;
  /** Whether iptables leads the program's connections to a sidecar. */
  isCaptured: boolean;
}

/**
 * Connects as a program at some address of the lab: DNS first, then through the sidecar, or straight to what kube-proxy chooses.
 * @throws HostNotFoundError, OutsideLabError, ConnectionRefusedError, or the socket's own error
 */
export async function connectFrom(
  caller: Caller,
  target: SocketAddress,
  environment: { network: LabNetwork; store: Store; signal?: AbortSignal },
): Promise<Socket> {
  const { network, store, signal } = environment;
  const destination = { host: lookUpAddress(caller.namespace, target.host, network, store), port: target.port };
  if (caller.isCaptured) return network.dial({ host: caller.address, port: OUTBOUND_PORT }, { source: caller.address, destination, signal });
  return network.dial(throughKubeProxy(destination, store), { source: caller.address, signal });
}

/** The address a name or a literal means in a pod of the namespace. @throws HostNotFoundError, OutsideLabError */
export function lookUpAddress(namespace: string, host: string, network: LabNetwork, store: Store): string {
  if (isIPv4(host)) {
    if (isClusterIP(host) || network.has(host)) return host;
    throw new OutsideLabError(`${host} is not an address of the lab`);
  }
  if (host.includes(":")) throw new OutsideLabError(`${host} is not an address of the lab`);
  const service = lookUpService(store.list(RESOURCE.services), namespace, host);
  const clusterIP = service?.spec?.clusterIP;
  if (!service || typeof clusterIP !== "string") throw new HostNotFoundError(`Could not resolve host: ${host}`);
  if (clusterIP !== "None") return clusterIP;
  const [slice] = store
    .list(RESOURCE.endpointSlices, service.metadata.namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name);
  const endpoints = slice?.endpoints;
  const address: unknown = Array.isArray(endpoints) ? endpoints[0]?.addresses?.[0] : undefined;
  if (typeof address !== "string") throw new HostNotFoundError(`Could not resolve host: ${host}`);
  return address;
}

/** A cluster address without an endpoint for the port is rejected by the node. */
function throughKubeProxy(destination: SocketAddress, store: Store): SocketAddress {
  if (!isClusterIP(destination.host)) return destination;
  const service = store.list(RESOURCE.services).find(({ spec }) => spec?.clusterIP === destination.host);
  const endpoint = service && pickEndpoint(store, service, destination.port);
  if (!endpoint) throw new ConnectionRefusedError(destination);
  return endpoint;
}
