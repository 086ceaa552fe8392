import type { GatewayServerFacts } from "@/lib/gateway/find-address";
import type { HttpRoute, KubernetesGateway } from "@/lib/kubernetes/gateway-api";
import type { Gateway, GatewayServer, VirtualService } from "@/lib/kubernetes/gateway-objects";
import type { OutsideService } from "@/lib/kubernetes/gateway-service";
import { isSubset } from "@/lib/mesh/labels";
import type { Workload } from "@/lib/mesh/objects";

/** Istio labels what it deploys for a Gateway of the Kubernetes Gateway API. */
export const GATEWAY_NAME_LABEL = "gateway.networking.k8s.io/gateway-name";

/** What leads to a gateway, from objects alone. */
export interface GatewayRoute {
  /** Host header and server name of calls. */
  host: string;
  servers: GatewayServerFacts[];
  /** The Secret with its certificate. */
  credential: { namespace: string; name: string } | null;
  wantsClientCertificate: boolean;
  /** null = it may not be seen. */
  workload: Workload | null;
  service: OutsideService | null;
  /** Addresses of a Kubernetes Gateway's own status. */
  published: string[];
}

export type FoundRoute = { route: GatewayRoute; missing: null } | { route: null; missing: string };

interface Objects {
  workloads: readonly Workload[] | null;
  outsideServices: readonly OutsideService[];
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
}

/** The way in as the person named it, where the objects that lead to it may not be read. */
export function toGivenRoute(host: string): GatewayRoute {
  return { host, servers: [], credential: null, wantsClientCertificate: false, workload: null, service: null, published: [] };
}

/**
 * The HTTPS way in: an Istio Gateway with a server for the host; where there is none, a Gateway of the Kubernetes Gateway API.
 * @param wished the host the person named; null = the first that Gateways and routes name, those that lead into `namespaces` before others
 */
export function findGatewayRoute(
  objects: Objects,
  api: { gateways: KubernetesGateway[]; routes: HttpRoute[] },
  wished: string | null,
  namespaces: readonly string[],
): FoundRoute {
  const istio = findIstioServer(objects, wished, namespaces);
  if (istio !== null) return completeIstio(istio, objects);
  const kubernetes = findListener(api, wished, namespaces);
  if (kubernetes !== null) return completeKubernetes(kubernetes, objects);
  const servers = [...objects.gateways.flatMap((gateway) => gateway.servers), ...api.gateways.flatMap(({ listeners }) => listeners)];
  if (servers.length === 0) return none("There is no Gateway object: apply one with an HTTPS server, like the lab's.");
  if (wished !== null) return none(`No Gateway object has an HTTPS server for ${wished}; apply the lab's Gateway first.`);
  const isHttps = objects.gateways.some((gateway) => gateway.servers.some(isHttpsServer)) || api.gateways.some(({ listeners }) => listeners.length > 0);
  return none(
    isHttps
      ? "The Gateways' hosts are wildcards, and no route names one: say which with --gateway-host NAME."
      : "The Gateways have no HTTPS server, and Padlock calls over HTTPS alone: add one with a certificate.",
  );
}

interface IstioServer {
  gateway: Gateway;
  server: GatewayServer;
  host: string;
}

function findIstioServer({ gateways, virtualServices }: Objects, wished: string | null, namespaces: readonly string[]): IstioServer | null {
  const found: (IstioServer & { rank: number })[] = [];
  for (const gateway of gateways) {
    const bound = virtualServices.filter((virtual) => virtual.gateways.includes(`${gateway.namespace}/${gateway.name}`));
    for (const server of gateway.servers.filter(isHttpsServer)) {
      const patterns = server.hosts.map(withoutNamespace);
      if (wished !== null) {
        const routed = bound.some((virtual) => virtual.hosts.some((pattern) => matches(pattern, wished)));
        if (patterns.some((pattern) => matches(pattern, wished))) found.push({ gateway, server, host: wished, rank: routed ? 0 : 1 });
        continue;
      }
      for (const virtual of bound) {
        const leadsHere = virtual.destinations.some(({ host }) => namespaces.includes(host.split(".")[1] ?? virtual.namespace));
        for (const host of meet(patterns, virtual.hosts)) found.push({ gateway, server, host, rank: leadsHere ? 0 : 1 });
      }
      for (const host of patterns.filter(isPlain)) found.push({ gateway, server, host, rank: 2 });
    }
  }
  return found.sort((a, b) => a.rank - b.rank)[0] ?? null;
}

