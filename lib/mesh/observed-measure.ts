import type { Evidence } from "./evidence";
import type { ObservedEdge } from "./observed";

/** What Kiali's figures say of one line, or why they say nothing. */
export type ObservedMeasure =
  | { state: "mutual-tls" | "mixed" | "plaintext" /** Share of mutual TLS, 0–100. */; percent: number; says: string }
  | { state: "not-measured"; because: "idle" | "no-destination-report" };

/** Kiali's word for a peer without identity. */
const NO_IDENTITY = "unknown";

/**
 * Reads Kiali's `isMTLS` and principals (graph/telemetry/istio/appender/security_policy.go). `isMTLS` is there only when some traffic was mutual TLS, so
 * its absence is plaintext only when the destination reported at all: then both principals are the word `unknown`. A figure that cannot be right
 * measures nothing.
 */
export function toObservedMeasure({ rate, mtlsPercent, sourcePrincipal, destinationPrincipal }: ObservedEdge): ObservedMeasure {
  if (!(rate > 0) || !Number.isFinite(rate)) return { state: "not-measured", because: "idle" };
  if (mtlsPercent === null) {
    return sourcePrincipal === NO_IDENTITY && destinationPrincipal === NO_IDENTITY
      ? { state: "plaintext", percent: 0, says: "no request was mutual TLS: the server's proxy saw no identity" }
      : { state: "not-measured", because: "no-destination-report" };
  }
  if (typeof mtlsPercent !== "number" || !(mtlsPercent >= 0 && mtlsPercent <= 100)) return { state: "not-measured", because: "no-destination-report" };
  // Kiali rounds to whole percent: 100 may hide up to 0.5 % of plaintext, and 0 means that there was some mutual TLS.
  if (mtlsPercent === 100) return { state: "mutual-tls", percent: 100, says: "every request counted was mutual TLS (Kiali rounds to whole percent)" };
  return { state: "mixed", percent: mtlsPercent, says: mtlsPercent === 0 ? "some mutual TLS, less than 0.5 %" : `${mtlsPercent} % mutual TLS` };
}

export function toObservedEvidence(measure: { says: string }, dataAt: number, windowSeconds: number): Evidence {
  return { mark: "observed", source: "Kiali, from Prometheus", at: dataAt, windowSeconds, says: measure.says };
}
