import { KialiBadAnswer, KialiUnreachable } from "@/lib/kiali/errors";
import type { KialiFetch, KialiResponse } from "@/lib/kiali/exchange";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { ApiError, BadAnswerError, KubernetesError } from "@/lib/kubernetes/errors";
import type { KialiService } from "@/lib/kubernetes/kiali-objects";
import type { ForwardedAnswer } from "@/lib/kubernetes/read-answer";

/** As much as Kiali may answer, bytes (lib/kiali has the same limit for every way). */
const MAX_BYTES = 8 * 1024 * 1024;
/** lib/kiali ends its questions itself; this only keeps one from staying for ever, ms. */
const TIMEOUT_MS = 60_000;

/** The path of the API server's service proxy, without a slash at the end. */
export function toProxyPath({ namespace, name, port }: KialiService, scheme: "http" | "https"): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${scheme}:${encodeURIComponent(name)}:${port}/proxy`;
}

/**
 * Fetch through the API server's service proxy. It keeps the Authorization header to itself, and puts its own path before that of a
 * redirection, which is taken away again, so that whoever asks sees Kiali's own answer.
 */
export function createProxyFetch(connection: KubernetesConnection, proxyPath: string): KialiFetch {
  return async (url, { method, headers, body, signal }) => {
    const { pathname, search } = new URL(url);
    const passedOn = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
    try {
      const answer = await connection.forward({
        method,
        path: `${proxyPath}${pathname}${search}`,
        headers: passedOn,
        signal,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
        ...(body === undefined ? {} : { text: body, contentType: headers["content-type"] ?? "application/octet-stream" }),
      });
      return toResponse(answer, proxyPath);
    } catch (error) {
      throw toKialiFailure(error);
    }
  };
}

function toResponse({ status, headers, body }: ForwardedAnswer, proxyPath: string): KialiResponse {
  const get = (name: string) => {
    const value = headers[name];
    return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
  };
  const cookies = headers["set-cookie"] ?? [];
  let rest: Uint8Array | null = body;
  return {
    status,
    headers: {
      get: (name) => (name === "location" ? toOwnLocation(get("location"), proxyPath) : get(name)),
      getSetCookie: () => (Array.isArray(cookies) ? cookies : [cookies]),
    },
    body: {
      getReader: () => ({
        async read() {
          const value = rest;
          rest = null;
          return value === null ? { done: true } : { done: false, value };
        },
        cancel: async () => undefined,
      }),
    },
  };
}

function toOwnLocation(location: string | null, proxyPath: string): string | null {
  if (location === null) return null;
  const at = location.indexOf(`${proxyPath}/`);
  return at < 0 ? location : location.slice(at + proxyPath.length);
}

/** What the API server itself says of it: no right to use the proxy, no such Service, nobody behind it. */
function toKialiFailure(error: unknown): unknown {
  if (error instanceof BadAnswerError) return new KialiBadAnswer(`Kiali's answer through the API server cannot be used: ${error.message}`, { cause: error });
  if (error instanceof ApiError) return new KialiUnreachable(`the API server says: ${error.message}`, `HTTP_${error.httpStatus}`, { cause: error });
  if (error instanceof KubernetesError) return new KialiUnreachable(error.message, "NO_API_SERVER", { cause: error });
  return error;
}
