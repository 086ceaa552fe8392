import type { IncomingMessage, ServerResponse } from "node:http";
import { audit } from "../audit";
import type { Entered, Gate } from "./gate";
import { type SignInPage, toHopPage, toSignInPage } from "./page";

/**
 * Stands before every page and file: who has no session gets the sign-in page and nothing else. The API's routes are let by, since their
 * guard asks the gate itself and answers in the API's form.
 * @returns whether the request was answered here
 */
export function answerAtDoor(gate: Gate, request: IncomingMessage, response: ServerResponse): boolean {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  // Static files are the same for everybody; anything else may differ by who asks.
  if (!path.startsWith("/_next/static/")) varyByCookie(response);
  if (path === "/enter") {
    enter(gate, request, response, new URLSearchParams(query));
    return true;
  }
  if (gate.identify(request.headers.cookie) !== null || path.startsWith("/api/")) return false;
  const stale = gate.toStaleCookie(request.headers.cookie);
  if (stale !== null) response.setHeader("set-cookie", stale);
  showPage(request, response, { status: 401, why: stale === null ? "asked" : "ended" });
  return true;
}

/** Next replaces a `Vary` that stands there before it, so this one is added when the headers go out. */
function varyByCookie(response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  response.writeHead = ((...given: unknown[]) => {
    const present = [response.getHeader("vary") ?? []].flat().join(", ");
    if (!/\bcookie\b/i.test(present)) response.setHeader("vary", present === "" ? "Cookie" : `Cookie, ${present}`);
    return writeHead(...given);
  }) as ServerResponse["writeHead"];
}

function enter(gate: Gate, request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
  if (request.method !== "GET") {
    showPage(request, response, { status: 405, why: "method" });
    return;
  }
  // A browser that only guesses where a person will go must not use up the link, nor may one that shows it in a frame or as a picture.
  const destination = request.headers["sec-fetch-dest"];
  if (/prefetch/.test(`${request.headers["sec-purpose"] ?? ""}`) || (destination !== undefined && destination !== "document")) {
    showPage(request, response, { status: 403, why: "not-opened" });
    return;
  }
  const code = query.get("code");
  if (code === null) {
    showPage(request, response, { status: 401, why: "asked" });
    return;
  }
  if (needsHop(request, query)) {
    sendPage(request, response, 200, toHopPage(`/enter?${new URLSearchParams({ code, again: "1" })}`));
    return;
  }
  const address = request.socket.remoteAddress ?? "";
  const entered = gate.enter(code, { address, cookies: request.headers.cookie });
  tell(entered, address);
  if (entered.kind === "in" || entered.kind === "in-already") {
    if (entered.kind === "in") response.setHeader("set-cookie", entered.cookie);
    response.writeHead(303, { location: "/", "cache-control": "no-store", "content-length": 0 }).end();
    return;
  }
  if (entered.kind === "too-many") {
    response.setHeader("retry-after", String(entered.seconds));
    showPage(request, response, { status: 429, why: "too-many", seconds: entered.seconds });
    return;
  }
  showPage(request, response, {
    status: entered.why === "malformed" ? 400 : 401,
    why: entered.why,
    isSignedIn: gate.identify(request.headers.cookie) !== null,
  });
}

/**
 * After a link on somebody else's page (a chat, a calendar) the browser would hold back a `SameSite=Strict` cookie along the whole chain of
 * redirects. A page of our own between begins a new chain. Over plain http to another machine no browser says where a request comes from.
 */
function needsHop(request: IncomingMessage, query: URLSearchParams): boolean {
  if (query.has("again")) return false;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site !== "none" && site !== "same-origin";
  return (request.headers.accept ?? "").includes("text/html");
}

function tell(entered: Entered, address: string): void {
  const session = "session" in entered ? entered.session : null;
  const outcome = entered.kind === "refused" ? entered.why : entered.kind;
  audit({ action: "sign-in", role: session?.role ?? null, session: session?.hash ?? null, address, object: null, outcome });
}

function showPage(request: IncomingMessage, response: ServerResponse, page: SignInPage): void {
  // RFC 9110, 15.5.2 wants the header; no browser knows the scheme, so none asks for a password.
  if (page.status === 401) response.setHeader("www-authenticate", "SignInLink");
  if (page.status === 405) response.setHeader("allow", "GET");
  sendPage(request, response, page.status, toSignInPage(page));
}

function sendPage(request: IncomingMessage, response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(html),
  });
  response.end(request.method === "HEAD" ? undefined : html);
  request.resume();
}
