import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { BadAnswerError, NotFoundError } from "./errors";

export interface AccessQuestion {
  verb: "get" | "list" | "watch" | "create" | "patch" | "delete";
  group: string;
  /** Plural. */
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

const accessShape = z.object({ status: z.object({ allowed: z.boolean(), reason: z.string().catch("") }) });
const selfShape = z.object({ status: z.object({ userInfo: z.object({ username: z.string(), groups: z.array(z.string()).catch([]) }) }) });

/** Asks whether this user may do something (SelfSubjectAccessReview); needs no rights of its own. */
export async function reviewAccess(
  connection: KubernetesConnection,
  question: AccessQuestion,
  signal?: AbortSignal,
): Promise<{ allowed: boolean; reason: string }> {
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes: question } };
  const answer = accessShape.safeParse(await connection.request({ method: "POST", path, body, ...(signal ? { signal } : {}) }));
  if (!answer.success) throw new BadAnswerError("POST", path, "it is not a review", { cause: answer.error });
  return answer.data.status;
}

/** Who the API server takes this user for (SelfSubjectReview). @returns null from servers before 1.28, which cannot be asked */
export async function reviewSelf(connection: KubernetesConnection, signal?: AbortSignal): Promise<{ username: string; groups: string[] } | null> {
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  try {
    const answer = selfShape.safeParse(await connection.request({ method: "POST", path, body, ...(signal ? { signal } : {}) }));
    if (!answer.success) throw new BadAnswerError("POST", path, "it is not a review", { cause: answer.error });
    return answer.data.status.userInfo;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
