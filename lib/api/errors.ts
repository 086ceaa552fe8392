/** Every refusal has this shape: a code for programs, a sentence a person can act on, and an id to find it in the log. */
export interface ApiErrorBody {
  error: {
    code: ApiErrorCode;
    message: string;
    requestId: string;
    /** For 409: what is there now. */
    present?: { name: string; uid: string; resourceVersion: string; mode: string | null } | null;
    /** For `owned-by-manager`: who owns the field; repeating the request with `takeOverFrom` takes it over. */
    manager?: string;
    /** Seconds to wait, for 429 and 503. */
    retryAfter?: number;
  };
}

export const API_ERROR_CODES = [
  "bad-request",
  "not-signed-in",
  "read-only",
  "key-reused",
  "not-a-lab-namespace",
  "wrong-host",
  "cross-origin",
  "not-found",
  "method-not-allowed",
  "request-timeout",
  "changed-meanwhile",
  "confirm-target",
  "owned-by-manager",
  "already-running",
  "too-large",
  "unsupported-media-type",
  "too-many",
  "forbidden-by-cluster",
  "rejected-by-cluster",
  "refused-by-kiali",
  "no-caller",
  "no-target",
  "source-unavailable",
  "shutting-down",
  "internal",
] as const;
export type ApiErrorCode = (typeof API_ERROR_CODES)[number];
