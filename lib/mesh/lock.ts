import type { Evidence } from "./evidence";
import type { ObjectRef } from "./objects";

/**
 * The one vocabulary of locks, the same at edge, workload, namespace and mesh. It is about *served* traffic; refusals are a count beside it.
 * Only where nothing was served and something was refused the state itself is `refused`.
 */
export const LOCK_STATES = ["mutual-tls", "mixed", "plaintext", "refused", "not-measured"] as const;
export type LockState = (typeof LOCK_STATES)[number];

/** Why a lock is not closed. `code` chooses words and fix; the object is what a person would have to look at. */
export const REASON_CODES = [
  "caller-without-sidecar",
  "server-without-sidecar",
  "destination-rule",
  "port-exception",
  "policy-disable",
  "outside-the-mesh",
  "one-way-tls",
  "too-few-samples",
  "no-destination-report",
  "source-down",
  "idle",
  "window-older-than-change",
  "strict-refused-plaintext",
  /** The mesh's `enableAutoMtls: false`: sidecars send plaintext unless a DestinationRule says otherwise. */
  "auto-mtls-off",
  /** Plaintext was measured and no rule Padlock knows explains it (a call to a pod's address is one way). */
  "unexplained",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export interface Reason {
  code: ReasonCode;
  /** One sentence a learner understands. */
  text: string;
  object?: ObjectRef;
  /** What would change it: one sentence. */
  fix?: string;
  /** The fix as a shell command, without `kubectl`'s target flags (the server adds them). */
  command?: string;
}

export interface Lock {
  state: LockState;
  /** Share of mutual TLS in percent, 0–100; only for `mixed` (and 100 for `mutual-tls`). */
  percent: number | null;
  /** Own calls that were turned away here, within the window. */
  refused: number;
  reason: Reason | null;
  /** Never empty unless the state is `not-measured`. */
  evidence: Evidence[];
}
