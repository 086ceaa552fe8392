import type { KialiConnection } from "./connect";
import { KialiBadAnswer, KialiForbidden, KialiNotFound, PrometheusDown } from "./errors";
import { toSayable } from "./said";
import { isRecord } from "./wire";

const KEEP_MS = 10_000;
const wellAt = new WeakMap<KialiConnection, number>();

/**
 * Since 2.26 Kiali runs without Prometheus and then answers with empty graphs; only `api/config` says so. Asked at most every 10 s a
 * connection while all is well, and anew after whatever may have been a restart (forgetPrometheus). A Kiali that does not say is taken to be
 * well.
 * @throws PrometheusDown; KialiUnreachable, KialiUnauthorized; the signal's reason
 */
export async function checkPrometheus(connection: KialiConnection, signal?: AbortSignal): Promise<void> {
  if (Date.now() - (wellAt.get(connection) ?? 0) < KEEP_MS) return;
  const problem = await getProblem(connection, signal);
  if (problem !== null) throw new PrometheusDown(problem);
  wellAt.set(connection, Date.now());
}

/** What Kiali said of its Prometheus may no longer hold: it answered with traffic, or did not answer, since. */
export function forgetPrometheus(connection: KialiConnection): void {
  wellAt.delete(connection);
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
