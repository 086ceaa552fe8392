import type { Evidence } from "./evidence";

/** A caller of ours: the gateway (from outside, TLS), or a pod. */
export const CALLERS = ["gateway", "with-sidecar", "without-sidecar"] as const;
export type Caller = (typeof CALLERS)[number];

/**
 * What a call of ours met. `served` = an HTTP answer below 500 came from the target's side; `failed` = an HTTP error answer (5xx);
 * `refused` = the connection was accepted and then reset or the TLS handshake was refused by a proxy (curl 16, 35, 52, 56);
 * `unreachable` = nobody was there (DNS, connection refused, timeout: curl 6, 7, 28); `cancelled` = we stopped it ourselves.
 */
export type CallOutcome = "served" | "failed" | "refused" | "unreachable" | "cancelled";

/** What is known of the encryption of the hop to the target; a 200 alone proves nothing. */
export type CallEncryption = "mutual-tls" | "plaintext" | "one-way-tls" | "not-measured";

export interface CallHop {
  /** The name the service gave itself (`web-api`). */
  name: string;
  /** HTTP code of the hop as its parent told; -1 when nobody answered. */
  code: number;
  durationMs: number | null;
  /** 0 for the outermost; absent = one deeper than the hop before it. */
  depth?: number;
}

export interface Call {
  id: number;
  /** The run it belongs to; null for a single probe. */
  runId: string | null;
  caller: Caller;
  /** `namespace/name` of the pod's workload; for the gateway the address. */
  callerName: string;
  /** `namespace/name` of the workload that was meant, e.g. `istioinaction/web-api`. */
  target: string;
  /** Epoch ms of the intended start and the end. */
  startedAt: number;
  endedAt: number;
  /** From the intended start, ms. */
  latencyMs: number;
  newConnection: boolean;
  outcome: CallOutcome;
  httpCode: number | null;
  /** For pod callers curl's exit code; null for the gateway. */
  curlExit: number | null;
  /** What failed, in curl's or the socket's words. */
  message: string | null;
  encryption: CallEncryption;
  /** Empty when nothing is known about the encryption. */
  evidence: Evidence[];
  /** The chain the answer names, outermost first; empty when there was no such answer. */
  path: CallHop[];
  /** The server proxy's own log line for it, when it could be read. */
  logLine: string | null;
}
