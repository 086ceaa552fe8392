import type { KubernetesConnection } from "./connect";
import type { Discovery } from "./discovery";
import { type ResourceType, toPath } from "./paths";

/**
 * Deletes the very object that was seen: one of the same name made since is left alone.
 * @throws NotFoundError, ConflictError (another uid), ForbiddenError and the other errors of a request
 */
export async function deleteObject(
  connection: KubernetesConnection,
  discovery: Discovery,
  resource: ResourceType,
  object: { namespace: string; name: string; uid: string },
): Promise<void> {
  const { group, plural } = resource;
  const version = await discovery.versionOf(resource);
  const path = toPath({ group, version, plural, namespace: object.namespace, name: object.name });
  await connection.request({ method: "DELETE", path, body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: object.uid } } });
}