function completeIstio({ gateway, server, host }: IstioServer, { workloads, outsideServices }: Objects): FoundRoute {
  const name = `${gateway.namespace}/${gateway.name}`;
  const { selector } = gateway;
  // Without a selector a Gateway is every gateway's: pods of nothing but a proxy.
  const selected = (workloads ?? []).filter((each) => (selector === null ? isProxyAlone(each) : isSubset(selector, each.labels)));
  // An application's pod may carry the labels as well; a gateway is a proxy and nothing else.
  const workload = selected.find(isProxyAlone) ?? selected[0];
  if (workload === undefined) return none(`Gateway ${name} selects no pod: install the ingress gateway, or correct the Gateway's selector.`);
  const { tls } = server;
  return {
    missing: null,
    route: {
      host,
      servers: gateway.servers.filter((each) => isHttpsServer(each) && each.hosts.some((pattern) => matches(withoutNamespace(pattern), host))),
      // Istio reads the Secret beside the gateway's pods.
      credential: tls?.credentialName ? { namespace: workload.namespace, name: tls.credentialName } : null,
      wantsClientCertificate: tls?.mode === "MUTUAL",
      workload,
      service: findService(outsideServices, workload),
      published: [],
    },
  };
}

interface Listener {
  gateway: KubernetesGateway;
  listener: KubernetesGateway["listeners"][number];
  host: string;
}

function findListener(api: { gateways: KubernetesGateway[]; routes: HttpRoute[] }, wished: string | null, namespaces: readonly string[]): Listener | null {
  const found: (Listener & { rank: number })[] = [];
  for (const gateway of api.gateways) {
    const bound = api.routes.filter(({ gateways }) => gateways.includes(`${gateway.namespace}/${gateway.name}`));
    for (const listener of gateway.listeners) {
      const pattern = listener.hostname ?? "*";
      if (wished !== null) {
        if (matches(pattern, wished)) found.push({ gateway, listener, host: wished, rank: 0 });
        continue;
      }
      for (const { hostnames, backends } of bound) {
        const leadsHere = backends.some(({ namespace }) => namespaces.includes(namespace));
        for (const host of meet([pattern], hostnames.length === 0 ? ["*"] : hostnames)) found.push({ gateway, listener, host, rank: leadsHere ? 0 : 1 });
      }
      if (isPlain(pattern)) found.push({ gateway, listener, host: pattern, rank: 2 });
    }
  }
  return found.sort((a, b) => a.rank - b.rank)[0] ?? null;
}

function completeKubernetes({ gateway, listener, host }: Listener, { workloads, outsideServices }: Objects): FoundRoute {
  const workload = (workloads ?? []).find(({ namespace, labels }) => namespace === gateway.namespace && labels[GATEWAY_NAME_LABEL] === gateway.name);
  if (workload === undefined) return none(`No pod serves Gateway ${gateway.namespace}/${gateway.name} yet: look at its status with kubectl describe.`);
  return {
    missing: null,
    route: {
      host,
      servers: [{ port: listener.port, protocol: "HTTPS" }],
      credential: listener.credential,
      wantsClientCertificate: false,
      workload,
      service: findService(outsideServices, workload),
      published: gateway.addresses,
    },
  };
}

function isProxyAlone({ containers }: Workload): boolean {
  return containers.length === 1 && containers[0] === "istio-proxy";
}

/** Several Services may lead to the same pods (one for metrics, say): the one that is reachable from outside is meant. */
function findService(services: readonly OutsideService[], workload: Workload): OutsideService | null {
  const leading = services.filter(
    ({ namespace, selector }) => namespace === workload.namespace && Object.keys(selector).length > 0 && isSubset(selector, workload.labels),
  );
  const reach = ({ loadBalancer, externalIPs, ports }: OutsideService) =>
    (loadBalancer.length + externalIPs.length > 0 ? 2 : 0) + (ports.some(({ nodePort }) => nodePort !== null) ? 1 : 0);
  return [...leading].sort((a, b) => reach(b) - reach(a))[0] ?? null;
}

function isHttpsServer({ protocol }: GatewayServer): boolean {
  return protocol === "HTTPS";
}

/** Plain names that both sides allow. */
function meet(patterns: readonly string[], others: readonly string[]): string[] {
  const plain = [
    ...patterns.filter(isPlain).filter((name) => others.some((pattern) => matches(pattern, name))),
    ...others.filter(isPlain).filter((name) => patterns.some((pattern) => matches(pattern, name))),
  ];
  return [...new Set(plain)];
}

function isPlain(pattern: string): boolean {
  return !pattern.includes("*");
}

/** Hosts of a Gateway's server may carry a namespace: `ns/*.io`. */
function withoutNamespace(pattern: string): string {
  return pattern.slice(pattern.indexOf("/") + 1);
}

function matches(pattern: string, host: string): boolean {
  return pattern === "*" || pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
}

function none(missing: string): FoundRoute {
  return { route: null, missing };
}
