import type { CallOutcome } from "./calls";

/** How curl ended in a pod. */
export interface CurlResult {
  exit: number;
  /** 0, `000` or null when there was no answer. */
  httpCode: number | null;
  message: string | null;
}

/** The connection was accepted and then broken off, or the TLS handshake was: how a proxy turns a caller away (curl's own exit codes). */
const REFUSED_EXITS = new Set([16, 35, 52, 55, 56]);

/**
 * @returns what the call met. An exit code that stands for neither an answer nor a refusal (DNS, connection refused, timeout, a certificate that curl
 * itself rejected, curl not started) is `unreachable`: it says nothing of the server's policy.
 */
export function classifyCurl({ exit, httpCode }: CurlResult): CallOutcome {
  // 22 is curl -f's word for an HTTP error.
  if (exit === 0 || exit === 22) return fromHttpCode(httpCode) ?? "unreachable";
  // An answer had begun: the server's side was reached, so this is no refusal.
  if (fromHttpCode(httpCode) !== null) return "failed";
  return REFUSED_EXITS.has(exit) ? "refused" : "unreachable";
}

/** How a call from Padlock's own process ended (undici and node:tls name their failures by code). */
export interface SocketResult {
  httpCode: number | null;
  /** `ECONNRESET`, `UND_ERR_SOCKET`, … ; null when there was none. */
  code: string | null;
}

const REFUSED_CODES = new Set(["ECONNRESET", "EPIPE", "EPROTO", "UND_ERR_SOCKET"]);
const CANCELLED_CODES = new Set(["ABORT_ERR", "UND_ERR_ABORTED"]);

/** As {@link classifyCurl}, for a gateway call; a certificate that *we* rejected is `unreachable`, since no proxy turned us away. */
export function classifySocket({ httpCode, code }: SocketResult): CallOutcome {
  if (code === null) return fromHttpCode(httpCode) ?? "unreachable";
  if (CANCELLED_CODES.has(code)) return "cancelled";
  if (fromHttpCode(httpCode) !== null) return "failed";
  return REFUSED_CODES.has(code) || code.startsWith("ERR_SSL_") ? "refused" : "unreachable";
}

function fromHttpCode(httpCode: number | null): "served" | "failed" | null {
  if (httpCode === null || !Number.isInteger(httpCode) || httpCode < 100 || httpCode > 599) return null;
  return httpCode >= 500 ? "failed" : "served";
}
