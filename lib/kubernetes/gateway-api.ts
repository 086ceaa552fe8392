import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { ForbiddenError, NotFoundError } from "./errors";
import { metaShape } from "./meta";

/** A Gateway of the Kubernetes Gateway API, as far as calling it goes. */
export interface KubernetesGateway {
  namespace: string;
  name: string;
  /** IP addresses and host names it says it answers at. */
  addresses: string[];
  /** Listeners that end TLS. */
  listeners: { port: number; hostname: string | null; credential: { namespace: string; name: string } | null }[];
}

export interface HttpRoute {
  namespace: string;
  hostnames: string[];
  /** `namespace/name` of the Gateways it hangs on. */
  gateways: string[];
  backends: { namespace: string; name: string; port: number | null }[];
}

const gatewayShape = z.object({
  metadata: metaShape,
  spec: z.object({
    listeners: z.array(
      z.object({
        port: z.number(),
        protocol: z.string().catch(""),
        hostname: z.string().nullish(),
        tls: z
          .object({ mode: z.string().nullish(), certificateRefs: z.array(z.object({ name: z.string(), namespace: z.string().nullish() })).nullish() })
          .nullish(),
      }),
    ),
  }),
  status: z.object({ addresses: z.array(z.object({ value: z.string() })).nullish() }).nullish(),
});
const reference = z.object({ kind: z.string().nullish(), name: z.string(), namespace: z.string().nullish() });
const routeShape = z.object({
  metadata: metaShape,
  spec: z.object({
    hostnames: z.array(z.string()).nullish(),
    parentRefs: z.array(reference).nullish(),
    rules: z.array(z.object({ backendRefs: z.array(reference.extend({ port: z.number().nullish() })).nullish() })).nullish(),
  }),
});
const listShape = z.object({ items: z.array(z.unknown()) });

/** @returns null when the object is no such Gateway */
export function toKubernetesGateway(object: unknown): KubernetesGateway | null {
  const parsed = gatewayShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec, status } = parsed.data;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    addresses: (status?.addresses ?? []).map(({ value }) => value),
    listeners: spec.listeners
      .filter(({ protocol, tls }) => protocol.toUpperCase() === "HTTPS" && (tls?.mode ?? "Terminate") === "Terminate")
      .map(({ port, hostname, tls }) => {
        const [secret] = tls?.certificateRefs ?? [];
        return {
          port,
          hostname: hostname ?? null,
          credential: secret === undefined ? null : { namespace: secret.namespace ?? metadata.namespace, name: secret.name },
        };
      }),
  };
}

/** @returns null when the object is no HTTPRoute */
export function toHttpRoute(object: unknown): HttpRoute | null {
  const parsed = routeShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  const near = (namespace: string | null | undefined) => namespace ?? metadata.namespace;
  return {
    namespace: metadata.namespace,
    hostnames: spec.hostnames ?? [],
    gateways: (spec.parentRefs ?? []).filter(({ kind }) => (kind ?? "Gateway") === "Gateway").map((parent) => `${near(parent.namespace)}/${parent.name}`),
    backends: (spec.rules ?? [])
      .flatMap(({ backendRefs }) => backendRefs ?? [])
      .filter(({ kind }) => (kind ?? "Service") === "Service")
      .map((backend) => ({ namespace: near(backend.namespace), name: backend.name, port: backend.port ?? null })),
  };
}

/** Lists both kinds. @returns nothing where the API is not installed or may not be read @throws the other errors of a request */
export async function readGatewayApi(connection: KubernetesConnection, signal?: AbortSignal): Promise<{ gateways: KubernetesGateway[]; routes: HttpRoute[] }> {
  const list = async <T>(plural: string, toDomain: (object: unknown) => T | null): Promise<T[]> => {
    try {
      const path = `/apis/gateway.networking.k8s.io/v1/${plural}?limit=500`;
      const answer = listShape.safeParse(await connection.request({ path, maxBytes: 4 * 1024 * 1024, ...(signal ? { signal } : {}) }));
      return answer.success ? answer.data.items.map(toDomain).filter((each) => each !== null) : [];
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof ForbiddenError) return [];
      throw error;
    }
  };
  const [gateways, routes] = await Promise.all([list("gateways", toKubernetesGateway), list("httproutes", toHttpRoute)]);
  return { gateways, routes };
}
