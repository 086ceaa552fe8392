import { z } from "zod";
import { labelShape, metaShape } from "./meta";

/** A Service that may be Kiali's, and what is needed to reach what is behind it. */
export interface KialiService {
  namespace: string;
  name: string;
  /** The Service's port, and what it says of TLS; null = it does not tell, so both are tried. */
  port: number;
  secure: boolean | null;
  targetPort: number | string;
  selector: Record<string, string>;
  /** Where people find its pages, as its annotation says; null without a usable one. */
  externalUrl: string | null;
}

const serviceShape = z.object({
  metadata: metaShape,
  spec: z.object({
    selector: labelShape,
    ports: z
      .array(
        z.object({
          name: z.string().catch(""),
          port: z.number(),
          targetPort: z.union([z.number(), z.string()]).optional(),
          protocol: z.string().catch("TCP"),
          appProtocol: z.string().catch(""),
        }),
      )
      .catch([]),
  }),
});

/** Kiali's own port, and those that serve its figures and never its API (Kiali, config.go: server.port, observability.metrics.port). */
const KIALI_PORT = 20001;
const METRICS = /metrics/;
/** OpenShift gives a certificate to a Service that asks for one. */
const SERVING_CERTIFICATE = /^service\.(?:beta|alpha)\.openshift\.io\/serving-cert-secret-name$/;

/** @returns null when the object is no Service with a port that can be Kiali's */
export function toKialiService(object: unknown): KialiService | null {
  const parsed = serviceShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  const ports = spec.ports.filter(({ name, protocol }) => protocol === "TCP" && !METRICS.test(name));
  const port = ports.find((each) => each.port === KIALI_PORT) ?? ports.find(({ name }) => /^http/.test(name)) ?? (ports.length === 1 ? ports[0] : undefined);
  if (port === undefined) return null;
  const { annotations } = metadata;
  const hasCertificate = Object.keys(annotations).some((key) => SERVING_CERTIFICATE.test(key));
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    port: port.port,
    secure: hasCertificate ? true : toSecure(port),
    targetPort: port.targetPort ?? port.port,
    selector: spec.selector,
    externalUrl: toWebAddress(annotations["kiali.io/external-url"]),
  };
}

/** A port is named `<protocol>[-suffix]` in Istio's world; `tcp` is what Kiali's chart calls a port with TLS. */
function toSecure({ name, appProtocol }: { name: string; appProtocol: string }): boolean | null {
  const protocol = (appProtocol || name).toLowerCase();
  if (/^https\b/.test(protocol)) return true;
  return /^http\b/.test(protocol) ? false : null;
}

/** @returns null when it is no http(s) address, or holds a password */
function toWebAddress(text: string | undefined): string | null {
  if (text === undefined || text.length > 1_000 || !URL.canParse(text)) return null;
  const { protocol, username, password } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "" ? text : null;
}

/** A door that leads to a Service from outside: an Ingress or an OpenShift Route. */
export interface Door {
  kind: "Ingress" | "Route";
  namespace: string;
  name: string;
  url: string;
}

const hostName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i);
const ingressShape = z.object({
  metadata: metaShape,
  spec: z.object({
    tls: z.array(z.object({ hosts: z.array(z.string()).catch([]) })).catch([]),
    rules: z
      .array(
        z.object({
          host: hostName.optional().catch(undefined),
          http: z
            .object({
              paths: z.array(
                z.object({
                  path: z.string().catch("/"),
                  pathType: z.string().catch(""),
                  backend: z.object({ service: z.object({ name: z.string() }).optional() }),
                }),
              ),
            })
            .optional(),
        }),
      )
      .catch([]),
  }),
  status: z
    .object({ loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string().optional(), hostname: z.string().optional() })) }) })
    .optional()
    .catch(undefined),
});

/** @returns the addresses at which an Ingress leads to the Service, https before http */
export function toIngressDoors(object: unknown, service: string): Door[] {
  const parsed = ingressShape.safeParse(object);
  if (!parsed.success) return [];
  const { metadata, spec, status } = parsed.data;
  const [entry] = status?.loadBalancer.ingress ?? [];
  const anyHost = entry?.hostname ?? entry?.ip;
  return spec.rules.flatMap(({ host = anyHost, http }) => {
    const path = http?.paths.find(({ backend }) => backend.service?.name === service)?.path;
    if (host === undefined || path === undefined) return [];
    const scheme = spec.tls.some(({ hosts }) => hosts.length === 0 || hosts.includes(host)) ? "https" : "http";
    const url = `${scheme}://${host.includes(":") ? `[${host}]` : host}${toPlainPath(path)}`;
    return URL.canParse(url) ? [{ kind: "Ingress" as const, namespace: metadata.namespace, name: metadata.name, url }] : [];
  });
}

/** Controllers have patterns of their own (`/kiali(/|$)(.*)`); the plain part before them is where Kiali is. */
function toPlainPath(path: string): string {
  return (/^(?:\/[\w.-]+)*/.exec(path)?.[0] ?? "").replace(/\/$/, "");
}

const routeShape = z.object({
  metadata: metaShape,
  spec: z.object({ host: hostName, path: z.string().catch(""), to: z.object({ kind: z.string().catch("Service"), name: z.string() }), tls: z.unknown() }),
});

/** @returns null when the Route leads elsewhere */
export function toRouteDoor(object: unknown, service: string): Door | null {
  const parsed = routeShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  if (spec.to.kind !== "Service" || spec.to.name !== service) return null;
  const scheme = typeof spec.tls === "object" && spec.tls !== null ? "https" : "http";
  return { kind: "Route", namespace: metadata.namespace, name: metadata.name, url: `${scheme}://${spec.host}${toPlainPath(spec.path)}` };
}
