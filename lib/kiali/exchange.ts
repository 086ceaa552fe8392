import { KialiBadAnswer, KialiUnreachable } from "./errors";
import { toSayable } from "./said";

/** The part of the Fetch API that is used, so that the built-in one, undici's and one that goes through the API server all fit. It may say itself that Kiali is unreachable. */
export type KialiFetch = (
  url: string,
  init: { method: "GET" | "POST"; headers: Record<string, string>; body?: string; redirect: "manual"; signal: AbortSignal },
) => Promise<KialiResponse>;

export interface KialiResponse {
  status: number;
  headers: { get(name: string): string | null; getSetCookie(): string[] };
  body: { getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): Promise<void> } } | null;
}

export interface Exchange {
  status: number;
  contentType: string;
  location: string | null;
  setCookies: string[];
  /** As `Retry-After` says, seconds; null without a usable one. */
  retryAfterSeconds: number | null;
  /** The server's `Date` header, epoch ms (whole seconds); null without a usable one. */
  serverDate: number | null;
  text: string;
  /** Epoch ms by our clock. */
  sentAt: number;
  receivedAt: number;
}

export interface ExchangeLimits {
  /** For the whole exchange, connecting and reading included, ms. */
  timeoutMs: number;
  /** Of the unpacked body; what is longer is refused unread. */
  maxBytes: number;
  signal?: AbortSignal;
}

/**
 * One request and its whole answer, whatever its status. Redirects are not followed.
 * @param shown the address as it may appear in messages
 * @throws KialiUnreachable; KialiBadAnswer when the body is too large; the signal's own reason when the caller gave up
 */
export async function exchange(
  fetch: KialiFetch,
  request: { url: string; method: "GET" | "POST"; headers: Record<string, string>; body?: string },
  limits: ExchangeLimits,
  shown: string,
): Promise<Exchange> {
  limits.signal?.throwIfAborted();
  const deadline = startDeadline(limits);
  const sentAt = Date.now();
  try {
    const { url, ...init } = request;
    const response = await fetch(url, { ...init, redirect: "manual", signal: deadline.signal });
    const text = await readText(response, limits.maxBytes, shown);
    const date = Date.parse(response.headers.get("date") ?? "");
    const retryAfter = response.headers.get("retry-after") ?? "";
    return {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      location: response.headers.get("location"),
      setCookies: response.headers.getSetCookie(),
      // The other form, a date, is not used by what stands before a Kiali.
      retryAfterSeconds: /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) : null,
      serverDate: Number.isNaN(date) ? null : date,
      text,
      sentAt,
      receivedAt: Date.now(),
    };
  } catch (error) {
    if (error instanceof KialiBadAnswer || error instanceof KialiUnreachable) throw error;
    limits.signal?.throwIfAborted();
    if (deadline.signal.aborted)
      throw new KialiUnreachable(`Kiali at ${shown} did not answer within ${limits.timeoutMs / 1000} s`, "TIMEOUT", { cause: error });
    throw toUnreachable(error, shown);
  } finally {
    deadline.end();
  }
}

/** Not AbortSignal.any: on Node 20 a long-lived signal keeps every signal ever derived from it. */
function startDeadline({ timeoutMs, signal }: ExchangeLimits): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const give = () => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  signal?.addEventListener("abort", give, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", give);
    },
  };
}

async function readText(response: KialiResponse, maxBytes: number, shown: string): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new KialiBadAnswer(`Kiali at ${shown} sent more than ${Math.round(maxBytes / 1024 / 1024)} MB; the answer was not read further`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

const SAYINGS: Record<string, string> = {
  ECONNREFUSED: "refused the connection",
  ENOTFOUND: "cannot be found: its name does not resolve",
  EAI_AGAIN: "cannot be found: its name does not resolve just now",
  EHOSTUNREACH: "cannot be reached: no route to it",
  ENETUNREACH: "cannot be reached: no route to its network",
  ECONNRESET: "cut the connection off",
  UND_ERR_SOCKET: "cut the connection off before its answer was complete",
  UND_ERR_CONNECT_TIMEOUT: "did not accept a connection in time",
  UND_ERR_HEADERS_TIMEOUT: "accepted the connection and did not answer in time",
  UND_ERR_BODY_TIMEOUT: "stopped in the middle of its answer",
  ETIMEDOUT: "did not accept a connection in time",
};
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

function toUnreachable(error: unknown, shown: string): KialiUnreachable {
  const code = toCode(error);
  const known = SAYINGS[code] ?? (CERTIFICATE.test(code) ? "shows a certificate that is not trusted" : null);
  const saying = known === null ? `cannot be talked to: ${toSayable(toDeepest(error).message) ?? code}` : `${known} (${code})`;
  return new KialiUnreachable(`Kiali at ${shown} ${saying}`, code, { cause: error });
}

function toDeepest(error: unknown): Error {
  let deepest = error instanceof Error ? error : new Error(String(error));
  for (let depth = 0; deepest.cause instanceof Error && depth < 4; depth++) deepest = deepest.cause;
  return deepest;
}

/** fetch hides the socket's error one or two causes deep. */
function toCode(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
    if (at instanceof AggregateError && at.errors.length > 0) return toCode(at.errors[0]);
  }
  return "UNKNOWN";
}
