import type { KubernetesConnection } from "./connect";
import type { Discovery } from "./discovery";
import { type ResourceType, toPath } from "./paths";

/**
 * Deletes the very object that was seen: one of the same name made since is left alone, and with a version one that was changed since, too.
 * @throws NotFoundError, ConflictError (another uid or version), ForbiddenError and the other errors of a request
 */
export async function deleteObject(
  connection: KubernetesConnection,
  discovery: Discovery,
  resource: ResourceType,
  object: { namespace: string; name: string; uid: string; resourceVersion?: string },
): Promise<void> {
  const { group, plural } = resource;
  const version = await discovery.versionOf(resource);
  const path = toPath({ group, version, plural, namespace: object.namespace, name: object.name });
  const preconditions = { uid: object.uid, resourceVersion: object.resourceVersion };
  await connection.request({ method: "DELETE", path, body: { apiVersion: "v1", kind: "DeleteOptions", preconditions } });
}
