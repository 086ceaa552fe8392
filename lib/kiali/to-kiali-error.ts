import {
  KialiBadAnswer,
  KialiBusy,
  KialiForbidden,
  KialiNotFound,
  KialiRejected,
  KialiTooEarly,
  KialiUnauthorized,
  KialiUnreachable,
  PrometheusDown,
} from "./errors";
import type { Exchange } from "./exchange";
import { toSayable } from "./said";
import { isRecord, parseJson } from "./wire";

/**
 * What an answer other than 200 means (Kiali, handlers/base.go: handlers send `{"error": …}`, the login middleware plain text). Only the
 * `error` text is repeated, cleaned; `detail` may be a stack trace.
 */
export function toKialiError(answer: Pick<Exchange, "status" | "text"> & Partial<Pick<Exchange, "retryAfterSeconds">>, shown: string): Error {
  const { status, text } = answer;
  const body = parseJson(text);
  const said = isRecord(body) && typeof body.error === "string" ? body.error : null;
  const sayable = said === null ? null : toSayable(said);
  const words = sayable === null ? "" : `: ${sayable}`;

  if (isTooEarly(status, said)) return new KialiTooEarly("A namespace was created only just now; Kiali can tell of it in a second");
  if (status === 400) return new KialiRejected(`Kiali calls the request wrong${words}`);
  if (status === 401) return new KialiUnauthorized(`Kiali at ${shown} wants a login`);
  if (status === 403) return toForbidden(said, sayable, shown);
  if (status === 404) return new KialiNotFound(`Kiali at ${shown} has no such path`);
  if (status === 429) {
    const seconds = answer.retryAfterSeconds ?? 1;
    return new KialiBusy(`Kiali at ${shown} asks to wait ${seconds} s`, seconds);
  }
  if (status === 503 && said !== null) {
    if (said.startsWith("bad_data")) return new KialiRejected(`Prometheus calls Kiali's question wrong${words}`);
    return new PrometheusDown(`Kiali cannot ask Prometheus${words}`);
  }
  if (status === 502 || status === 503 || status === 504)
    return new KialiUnreachable(`What stands before Kiali at ${shown} cannot reach it (HTTP ${status})`, `HTTP_${status}`);
  if (status >= 300 && status < 400)
    return new KialiBadAnswer(`Kiali at ${shown} redirects instead of answering (HTTP ${status}): a login in front of it, or another web root?`);
  return new KialiBadAnswer(`Kiali at ${shown} answered HTTP ${status}${words}`);
}

/**
 * The window is cut to the namespace's age, in whole seconds, and the age of a new one is 0: Kiali then says that it did not exist at that
 * time, or asks Prometheus for a range of 0 s. (Windows here are never 0 s.)
 */
function isTooEarly(status: number, said: string | null): boolean {
  if (said === null) return false;
  return (
    (status === 400 && /^Namespace \[[^\]]*\] did not exist at requested queryTime/.test(said)) ||
    (status === 503 && said.includes("duration must be greater than 0"))
  );
}

function toForbidden(said: string | null, sayable: string | null, shown: string): KialiForbidden {
  const namespace = /^Requested namespace \[([a-z0-9-]{1,63})\] is not accessible/.exec(said ?? "")?.[1];
  if (namespace !== undefined) return new KialiForbidden(`Kiali cannot show namespace ${namespace}: it does not exist, or Kiali may not read it`, [namespace]);
  return new KialiForbidden(`Kiali at ${shown} forbids it${sayable === null ? "" : `: ${sayable}`}`, []);
}
