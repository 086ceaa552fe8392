import type { KubeObject } from "../objects";
import type { ApiContext } from "./api-context";
import { readBody } from "./body";
import { isJsonObject, type JsonObject } from "./json";
import { findPod } from "./pods";
import type { ReadTarget } from "./read";
import { badRequest, notFound, serviceUnavailable } from "./status";
import type { LabStore } from "./store";

const SERVICES = { group: "", plural: "services" };
const ENDPOINT_SLICES = { group: "discovery.k8s.io", plural: "endpointslices" };
const PODS = { group: "", plural: "pods" };

/** Headers that belong to one connection (RFC 9110, 7.6.1), and the credentials, which stay with the API server. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "proxy-authorization",
  "proxy-authenticate",
  "authorization",
  "host",
  "content-length",
]);

interface Address {
  host: string;
  port: number;
}

/**
 * `services/<scheme:name:port>/proxy/…` and `pods/<…>/proxy/…`: the API server calls in plain HTTP, as a program outside the mesh does.
 * @param rest the path at the other end @throws StatusError 400, 404, 503
 */
export async function proxyRequest({ store, dataPlane }: ApiContext, target: ReadTarget, rest: string, request: Request): Promise<Response> {
  const { definition, namespace = "", name = "", parameters } = target;
  const { scheme, id, port } = parseTarget(name);
  if (scheme === "https") throw serviceUnavailable("error trying to reach service: the lab's service proxy speaks plain HTTP only");
  const address = definition.plural === "services" ? toServiceAddress(store, namespace, id, port) : toPodAddress(findPod(store, namespace, id), port);
  const query = parameters.size > 0 ? `?${parameters}` : "";
  const headers = Object.fromEntries([...request.headers].filter(([header]) => !NOT_PASSED_ON.has(header)));
  const body = await readBody(request);
  try {
    const answer = await dataPlane.fetchPlain({ ...address, method: request.method, path: `/${rest}${query}`, headers, ...(body.length > 0 ? { body } : {}) });
    const answered = Object.entries(answer.headers).filter(([header]) => !NOT_PASSED_ON.has(header.toLowerCase()));
    const hasBody = ![204, 205, 304].includes(answer.status);
    return new Response(hasBody ? Buffer.from(answer.body) : null, { status: answer.status, headers: answered });
  } catch (cause) {
    throw serviceUnavailable(`error trying to reach service: ${toGoNetworkError(cause, address)}`, { cause });
  }
}

function parseTarget(name: string): { scheme: string; id: string; port: string } {
  const parts = name.split(":");
  if (parts.length > 3 || parts.length === 0) throw badRequest(`invalid proxy request ${JSON.stringify(name)}`);
  const [scheme = "", id = "", port = ""] = parts.length === 3 ? parts : ["", ...parts];
  return { scheme, id, port };
}

const toObjects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

function toServiceAddress(store: LabStore, namespace: string, name: string, port: string): Address {
  const service = store.get(SERVICES, namespace, name);
  if (!service) throw notFound(SERVICES, name);
  const ports = toObjects(service.spec?.ports);
  const servicePort = port === "" && ports.length === 1 ? ports[0] : ports.find((candidate) => candidate.name === port || String(candidate.port) === port);
  if (!servicePort) throw serviceUnavailable(`no service port ${port === "" ? '""' : port} found for service ${JSON.stringify(name)}`);
  const elsewhere = service.spec?.selector === undefined ? findEndpoint(store, namespace, name, String(servicePort.name ?? "")) : undefined;
  if (elsewhere) return elsewhere;
  const pod = findReadyPod(store, namespace, service);
  if (!pod) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return { host: String(pod.status?.podIP), port: toTargetPort(pod, servicePort.targetPort ?? servicePort.port) };
}

/** A Service without selector leads where somebody's EndpointSlice says. */
function findEndpoint(store: LabStore, namespace: string, service: string, portName: string): Address | undefined {
  const slices = store.list(ENDPOINT_SLICES, namespace).filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service);
  for (const { endpoints, ports } of slices) {
    const [endpoint] = toObjects(endpoints);
    const host = Array.isArray(endpoint?.addresses) ? endpoint.addresses[0] : undefined;
    const port = toObjects(ports).find(({ name = "" }) => name === portName)?.port;
    if (typeof host === "string" && typeof port === "number") return { host, port };
  }
  return undefined;
}

function findReadyPod(store: LabStore, namespace: string, service: KubeObject): KubeObject | undefined {
  const selector = isJsonObject(service.spec?.selector) ? Object.entries(service.spec.selector) : [];
  if (selector.length === 0) return undefined;
  return store.list(PODS, namespace).find(({ metadata, status }) => {
    const isSelected = selector.every(([key, value]) => metadata.labels?.[key] === value);
    return isSelected && typeof status?.podIP === "string" && toObjects(status.conditions).some(({ type, status: is }) => type === "Ready" && is === "True");
  });
}

/** A target port may be the name of a container's port. */
function toTargetPort(pod: KubeObject, targetPort: unknown): number {
  if (typeof targetPort === "number") return targetPort;
  const named = toObjects(pod.spec?.containers)
    .flatMap(({ ports }) => toObjects(ports))
    .find(({ name }) => name === targetPort);
  return Number(named?.containerPort ?? targetPort);
}

function toPodAddress(pod: KubeObject, port: string): Address {
  if (typeof pod.status?.podIP !== "string") throw badRequest(`address not allowed`);
  const first = toObjects(pod.spec?.containers).flatMap(({ ports }) => toObjects(ports))[0]?.containerPort;
  return { host: pod.status.podIP, port: port === "" ? Number(first ?? 80) : toTargetPort(pod, /^\d+$/.test(port) ? Number(port) : port) };
}

/** The same failure in the words of Go's net package, which is what a client of the real service proxy sees. */
function toGoNetworkError(error: unknown, { host, port }: Address): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ECONNRESET") return `read tcp ${host}:${port}: read: connection reset by peer`;
  if (code === "ECONNREFUSED") return `dial tcp ${host}:${port}: connect: connection refused`;
  if (code === "ETIMEDOUT") return `dial tcp ${host}:${port}: i/o timeout`;
  return error instanceof Error ? error.message : String(error);
}
