import type { KialiConnection } from "./connect";
import { KialiBadAnswer, KialiForbidden, KialiNotFound, PrometheusDown } from "./errors";
import { toSayable } from "./said";
import { isRecord } from "./wire";

const KEEP_MS = 30_000;
const lastAnswers = new WeakMap<KialiConnection, { at: number; problem: string | null }>();

/**
 * Since 2.26 Kiali runs without Prometheus and then answers with empty graphs; only `api/config` says so. Asked at most every 30 s a
 * connection. A Kiali that does not say is taken to be well.
 * @throws PrometheusDown; KialiUnreachable, KialiUnauthorized; the signal's reason
 */
export async function checkPrometheus(connection: KialiConnection, signal?: AbortSignal): Promise<void> {
  let last = lastAnswers.get(connection);
  if (last === undefined || Date.now() - last.at > KEEP_MS) {
    last = { at: Date.now(), problem: await getProblem(connection, signal) };
    lastAnswers.set(connection, last);
  }
  if (last.problem !== null) throw new PrometheusDown(last.problem);
}

async function getProblem(connection: KialiConnection, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const { body } = await connection.get("api/config", {}, { signal });
    const prometheus = isRecord(body) && isRecord(body.prometheus) ? body.prometheus : {};
    const { enabled, disabledReason } = prometheus;
    const said = typeof disabledReason === "string" ? toSayable(disabledReason) : null;
    if (said !== null) return `Kiali runs without Prometheus: ${said}`;
    return enabled === false ? "Kiali is set up to run without Prometheus; it has no traffic to show" : null;
  } catch (error) {
    if (error instanceof KialiNotFound || error instanceof KialiBadAnswer || error instanceof KialiForbidden) return null;
    throw error;
  }
}
