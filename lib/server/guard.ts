import { randomUUID } from "node:crypto";
import type * as z from "zod/mini";
import type { ApiErrorBody } from "@/lib/api/errors";
import { ApiError, isApiError } from "./api-error";
import { isAllowedHost } from "./hosts";
import { readJsonBody } from "./json-body";
import { logLine } from "./log";
import { getRuntime, type Runtime } from "./runtime";

/**
 * The one guard around every route handler: allowed Host, method, same origin for writes and streams, JSON of at most 16 KB that fits its
 * schema, a limit on writes, typed errors. `lib/server/guard.test.ts` lists all routes and finds none without it.
 */

export const GUARDED = Symbol.for("padlock.guarded");

type Handler = (request: Request) => Promise<Response>;
type Answer = Response | object | null;

export interface GuardedRoutes<S extends z.core.$ZodType> {
  get?: (context: { request: Request; url: URL; runtime: Runtime }) => Promise<Answer> | Answer;
  post?: { body: S; handle: (context: { request: Request; runtime: Runtime; body: z.output<S> }) => Promise<Answer> | Answer };
  /** Writes that only tell of the page itself do not count towards the limit on commands. */
  unlimited?: boolean;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

export function guard<S extends z.core.$ZodType>(routes: GuardedRoutes<S>): Record<(typeof METHODS)[number], Handler> {
  const handler: Handler = async (request) => {
    const requestId = randomUUID();
    try {
      return toResponse(await answer(routes, request));
    } catch (error) {
      return toErrorResponse(error, requestId, request);
    }
  };
  Object.defineProperty(handler, GUARDED, { value: true });
  return Object.fromEntries(METHODS.map((method) => [method, handler])) as Record<(typeof METHODS)[number], Handler>;
}

async function answer<S extends z.core.$ZodType>(routes: GuardedRoutes<S>, request: Request): Promise<Answer> {
  const runtime = await getRuntime();
  const host = request.headers.get("host");
  if (!isAllowedHost(host === null ? [] : [host], runtime.allowedHosts)) {
    throw new ApiError("wrong-host", "This address is not one Padlock answers under; open the one it printed when it started.");
  }
  if (runtime.closing) throw new ApiError("shutting-down", "Padlock is ending.", { retryAfter: 5 });
  const allowed = [...(routes.get ? ["GET", "HEAD"] : []), ...(routes.post ? ["POST"] : [])];
  if (!allowed.includes(request.method)) throw new ApiError("method-not-allowed", `Only ${allowed.join(", ")} is answered here.`);
  checkSameOrigin(request, host ?? "");
  if (request.method === "POST" && routes.post !== undefined) {
    const body = await readJsonBody(request, routes.post.body);
    if (routes.unlimited !== true) runtime.commandLimit.take();
    return routes.post.handle({ request, runtime, body });
  }
  if (routes.get === undefined) throw new ApiError("method-not-allowed", "Nothing to read here.");
  return routes.get({ request, url: new URL(request.url), runtime });
}

/** Browsers mark where a request comes from (Fetch Metadata); programs without a browser send neither header and are not a cross-site risk. */
function checkSameOrigin(request: Request, host: string): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const sameSite = site === null || site === "same-origin" || (site === "none" && request.method !== "POST");
  const sameOrigin = origin === null || origin === `http://${host}`;
  if (!sameSite || !sameOrigin) throw new ApiError("cross-origin", "Only Padlock's own page may ask for this.");
}

function toResponse(value: Answer): Response {
  if (value instanceof Response) return value;
  if (value === null) return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
  return Response.json(value, { headers: { "cache-control": "no-store" } });
}

function toErrorResponse(error: unknown, requestId: string, request: Request): Response {
  const known = isApiError(error) ? error : new ApiError("internal", "Padlock failed at this; the log has more under the id.", {}, { cause: error });
  if (known.status >= 500) logLine("error", { requestId, method: request.method, path: new URL(request.url).pathname, error });
  const body: ApiErrorBody = { error: { code: known.code, message: known.message, requestId, ...known.facts } };
  const headers = new Headers({ "cache-control": "no-store" });
  if (known.facts.retryAfter !== undefined) headers.set("retry-after", String(known.facts.retryAfter));
  return Response.json(body, { status: known.status, headers });
}
