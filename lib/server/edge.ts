import { isAllowedHost } from "./hosts";

/**
 * What is refused before Next sees a request, pages and files included. Pure: takes what the socket said, gives a refusal or the
 * headers to take away. The rules follow RFC 9110/9112 and the OWASP advice on DNS rebinding; Next itself answers any Host.
 */

export interface EdgeRequest {
  method: string;
  /** The request target as it came. */
  target: string;
  /** Names and values in turn, as Node's rawHeaders. */
  rawHeaders: readonly string[];
}

export interface Refusal {
  status: 400 | 404 | 405 | 413 | 414 | 421 | 426;
  code: string;
  message: string;
}

const METHODS = new Set(["GET", "HEAD", "POST"]);
/** The longest path and query that the page itself makes is under 1 KB. */
const TARGET_LIMIT = 4096;
/** Bodies are at most 16 KB; what announces more need not be read. */
const BODY_LIMIT = 16 * 1024;

/** In which the edge tells handlers the socket's address, since Next does not; what a client sends under this name is stripped. */
export const ADDRESS_HEADER = "x-padlock-address";

/** Headers with which a client could pretend to be a proxy, another user, the edge itself, or Next's own internals. */
const STRIPPED =
  /^(?:forwarded|x-forwarded-.*|x-real-ip|x-middleware-.*|x-nextjs-.*|x-invoke-.*|x-matched-path|x-remote-.*|x-padlock-.*|impersonate-.*|kiali-.*|authorization|content-security-policy.*|next-router-.*|rsc|next-action|next-url|purpose)$/i;

export function checkEdge(request: EdgeRequest, allowedHosts: ReadonlySet<string>): Refusal | null {
  const hosts = valuesOf(request.rawHeaders, "host");
  if (!isAllowedHost(hosts, allowedHosts)) {
    return { status: 421, code: "wrong-host", message: "This address is not one Padlock answers under; open the one it printed when it started." };
  }
  if (!METHODS.has(request.method) || valuesOf(request.rawHeaders, "x-http-method-override").length > 0) {
    return { status: 405, code: "method-not-allowed", message: "Only GET, HEAD and POST are answered." };
  }
  if (request.target.length > TARGET_LIMIT) return { status: 414, code: "bad-request", message: "The address is too long." };
  if (!isPlainTarget(request.target)) return { status: 400, code: "bad-request", message: "The address is not a plain path." };
  // Two ways of saying where a body ends are how requests get smuggled (RFC 9112, 6.1).
  const lengths = valuesOf(request.rawHeaders, "content-length");
  if (lengths.length > 0 && valuesOf(request.rawHeaders, "transfer-encoding").length > 0) {
    return { status: 400, code: "bad-request", message: "A request says the length of its body in one way only." };
  }
  if (Number(lengths[0] ?? 0) > BODY_LIMIT) return { status: 413, code: "too-large", message: `A command has at most ${BODY_LIMIT} bytes.` };
  if (request.target.startsWith("/_next/image")) return { status: 404, code: "not-found", message: "There is nothing here." };
  return null;
}

/** An absolute path whose segments say what they mean: no empty first segment, no dots, no encoded separators, no backslashes or parameters. */
function isPlainTarget(target: string): boolean {
  if (!target.startsWith("/") || target.startsWith("//")) return false;
  const path = target.split(/[?#]/, 1)[0] ?? "";
  if (/[\\;\s]/.test(path) || /%(?:2e|2f|5c|00|25)/i.test(path)) return false;
  return !path.split("/").some((segment) => segment === "." || segment === "..");
}

export function isStrippedHeader(name: string): boolean {
  return STRIPPED.test(name);
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? "");
  }
  return values;
}

/**
 * Headers of every answer. Scripts run only with this answer's nonce; styles may be inline because Cytoscape and React set them on elements.
 * Workers come from our own files.
 */
export function toSecurityHeaders(nonce: string): Record<string, string> {
  return {
    "Content-Security-Policy": toContentSecurityPolicy(nonce),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  };
}

export function toContentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
