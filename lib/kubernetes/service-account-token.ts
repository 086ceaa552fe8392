import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { BadAnswerError } from "./errors";
import { toPath } from "./paths";
import { reviewAccess } from "./reviews";

export interface ServiceAccountToken {
  token: string;
  /** Epoch ms. */
  expiresAt: number;
}

const answerShape = z.object({ status: z.object({ token: z.string().min(1), expirationTimestamp: z.string() }) });

interface Account {
  namespace: string;
  name: string;
  signal?: AbortSignal;
}

/** Whether this user may ask for tokens of a service account (SelfSubjectAccessReview). @throws the classes of errors.ts */
export async function mayRequestToken(connection: KubernetesConnection, { namespace, name, signal }: Account): Promise<boolean> {
  const question = { verb: "create", group: "", resource: "serviceaccounts", subresource: "token", namespace, name } as const;
  return (await reviewAccess(connection, question, signal)).allowed;
}

/**
 * Asks for a token that the API server itself accepts, and that ends (TokenRequest, authentication.k8s.io/v1).
 * @param seconds how long it should be good; the server may give less or more
 * @throws NotFoundError (no such service account), ForbiddenError, the other classes of errors.ts
 */
export async function requestToken(
  connection: KubernetesConnection,
  { namespace, name, signal, seconds }: Account & { seconds: number },
): Promise<ServiceAccountToken> {
  const path = toPath({ group: "", version: "v1", plural: "serviceaccounts", namespace, name, subresource: "token" });
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: seconds } };
  const answer = answerShape.safeParse(await connection.request({ method: "POST", path, body, ...(signal ? { signal } : {}) }));
  // The answer holds the token, so nothing of it goes into the error.
  if (!answer.success) throw new BadAnswerError("POST", path, "it holds no token");
  const expiresAt = Date.parse(answer.data.status.expirationTimestamp);
  return { token: answer.data.status.token, expiresAt: Number.isNaN(expiresAt) ? Date.now() : expiresAt };
}
