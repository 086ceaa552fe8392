import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { BadAnswerError, NotFoundError } from "./errors";
import { toPath } from "./paths";
import { FIELD_MANAGER } from "./policies";

const PODS = { group: "", version: "v1", plural: "pods" } as const;
const storedShape = z.object({ metadata: z.object({ uid: z.string() }) });

/**
 * Creates a pod that belongs to no controller.
 * @returns the stored object, after admission, and its uid
 * @throws ConflictError (`exists`), ForbiddenError (RBAC, Pod Security or a quota), InvalidError and the other errors of a request
 */
export async function createPod(
  connection: KubernetesConnection,
  manifest: { metadata: { namespace: string } },
  signal?: AbortSignal,
): Promise<{ uid: string; object: unknown }> {
  const path = toPath({ ...PODS, namespace: manifest.metadata.namespace }, { fieldManager: FIELD_MANAGER, fieldValidation: "Strict" });
  const object = await connection.request({ method: "POST", path, body: manifest, ...(signal ? { signal } : {}) });
  return { uid: toUid("POST", path, object), object };
}

/** @returns null when there is no such pod @throws the other errors of a request */
export async function readPod(
  connection: KubernetesConnection,
  { namespace, name }: { namespace: string; name: string },
  signal?: AbortSignal,
): Promise<{ uid: string; object: unknown } | null> {
  const path = toPath({ ...PODS, namespace, name });
  try {
    const object = await connection.request({ path, ...(signal ? { signal } : {}) });
    return { uid: toUid("GET", path, object), object };
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

function toUid(method: string, path: string, object: unknown): string {
  const stored = storedShape.safeParse(object);
  if (!stored.success) throw new BadAnswerError(method, path, "it is not a stored Pod", { cause: stored.error });
  return stored.data.metadata.uid;
}
