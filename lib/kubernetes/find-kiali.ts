import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { BadAnswerError, ForbiddenError, ForwardError, NotFoundError } from "./errors";
import { type Door, type KialiService, toIngressDoors, toKialiService, toRouteDoor } from "./kiali-objects";
import { RESOURCES, toPath } from "./paths";
import { toPod } from "./pod-objects";

const listShape = z.object({ items: z.array(z.unknown()).nullable() });

/** More would be no mesh but a mistake. */
const MOST = 5;

/** By what a Service is known as Kiali's, surest first (the addon sample, the Helm chart and the operator set all three). */
const MARKS = [{ labelSelector: "app.kubernetes.io/name=kiali" }, { labelSelector: "app=kiali" }, { fieldSelector: "metadata.name=kiali" }] as const;

/**
 * Services that are Kiali's, those in the mesh's root namespace first.
 * @param places where to look when Services of all namespaces may not be listed
 * @returns none when there is none that can be seen
 * @throws the classes of errors.ts, but no ForbiddenError for single places
 */
export async function findKialiServices(
  connection: KubernetesConnection,
  { rootNamespace, places, signal }: { rootNamespace: string; places: readonly string[]; signal?: AbortSignal },
): Promise<KialiService[]> {
  const found = new Map<string, KialiService>();
  for (const mark of MARKS) {
    for (const object of await listServices(connection, mark, [rootNamespace, ...places], signal)) {
      const service = toKialiService(object);
      const key = service === null ? "" : `${service.namespace}/${service.name}`;
      if (service !== null && !found.has(key)) found.set(key, service);
    }
    // A name proves less than a label.
    if (found.size > 0) break;
  }
  const rank = ({ namespace }: KialiService) => (namespace === rootNamespace ? 0 : 1);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1)).slice(0, MOST);
}

async function listServices(
  connection: KubernetesConnection,
  mark: (typeof MARKS)[number],
  places: readonly string[],
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  const { group, plural } = RESOURCES.services;
  try {
    return await list(connection, toPath({ group, version: "v1", plural }, { ...mark, limit: 50 }), signal);
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    const each = [...new Set(places)].map((namespace) =>
      list(connection, toPath({ group, version: "v1", plural, namespace }, { ...mark, limit: 50 }), signal).catch(orNothing),
    );
    return (await Promise.all(each)).flat();
  }
}

/** Ingresses and, on OpenShift, Routes that lead to a Service; none where they cannot be read. */
export async function findDoors(connection: KubernetesConnection, { namespace, name }: KialiService, signal?: AbortSignal): Promise<Door[]> {
  const [ingresses, routes] = await Promise.all([
    list(connection, toPath({ group: "networking.k8s.io", version: "v1", plural: "ingresses", namespace }), signal).catch(orNothing),
    list(connection, toPath({ group: "route.openshift.io", version: "v1", plural: "routes", namespace }), signal).catch(orNothing),
  ]);
  const doors = [...ingresses.flatMap((object) => toIngressDoors(object, name)), ...routes.flatMap((object) => toRouteDoor(object, name) ?? [])];
  return doors.sort((a, b) => Number(b.url.startsWith("https:")) - Number(a.url.startsWith("https:")));
}

export interface KialiPod {
  name: string;
  serviceAccount: string;
  /** The container's port behind the Service's. */
  port: number;
}

/**
 * A ready pod behind a Service.
 * @throws ForwardError when there is none; ForbiddenError and the other classes of errors.ts
 */
export async function findPodBehind(connection: KubernetesConnection, service: KialiService, signal?: AbortSignal): Promise<KialiPod> {
  const { namespace, name, selector, targetPort } = service;
  const where = { namespace, name, port: service.port };
  const labelSelector = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  if (labelSelector === "") throw new ForwardError(where, "the Service selects no pods");
  const objects = await list(connection, toPath({ group: "", version: "v1", plural: "pods", namespace }, { labelSelector }), signal);
  for (const object of objects) {
    const pod = toPod(object);
    const port = typeof targetPort === "number" ? targetPort : toNamedPort(object, targetPort);
    if (pod?.ready && port !== null) return { name: pod.name, serviceAccount: pod.serviceAccount, port };
  }
  throw new ForwardError(where, objects.length === 0 ? "the Service selects no pods" : "none of its pods is ready");
}

const namedShape = z.object({
  spec: z.object({ containers: z.array(z.object({ ports: z.array(z.object({ name: z.string().catch(""), containerPort: z.number() })).catch([]) })) }),
});

function toNamedPort(object: unknown, name: string): number | null {
  const parsed = namedShape.safeParse(object);
  const ports = parsed.success ? parsed.data.spec.containers.flatMap((container) => container.ports) : [];
  return ports.find((port) => port.name === name)?.containerPort ?? null;
}

async function list(connection: KubernetesConnection, path: string, signal: AbortSignal | undefined): Promise<unknown[]> {
  const answer = listShape.safeParse(await connection.request({ path, ...(signal ? { signal } : {}) }));
  if (!answer.success) throw new BadAnswerError("GET", path, "it is not a list", { cause: answer.error });
  // Items of a list do not repeat their kind.
  return answer.data.items ?? [];
}

function orNothing(error: unknown): unknown[] {
  if (error instanceof ForbiddenError || error instanceof NotFoundError) return [];
  throw error;
}
