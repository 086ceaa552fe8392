import { z } from "zod";
import { labelShape, metaShape } from "./meta";

/** An Istio Gateway, as far as finding and calling it goes. */
export interface Gateway {
  namespace: string;
  name: string;
  /** Labels of the gateway's pods; null = all gateways. */
  selector: Record<string, string> | null;
  servers: GatewayServer[];
}

export interface GatewayServer {
  port: number;
  /** Upper case, `HTTPS`. */
  protocol: string;
  hosts: string[];
  tls: { mode: string; credentialName: string | null; httpsRedirect: boolean } | null;
}

export interface VirtualService {
  namespace: string;
  name: string;
  hosts: string[];
  /** `namespace/name`, or `mesh` for sidecars. */
  gateways: string[];
  /** Destinations of its HTTP routes, in order. */
  destinations: { host: string; port: number | null; subset: string | null }[];
}

const gatewayShape = z.object({
  metadata: metaShape,
  spec: z.object({
    selector: labelShape,
    servers: z
      .array(
        z.object({
          port: z.object({ number: z.number(), protocol: z.string().catch("") }),
          hosts: z.array(z.string()).catch([]),
          tls: z.object({ mode: z.string().catch("SIMPLE"), credentialName: z.string().nullish(), httpsRedirect: z.boolean().catch(false) }).nullish(),
        }),
      )
      .nullish(),
  }),
});

/** @returns null when the object is no Gateway Padlock can read */
export function toGateway(object: unknown): Gateway | null {
  const parsed = gatewayShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    selector: Object.keys(spec.selector).length > 0 ? spec.selector : null,
    servers: (spec.servers ?? []).map(({ port, hosts, tls }) => ({
      port: port.number,
      protocol: port.protocol.toUpperCase(),
      hosts,
      tls: tls ? { mode: tls.mode, credentialName: tls.credentialName ?? null, httpsRedirect: tls.httpsRedirect } : null,
    })),
  };
}

const destinationShape = z.object({
  destination: z.object({ host: z.string(), port: z.object({ number: z.number().optional() }).nullish(), subset: z.string().nullish() }),
});

const virtualServiceShape = z.object({
  metadata: metaShape,
  spec: z.object({
    hosts: z.array(z.string()).catch([]),
    gateways: z.array(z.string()).nullish(),
    http: z.array(z.object({ route: z.array(destinationShape).nullish() })).nullish(),
  }),
});

/** @returns null when the object is no VirtualService Padlock can read */
export function toVirtualService(object: unknown): VirtualService | null {
  const parsed = virtualServiceShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    hosts: spec.hosts,
    gateways: (spec.gateways ?? ["mesh"]).map((name) => (name === "mesh" || name.includes("/") ? name : `${metadata.namespace}/${name}`)),
    destinations: (spec.http ?? [])
      .flatMap(({ route }) => route ?? [])
      .map(({ destination }) => ({ host: destination.host, port: destination.port?.number ?? null, subset: destination.subset ?? null })),
  };
}
