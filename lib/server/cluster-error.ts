import {
  ClusterUnreachableError,
  ExecError,
  ExecTimeoutError,
  ForbiddenError,
  InvalidError,
  KubernetesError,
  NotFoundError,
  OwnedByManagerError,
  PolicyChangedError,
  TooManyRequestsError,
  UnauthorizedError,
} from "@/lib/kubernetes/errors";
import { NoCurlError } from "@/lib/probe/curl-in-pod";
import { ApiError } from "./api-error";

/** What a command met at the Kubernetes API, as a refusal of ours; the sentences are the error classes' own, which hold no secrets. */
export function toApiError(error: unknown): unknown {
  if (error instanceof PolicyChangedError)
    return new ApiError(
      "changed-meanwhile",
      `${error.message}. Nothing was written; look again and decide anew.`,
      { present: error.present },
      { cause: error },
    );
  if (error instanceof OwnedByManagerError) {
    return new ApiError("owned-by-manager", `${error.message}, which would set it back. Nothing was written.`, { manager: error.manager }, { cause: error });
  }
  if (error instanceof ForbiddenError || error instanceof UnauthorizedError) return new ApiError("forbidden-by-cluster", error.message, {}, { cause: error });
  if (error instanceof InvalidError) return new ApiError("rejected-by-cluster", error.message, {}, { cause: error });
  if (error instanceof NotFoundError) return new ApiError("not-found", error.message, {}, { cause: error });
  if (error instanceof TooManyRequestsError) return new ApiError("source-unavailable", error.message, { retryAfter: error.retryAfter }, { cause: error });
  if (error instanceof NoCurlError) {
    const { namespace, name, container } = error.pod;
    return new ApiError(
      "no-caller",
      `There is no curl in container ${container} of ${namespace}/${name}: choose another caller, or start a probe pod.`,
      {},
      { cause: error },
    );
  }
  if (error instanceof ClusterUnreachableError || error instanceof ExecError || error instanceof ExecTimeoutError || error instanceof KubernetesError) {
    return new ApiError("source-unavailable", error.message, {}, { cause: error });
  }
  return error;
}
