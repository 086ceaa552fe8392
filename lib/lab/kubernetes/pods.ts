import type { KubeObject } from "../objects";
import { isJsonObject } from "./json";
import { badRequest, notFound } from "./status";
import type { LabStore } from "./store";

const PODS = { group: "", plural: "pods" };

/** @throws StatusError 404 */
export function findPod(store: LabStore, namespace: string | undefined, name: string): KubeObject {
  const pod = store.get(PODS, namespace, name);
  if (!pod) throw notFound(PODS, name);
  return pod;
}

export function toContainerNames(pod: KubeObject, field: "containers" | "initContainers" = "containers"): string[] {
  const containers = pod.spec?.[field];
  return Array.isArray(containers) ? containers.filter(isJsonObject).flatMap(({ name }) => (typeof name === "string" ? [name] : [])) : [];
}

/**
 * The container a request is about.
 * @param otherwise which one when none is named and there are several; without it the request is refused
 * @throws StatusError 400, in the texts of registry/core/pod
 */
export function toContainer(pod: KubeObject, asked: string | null, otherwise?: (names: string[]) => string | undefined): string {
  const { name } = pod.metadata;
  const [names, initNames] = [toContainerNames(pod), toContainerNames(pod, "initContainers")];
  if (asked) {
    if (names.includes(asked) || initNames.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const container = names.length === 1 ? names[0] : otherwise?.(names);
  if (container) return container;
  const choice = names.length > 0 ? `, choose one of: [${names.join(" ")}]` : "";
  throw badRequest(
    `a container name must be specified for pod ${name}${choice}${initNames.length > 0 ? ` or one of the init containers: [${initNames.join(" ")}]` : ""}`,
  );
}

/** The annotation decides when it names a container of the pod, else the first one. */
export function toDefaultContainer(pod: KubeObject): (names: string[]) => string | undefined {
  const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  return (names) => (annotated !== undefined && names.includes(annotated) ? annotated : names[0]);
}
