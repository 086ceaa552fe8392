import type { KubernetesConnection } from "./connect";
import { toPath } from "./paths";

export interface LogRequest {
  namespace: string;
  pod: string;
  container: string;
  /** Only lines from then on: by the node's clock (RFC 3339), or so many seconds back, which needs no common clock. */
  sinceTime?: string;
  sinceSeconds?: number;
  /** Only so many of the last lines. */
  tailLines?: number;
  signal?: AbortSignal;
}

const MAX_LOG_BYTES = 1024 * 1024;

/**
 * Reads a container's log.
 * @returns its lines, oldest first, without line ends; at most 1 MB
 * @throws NotFoundError, ForbiddenError, InvalidError (no such container), ServerError (the node does not answer), ClusterUnreachableError
 */
export async function readLog(connection: KubernetesConnection, request: LogRequest): Promise<string[]> {
  const { namespace, pod, container, sinceTime, sinceSeconds, tailLines, signal } = request;
  const path = toPath(
    { group: "", version: "v1", plural: "pods", namespace, name: pod, subresource: "log" },
    { container, sinceTime, sinceSeconds: sinceSeconds === undefined ? undefined : Math.max(1, Math.ceil(sinceSeconds)), tailLines, limitBytes: MAX_LOG_BYTES },
  );
  const text = await connection.requestText({ path, maxBytes: MAX_LOG_BYTES + 1024, ...(signal ? { signal } : {}) });
  return text.split("\n").filter((line) => line !== "");
}
