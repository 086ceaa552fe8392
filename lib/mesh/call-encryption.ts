import type { CallEncryption, Caller, CallOutcome } from "./calls";
import type { ClientSends } from "./client-tls";
import type { Evidence } from "./evidence";
import type { SidecarState } from "./objects";
import { isMeshServerName, isRefusalLine, type ProxyLogLine } from "./proxy-log";

/** For how long proxies let connections from before a change drain (pilot-agent's drainDuration, default 45 s). */
export const DRAIN_MS = 45_000;
/** How old a refusal of plaintext may be to speak for a call: "just seen". */
const REFUSAL_FRESH_MS = 60_000;

/** All that is known about one call. Each fact is null when its source could not be asked. */
export interface CallFacts {
  caller: Caller;
  outcome: CallOutcome;
  scheme: "http" | "https";
  startedAt: number;
  endedAt: number;
  /** The caller's pod as the API server shows it. */
  callerPod: { sidecar: SidecarState; containers: readonly string[]; readAt: number } | null;
  /**
   * The server proxy's line for this very call, and whose proxy wrote it (`web-api`). `onlyFrom`: a format without request ids, so it is known for
   * the call's by being the only one from that address around that time.
   */
  log: { line: ProxyLogLine; proxy: string; onlyFrom?: string | null } | null;
  /** A new plaintext connection to the same port was turned away then; epoch ms. */
  plaintextRefusedAt: number | null;
  /** The last change of what decides for that port. */
  lastChangeAt: number | null;
  /** What the caller's sidecar sends by the rules (decideClientTls). */
  callerSends: ClientSends | null;
  /** Kiali's figures for this edge. */
  observed: { mtlsPercent: number | null; destinationReported: boolean; dataAt: number; windowSeconds: number } | null;
}

export interface EncryptionClaim {
  encryption: CallEncryption;
  /** Empty when nothing is known. */
  evidence: Evidence[];
}

const NOTHING: EncryptionClaim = { encryption: "not-measured", evidence: [] };

/** What may be claimed about the encryption of one call. An answer alone proves nothing, so every claim rests on somebody who saw the connection. */
export function toCallEncryption(facts: CallFacts): EncryptionClaim {
  if (facts.outcome !== "served" && facts.outcome !== "failed") return NOTHING;
  if (facts.caller === "gateway") return facts.scheme === "https" ? toOneWayClaim(facts) : NOTHING;
  const logged = toLoggedClaim(facts);
  if (logged !== null) return logged;
  // A 5xx may be the answer of a proxy on the way; only the server's own log ties it to a connection.
  if (facts.outcome !== "served") return NOTHING;
  if (facts.caller === "without-sidecar") return toPlaintextByConstruction(facts) ?? NOTHING;
  return toDeducedClaim(facts) ?? toObservedClaim(facts) ?? NOTHING;
}

function toOneWayClaim({ endedAt }: CallFacts): EncryptionClaim {
  const says = "the gateway's certificate was verified in the TLS handshake; we showed none";
  return { encryption: "one-way-tls", evidence: [{ mark: "first-hand", source: "our own TLS handshake", at: endedAt, says }] };
}

function toLoggedClaim({ log, endedAt }: CallFacts): EncryptionClaim | null {
  if (log === null || isRefusalLine(log.line) || log.line.code === 0) return null;
  const { requestedServerName, startedAt } = log.line;
  const evidence = (says: string): Evidence[] => {
    const written: Evidence = { mark: "first-hand", source: `${log.proxy}'s proxy log`, at: startedAt ?? endedAt, says };
    if (log.onlyFrom == null) return [written];
    return [{ ...written, says: `${says}; the only call from ${log.onlyFrom} within a second, as the log names no request ids`, deduced: true }];
  };
  if (requestedServerName === null) return { encryption: "plaintext", evidence: evidence("the connection asked for no TLS server name") };
  if (isMeshServerName(requestedServerName)) return { encryption: "mutual-tls", evidence: evidence(`requested server name ${requestedServerName}`) };
  return null;
}

/** A program that speaks http:// in a pod without proxy has nobody who could encrypt for it. */
function toPlaintextByConstruction({ callerPod, scheme, endedAt }: CallFacts): EncryptionClaim | null {
  if (callerPod === null || callerPod.sidecar !== "none" || scheme !== "http") return null;
  return {
    encryption: "plaintext",
    evidence: [
      { mark: "first-hand", source: "our own call", at: endedAt, says: "http:// was answered" },
      {
        mark: "policy",
        source: "the caller's pod",
        at: callerPod.readAt,
        says: `its containers are ${callerPod.containers.join(", ") || "not listed"}: no istio-proxy`,
      },
    ],
  };
}

/**
 * Plaintext was just turned away on that port, so what is served there is mutual TLS. Not within the drain after a change, unless the caller's
 * sidecar sends mutual TLS by the rules: it could still hold a plaintext connection that the server lets drain.
 */
function toDeducedClaim(facts: CallFacts): EncryptionClaim | null {
  const { plaintextRefusedAt: refusedAt, lastChangeAt, startedAt, endedAt } = facts;
  if (refusedAt === null || facts.callerPod?.sidecar !== "sidecar") return null;
  if (lastChangeAt !== null && (refusedAt < lastChangeAt || startedAt < lastChangeAt)) return null;
  if (Math.abs(startedAt - refusedAt) > REFUSAL_FRESH_MS) return null;
  const drained = lastChangeAt === null || startedAt - lastChangeAt >= DRAIN_MS;
  if (!drained && facts.callerSends !== "mutual-tls") return null;
  return {
    encryption: "mutual-tls",
    evidence: [
      { mark: "first-hand", source: "our own call", at: endedAt, says: "it was answered", deduced: true },
      { mark: "first-hand", source: "our own call without sidecar", at: refusedAt, says: "plaintext was refused on the same port", deduced: true },
    ],
  };
}

/** Kiali speaks of all traffic on the edge; a pure figure over a window that holds the call speaks of the call as well. */
function toObservedClaim({ observed, startedAt, endedAt }: CallFacts): EncryptionClaim | null {
  if (observed === null || !observed.destinationReported) return null;
  const { mtlsPercent, dataAt, windowSeconds } = observed;
  if (endedAt > dataAt || startedAt < dataAt - windowSeconds * 1_000) return null;
  const evidence = (says: string): Evidence[] => [{ mark: "observed", source: "Kiali, from Prometheus", at: dataAt, windowSeconds, says, deduced: true }];
  if (mtlsPercent === 100) return { encryption: "mutual-tls", evidence: evidence("all requests on this line were mutual TLS") };
  if (mtlsPercent === null) return { encryption: "plaintext", evidence: evidence("no request on this line was mutual TLS") };
  return null;
}
