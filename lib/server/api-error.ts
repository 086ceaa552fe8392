import type { ApiErrorBody, ApiErrorCode } from "@/lib/api/errors";

const BRAND = Symbol.for("padlock.api-error");

const STATUS: Record<ApiErrorCode, number> = {
  "bad-request": 400,
  "not-signed-in": 401,
  "read-only": 403,
  "key-reused": 409,
  "not-a-lab-namespace": 403,
  "wrong-host": 421,
  "cross-origin": 403,
  "not-found": 404,
  "method-not-allowed": 405,
  "request-timeout": 408,
  "changed-meanwhile": 409,
  "confirm-target": 409,
  "owned-by-manager": 409,
  "already-running": 409,
  "too-large": 413,
  "unsupported-media-type": 415,
  "too-many": 429,
  "forbidden-by-cluster": 403,
  "rejected-by-cluster": 422,
  "refused-by-kiali": 422,
  "no-caller": 409,
  "no-target": 409,
  "source-unavailable": 503,
  "shutting-down": 503,
  internal: 500,
};

export type ApiErrorFacts = Pick<ApiErrorBody["error"], "present" | "manager" | "retryAfter">;

/** A refusal with a code for programs and a sentence a person can act on. The message is sent as it is: no secrets, no upstream bodies. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly [BRAND] = true;
  constructor(
    readonly code: ApiErrorCode,
    message: string,
    readonly facts: ApiErrorFacts = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get status(): number {
    return STATUS[this.code];
  }
}

/** Next loads a module once per bundle, so `instanceof` would miss errors of the other copy; the brand does not. */
export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && BRAND in value;
}
