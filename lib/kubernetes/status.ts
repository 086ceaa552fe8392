import { z } from "zod";
import {
  type ApiError,
  type ApiFailure,
  ConflictError,
  type Denied,
  type FieldConflict,
  ForbiddenError,
  GoneError,
  InvalidError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  UnauthorizedError,
} from "./errors";

const text = z.string().catch("");

/** The parts of a `Status` (meta/v1) that decide what went wrong; everything is optional on the wire. */
const statusShape = z.object({
  kind: z.literal("Status"),
  message: text,
  reason: text,
  code: z.number().catch(0),
  details: z
    .object({
      name: text,
      kind: text,
      retryAfterSeconds: z.number().optional().catch(undefined),
      causes: z.array(z.object({ reason: text, message: text, field: text })).catch([]),
    })
    .catch({ name: "", kind: "", causes: [] }),
});
export type Status = z.infer<typeof statusShape>;

/** @returns null when the value is not a Status */
export function parseStatus(value: unknown): Status | null {
  const parsed = statusShape.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** @param body text of an answer */
export function isStatus(body: string): boolean {
  return parseStatus(parseJson(body)) !== null;
}

export interface RefusedAnswer {
  method: string;
  path: string;
  httpStatus: number;
  /** Value of the Retry-After header, when there was one. */
  retryAfter?: string;
  /** The body as text; a Status in JSON or, for paths the server does not know, a plain sentence. */
  body: string;
}

const NOT_STATUS: Status = { kind: "Status", message: "", reason: "", code: 0, details: { name: "", kind: "", causes: [] } };

/** Turns an answer that is not a success into the error that names what happened. */
export function toApiError(answer: RefusedAnswer): ApiError {
  return toError(answer, parseStatus(parseJson(answer.body)));
}

/** The same for a Status that came as an event of a watch, under HTTP 200. */
export function toEventError(request: { method: string; path: string }, value: unknown): ApiError {
  const status = parseStatus(value);
  return toError({ ...request, httpStatus: status?.code || 500, body: "" }, status);
}

function toError(answer: RefusedAnswer, found: Status | null): ApiError {
  const status = found === null ? NOT_STATUS : { ...found, message: withMissingRight(answer.path, found.message) };
  const { httpStatus } = answer;
  const failure: ApiFailure = {
    method: answer.method,
    path: answer.path,
    httpStatus,
    reason: status.reason,
    message: status.message || oneLine(answer.body) || `HTTP ${httpStatus}`,
  };
  const waitSeconds = status.details.retryAfterSeconds ?? toSeconds(answer.retryAfter);
  if (httpStatus === 401) return new UnauthorizedError(failure);
  if (httpStatus === 403) return new ForbiddenError(failure, toDenied(status));
  if (httpStatus === 404) {
    const { kind, name } = status.details;
    return new NotFoundError(failure, kind !== "" && name !== "" ? { resource: kind, name } : null);
  }
  if (httpStatus === 409 && status.reason !== "MethodNotAllowed") return toConflict(failure, status);
  if (httpStatus === 410) return new GoneError(failure);
  if (httpStatus === 429) return new TooManyRequestsError(failure, waitSeconds ?? 1);
  if (httpStatus >= 500) return new ServerError(failure, waitSeconds ?? null);
  return new InvalidError(failure, status.details.causes);
}

function toConflict(failure: ApiFailure, status: Status): ConflictError {
  if (status.reason === "AlreadyExists") return new ConflictError(failure, "exists", []);
  const managers = new Map<string, FieldConflict>();
  for (const cause of status.details.causes) {
    // `conflict with "kubectl-client-side-apply" using security.istio.io/v1`; "using" is left out for owners by server-side apply.
    const manager = cause.reason === "FieldManagerConflict" ? /^conflict with "([^"]*)"/.exec(cause.message)?.[1] : undefined;
    if (manager === undefined) continue;
    const known = managers.get(manager);
    if (known) known.fields.push(cause.field);
    else managers.set(manager, { manager, fields: [cause.field] });
  }
  return managers.size > 0 ? new ConflictError(failure, "field-managers", [...managers.values()]) : new ConflictError(failure, "stale", []);
}

/**
 * Before a WebSocket to a pod the API server asks for `create` beside `get`, and says nothing after the colon when that is missing
 * (since 1.35, AuthorizePodWebsocketUpgradeCreatePermission; seen on 1.35.4).
 */
function withMissingRight(path: string, message: string): string {
  const [, namespace, kind] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/[^/]+\/(exec|portforward)(?:\?|$)/.exec(path) ?? [];
  if (kind === undefined || !/ is forbidden:\s*$/.test(message)) return message;
  return `${message.trimEnd()} this user cannot create resource "pods/${kind}" in API group "" in the namespace "${namespace}", which a WebSocket needs beside get`;
}

/** Reads the sentence of the API server's authorizer (k8s.io/apiserver, handlers/responsewriters/errors.go). */
function toDenied(status: Status): Denied {
  const { message } = status;
  const what = /cannot (\S+) resource "([^"]+)"/.exec(message);
  return {
    user: /User "([^"]*)"/.exec(message)?.[1] ?? null,
    verb: what?.[1] ?? null,
    resource: what?.[2] ?? (status.details.kind || null),
    group: /in API group "([^"]*)"/.exec(message)?.[1] ?? null,
    namespace: /in the namespace "([^"]*)"/.exec(message)?.[1] ?? null,
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function oneLine(body: string): string {
  return body.replace(/\s+/g, " ").trim().slice(0, 300);
}

/** Retry-After as seconds or as an HTTP date (RFC 9110, 10.2.3). */
function toSeconds(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
