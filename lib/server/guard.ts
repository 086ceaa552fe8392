import { randomUUID } from "node:crypto";
import type * as z from "zod/mini";
import type { ApiErrorBody } from "@/lib/api/errors";
import type { Role } from "@/lib/api/session";
import { TARGET_HEADER, toTargetKey } from "@/lib/api/target-key";
import { ApiError, isApiError } from "./api-error";
import { audit, toAuditObject } from "./audit";
import { ADDRESS_HEADER } from "./edge";
import { isAllowedHost } from "./hosts";
import { readJsonBody } from "./json-body";
import { logLine } from "./log";
import { redact } from "./redact";
import { getRuntime, type Runtime } from "./runtime";
import type { Session } from "./sign-in/sessions";

/**
 * The one guard around every route handler: allowed Host, method, same origin for writes and streams, a session, JSON of at most 16 KB that
 * fits its schema, the role, the cluster it is meant for, a limit on writes, one answer a key, a line in the audit log, typed errors. `lib/server/guard.test.ts` lists all routes and finds none without it.
 */

export const GUARDED = Symbol.for("padlock.guarded");

/** Names a command that may arrive twice. */
const KEY_HEADER = "idempotency-key";

type Handler = (request: Request) => Promise<Response>;
type Answer = Response | object | null;

export interface GuardedRoutes<S extends z.core.$ZodType> {
  get?: (context: { request: Request; url: URL; runtime: Runtime; session: Session }) => Promise<Answer> | Answer;
  /** Who may read; a viewer unless said otherwise. */
  reads?: Role;
  post?: { body: S; handle: (context: { request: Request; runtime: Runtime; session: Session; body: z.output<S> }) => Promise<Answer> | Answer };
  /** Who may write; an instructor unless said otherwise. */
  writes?: Role;
  /** Writes that touch no cluster; all others name the one they are meant for. */
  anyTarget?: boolean;
  /** Writes that only tell of the page itself do not count towards the limit on commands. */
  unlimited?: boolean;
  /** Writes that change nothing for anybody are not told of. */
  unaudited?: boolean;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

export function guard<S extends z.core.$ZodType>(routes: GuardedRoutes<S>): Record<(typeof METHODS)[number], Handler> {
  const handler: Handler = async (request) => {
    const requestId = randomUUID();
    const told: Told = { session: null, body: null };
    let response: Response;
    let outcome = "done";
    try {
      response = await answer(routes, request, told);
    } catch (error) {
      response = toErrorResponse(error, requestId, request);
      outcome = isApiError(error) ? error.code : "internal";
    }
    // The same address answers a viewer, an instructor and nobody differently.
    response.headers.set("vary", "Cookie");
    if (request.method !== "GET" && request.method !== "HEAD" && routes.unaudited !== true) {
      audit({
        action: new URL(request.url).pathname,
        role: told.session?.role ?? null,
        session: told.session?.hash ?? null,
        address: request.headers.get(ADDRESS_HEADER) ?? "",
        object: toAuditObject(told.body),
        outcome,
        requestId,
      });
    }
    return response;
  };
  Object.defineProperty(handler, GUARDED, { value: true });
  return Object.fromEntries(METHODS.map((method) => [method, handler])) as Record<(typeof METHODS)[number], Handler>;
}

/** What is known of a command by the time it succeeds or fails. */
interface Told {
  session: Session | null;
  body: unknown;
}

async function answer<S extends z.core.$ZodType>(routes: GuardedRoutes<S>, request: Request, told: Told): Promise<Response> {
  const runtime = await getRuntime();
  const host = request.headers.get("host");
  if (!isAllowedHost(host === null ? [] : [host], runtime.allowedHosts)) {
    throw new ApiError("wrong-host", "This address is not one Padlock answers under; open the one it printed when it started.");
  }
  if (runtime.closing) throw new ApiError("shutting-down", "Padlock is ending.", { retryAfter: 5 });
  const allowed = [...(routes.get ? ["GET", "HEAD"] : []), ...(routes.post ? ["POST"] : [])];
  if (!allowed.includes(request.method)) throw new ApiError("method-not-allowed", `Only ${allowed.join(", ")} is answered here.`);
  checkSameOrigin(request, host ?? "");
  const session = runtime.gate.identify(request.headers.get("cookie"));
  if (session === null) throw new ApiError("not-signed-in", "Nobody is signed in here, or the session has ended. Open a sign-in link.");
  told.session = session;
  session.take();
  const { post } = routes;
  if (request.method === "POST" && post !== undefined) {
    const body = await readJsonBody(request, post.body);
    told.body = body;
    checkRole(session, routes.writes ?? "instructor");
    if (routes.anyTarget !== true) checkTarget(request, runtime.target);
    if (routes.unlimited !== true) runtime.commandLimit.take();
    const scope = `${session.hash} ${new URL(request.url).pathname}`;
    return runtime.replays.once(request.headers.get(KEY_HEADER), scope, body, async () => toResponse(await post.handle({ request, runtime, session, body })));
  }
  if (routes.get === undefined) throw new ApiError("method-not-allowed", "Nothing to read here.");
  checkRole(session, routes.reads ?? "viewer");
  return toResponse(await routes.get({ request, url: new URL(request.url), runtime, session }));
}

/**
 * A page that was opened on one cluster must never change another: on a real one every command names it, and on the lab those that name one.
 * @throws ApiError confirm-target
 */
function checkTarget(request: Request, target: Runtime["target"]): void {
  const named = request.headers.get(TARGET_HEADER);
  const key = toTargetKey(target);
  if (named === key || (named === null && target.kind === "lab")) return;
  const what = named === null ? "This changes a real cluster and names none" : "This was meant for another cluster";
  throw new ApiError(
    "confirm-target",
    `${what}; nothing was done. Padlock talks to context ${target.context} at ${target.server} as ${target.user || "nobody"}. Who means that one says so in the header ${TARGET_HEADER}: ${key}`,
  );
}

/** @throws ApiError read-only */
export function checkRole(session: Session, needed: Role): void {
  if (needed === "instructor" && session.role !== "instructor") {
    throw new ApiError("read-only", "This link is read only: it may look, not change anything. An instructor's link may.");
  }
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
  const body: ApiErrorBody = { error: { code: known.code, message: redact(known.message), requestId, ...known.facts } };
  const headers = new Headers({ "cache-control": "no-store" });
  if (known.status === 401) headers.set("www-authenticate", "SignInLink");
  if (known.facts.retryAfter !== undefined) headers.set("retry-after", String(known.facts.retryAfter));
  return Response.json(body, { status: known.status, headers });
}
