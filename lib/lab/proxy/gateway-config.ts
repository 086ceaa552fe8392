import { z } from "zod";
import { serviceHost } from "../network/cluster-dns";
import type { KubeObject } from "../objects";
import { isSeen, oldestFirst } from "./peer-authentication";

/** One `servers` entry of a Gateway. */
export interface GatewayServer {
  gateway: string;
  namespace: string;
  /** Labels of the gateway pods it is for. */
  selector: Readonly<Record<string, string>>;
  /** The Service's port, not the container's. */
  port: number;
  portName: string;
  protocol: "HTTP" | "HTTPS";
  /** Host names, wildcards allowed, without a namespace part. */
  hosts: readonly string[];
  /** The Secret beside the gateway pod that holds the certificate, for tls SIMPLE. */
  credentialName: string | undefined;
}

export interface VirtualServiceRoute {
  prefix: string | undefined;
  exact: string | undefined;
  destinations: readonly { host: string; port: number | undefined; weight: number }[];
}

export interface VirtualService {
  name: string;
  namespace: string;
  hosts: readonly string[];
  /** `namespace/name`. */
  gateways: readonly string[];
  routes: readonly VirtualServiceRoute[];
}

const gatewaySchema = z.object({
  selector: z.record(z.string(), z.string()).default({}),
  servers: z
    .array(
      z.object({
        port: z.object({ number: z.number(), protocol: z.string(), name: z.string().default("") }),
        hosts: z.array(z.string()).default([]),
        tls: z.object({ mode: z.string().default("PASSTHROUGH"), credentialName: z.string().optional() }).nullish(),
      }),
    )
    .default([]),
});

/** Servers the lab's gateway can be: HTTP, and HTTPS with tls SIMPLE. */
export function toGatewayServers(objects: readonly KubeObject[]): GatewayServer[] {
  return objects
    .filter(isSeen)
    .toSorted(oldestFirst)
    .flatMap((object) => {
      const spec = gatewaySchema.safeParse(object.spec ?? {});
      if (!spec.success) return [];
      const { name, namespace = "default" } = object.metadata;
      return spec.data.servers.flatMap(({ port, hosts, tls }) => {
        const protocol = port.protocol.toUpperCase();
        if (protocol !== "HTTP" && !(protocol === "HTTPS" && tls?.mode === "SIMPLE")) return [];
        return [
          {
            gateway: name,
            namespace,
            selector: spec.data.selector,
            port: port.number,
            portName: port.name,
            protocol,
            hosts: hosts.map((host) => host.slice(host.indexOf("/") + 1)),
            credentialName: tls?.credentialName,
          } as const,
        ];
      });
    });
}

const stringMatch = z.object({ exact: z.string().optional(), prefix: z.string().optional() }).optional();
const virtualServiceSchema = z.object({
  hosts: z.array(z.string()),
  gateways: z.array(z.string()).default(["mesh"]),
  http: z
    .array(
      z.object({
        match: z.array(z.object({ uri: stringMatch })).nullish(),
        route: z
          .array(z.object({ destination: z.object({ host: z.string(), port: z.object({ number: z.number() }).optional() }), weight: z.number().default(1) }))
          .default([]),
      }),
    )
    .default([]),
});

export function toVirtualServices(objects: readonly KubeObject[]): VirtualService[] {
  return objects
    .filter(isSeen)
    .toSorted(oldestFirst)
    .flatMap((object) => {
      const spec = virtualServiceSchema.safeParse(object.spec ?? {});
      if (!spec.success) return [];
      const { name, namespace = "default" } = object.metadata;
      const routes = spec.data.http.flatMap(({ match, route }) => {
        const destinations = route.map(({ destination, weight }) => ({
          host: destination.host.includes(".") ? destination.host : serviceHost(destination.host, namespace),
          port: destination.port?.number,
          weight,
        }));
        return (match?.length ? match : [{ uri: undefined }]).map(({ uri }) => ({ prefix: uri?.prefix, exact: uri?.exact, destinations }));
      });
      return [
        {
          name,
          namespace,
          hosts: spec.data.hosts,
          gateways: spec.data.gateways.map((gateway) => (gateway.includes("/") ? gateway : `${namespace}/${gateway}`)),
          routes,
        },
      ];
    });
}

/** `*` and `*.example.com` as in Gateway and VirtualService hosts. */
export function matchesHost(pattern: string, host: string): boolean {
  return pattern === "*" || (pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : pattern === host);
}

/** The destination of a request that came in through a gateway; undefined when nothing routes it (Envoy: 404). */
export function routeOf(
  virtualServices: readonly VirtualService[],
  server: GatewayServer,
  host: string,
  path: string,
): { host: string; port: number | undefined } | undefined {
  if (!server.hosts.some((pattern) => matchesHost(pattern, host))) return undefined;
  const gateway = `${server.namespace}/${server.gateway}`;
  const found = virtualServices.find(({ gateways, hosts }) => gateways.includes(gateway) && hosts.some((pattern) => matchesHost(pattern, host)));
  const pathOnly = path.split("?")[0] ?? path;
  const route = found?.routes.find(({ exact, prefix }) => (exact === undefined || exact === pathOnly) && (prefix === undefined || pathOnly.startsWith(prefix)));
  return route && byWeight(route.destinations);
}

function byWeight<T extends { weight: number }>(choices: readonly T[]): T | undefined {
  let rest = Math.random() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const choice of choices) {
    rest -= choice.weight;
    if (rest < 0) return choice;
  }
  return choices[0];
}
