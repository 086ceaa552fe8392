import type { ResourceKey } from "../objects";

export interface StatusCause {
  reason?: string;
  message: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
}

/** meta/v1 Status, the body of every answer that is not an object. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, never>;
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** A request the API server refuses; reason and details are those of k8s.io/apimachinery `api/errors`. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  constructor(
    readonly code: number,
    readonly reason: string | undefined,
    message: string,
    readonly details?: StatusDetails,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

export type FieldErrorReason =
  | "FieldValueInvalid"
  | "FieldValueTypeInvalid"
  | "FieldValueNotSupported"
  | "FieldValueRequired"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueForbidden";

/** One thing wrong with one field; `message` starts with the kind of wrong ("Invalid value: …"), as field.Error prints it. */
export interface FieldError {
  reason: FieldErrorReason;
  field: string;
  message: string;
}

export function toQualifiedResource({ group, plural }: ResourceKey): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function toDetails(resource: ResourceKey, name: string): StatusDetails {
  return { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural };
}

export const badRequest = (message: string, options?: ErrorOptions) => new StatusError(400, "BadRequest", message, undefined, options);

export const unauthorized = () => new StatusError(401, "Unauthorized", "Unauthorized");

export const notFound = (resource: ResourceKey, name: string) =>
  new StatusError(404, "NotFound", `${toQualifiedResource(resource)} "${name}" not found`, toDetails(resource, name));

export const alreadyExists = (resource: ResourceKey, name: string) =>
  new StatusError(409, "AlreadyExists", `${toQualifiedResource(resource)} "${name}" already exists`, toDetails(resource, name));

export const methodNotAllowed = () => new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});

export const notAcceptable = (accepted: readonly string[]) =>
  new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);

export const unsupportedMediaType = (accepted: readonly string[]) =>
  new StatusError(415, "UnsupportedMediaType", `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`);

export const tooLarge = (limit: number) => new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);

export const serviceUnavailable = (message: string, options?: ErrorOptions) => new StatusError(503, "ServiceUnavailable", message, undefined, options);

/** How the API server words an error that carries no status of its own. */
export const plainFailure = (message: string) => new StatusError(500, undefined, message);

export const internalError = (cause: unknown) => {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new StatusError(500, "InternalError", `Internal error occurred: ${words}`, { causes: [{ message: words }] }, { cause });
};

export const expired = (message: string) => new StatusError(410, "Expired", message);

/** An optimistic lock that failed: the writer's resourceVersion is not the stored one. */
export const modifiedMeanwhile = (resource: ResourceKey, name: string) =>
  conflict(
    toQualifiedResource(resource),
    toDetails(resource, name),
    "the object has been modified; please apply your changes to the latest version and try again",
  );

/** A precondition of a delete that failed; these name the kind, not the plural. */
export const preconditionFailed = (kind: string, group: string, name: string, why: string) =>
  conflict(group ? `${kind}.${group}` : kind, { name, ...(group ? { group } : {}), kind }, why);

function conflict(what: string, details: StatusDetails, why: string): StatusError {
  return new StatusError(409, "Conflict", `Operation cannot be fulfilled on ${what} "${details.name}": ${why}`, details);
}

/** 422 with one cause for each field error. */
export function invalid(kind: string, group: string, name: string, errors: readonly FieldError[]): StatusError {
  const lines = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const message = `${group ? `${kind}.${group}` : kind} "${name}" is invalid: ${lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`}`;
  const causes = errors.map(({ reason, message: text, field }) => ({ reason, message: text, field }));
  return new StatusError(422, "Invalid", message, { ...(name ? { name } : {}), ...(group ? { group } : {}), ...(kind ? { kind } : {}), causes });
}
