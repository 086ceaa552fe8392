import type { CallOutcome } from "@/lib/mesh/calls";

/** Why no answer came through the gateway. */
export type GatewayFailure =
  /** The gateway's name does not resolve. */
  | "dns"
  /** Nobody listens there, or there is no way to it. */
  | "refused"
  /** The connection was accepted and then reset or closed without an answer. */
  | "reset"
  /** The TLS handshake was refused by the other side, or it does not speak TLS. */
  | "tls"
  /** Our side: the certificate is for another name. */
  | "tls-name"
  /** Our side: the certificate is not signed by an authority that is trusted. */
  | "ca"
  /** Our side: the certificate is not valid yet or any more. */
  | "expired"
  /** No answer in time. */
  | "timeout"
  /** The answer began and was cut off. */
  | "cut-off"
  | "cancelled";

export interface FailedCall {
  failure: GatewayFailure;
  outcome: Exclude<CallOutcome, "served">;
  /** The socket's or OpenSSL's code, `ECONNRESET`. */
  code: string;
  /** One sentence of facts. */
  message: string;
}

/** How far a call had come. */
export type CallPhase = "resolving" | "connecting" | "securing" | "waiting" | "reading";

const OUTCOMES: Record<GatewayFailure, FailedCall["outcome"]> = {
  dns: "unreachable",
  refused: "unreachable",
  timeout: "unreachable",
  "tls-name": "unreachable",
  ca: "unreachable",
  expired: "unreachable",
  reset: "refused",
  tls: "refused",
  "cut-off": "failed",
  cancelled: "cancelled",
};

const NAMES_OF_NOBODY = ["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA", "EAI_NONAME"];
const NOBODY_THERE = ["ENOWAY", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "EACCES", "EPERM"];
const OTHER_CA = /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS_CERT_SIGNATURE|INVALID_CA|PATH_LENGTH)/;

/** What an error of a socket or of TLS means at the stage the call had reached. @param where `address:port` for the message */
export function toFailedCall(error: unknown, phase: CallPhase, where: string): FailedCall {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN";
  const failure = toFailure(code, phase);
  return { failure, outcome: OUTCOMES[failure], code, message: toMessage(failure, phase, where, code, error) };
}

export function toTimedOutCall(phase: CallPhase, where: string, timeoutMs: number): FailedCall {
  const did = phase === "connecting" ? "did not accept the connection" : phase === "securing" ? "did not finish the TLS handshake" : "did not answer";
  return { failure: "timeout", outcome: OUTCOMES.timeout, code: "ETIMEDOUT", message: `${where} ${did} within ${timeoutMs / 1_000} s` };
}

export const CANCELLED_CALL: FailedCall = { failure: "cancelled", outcome: "cancelled", code: "ABORTED", message: "Stopped before an answer came" };

function toFailure(code: string, phase: CallPhase): GatewayFailure {
  if (NAMES_OF_NOBODY.includes(code)) return "dns";
  if (NOBODY_THERE.includes(code)) return "refused";
  if (code === "ETIMEDOUT") return "timeout";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "tls-name";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return "expired";
  if (OTHER_CA.test(code)) return "ca";
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return "tls";
  if (phase === "resolving") return "dns";
  if (phase === "connecting") return "refused";
  return phase === "reading" ? "cut-off" : "reset";
}

function toMessage(failure: GatewayFailure, phase: CallPhase, where: string, code: string, error: unknown): string {
  switch (failure) {
    case "dns":
      return `The name in ${where} does not resolve (${code})`;
    case "refused":
      // A port-forward says itself why it did not come about.
      if (code === "ENOWAY" && error instanceof Error) return `There is no way to ${where} through the API server: ${error.message}`;
      return `Nobody accepts connections at ${where} (${code})`;
    case "reset":
      return phase === "securing"
        ? `${where} closed the connection during the TLS handshake (${code})`
        : `${where} closed the connection without an answer (${code})`;
    case "tls":
      return `${where} refused the TLS handshake (${code})`;
    case "tls-name":
      return `The certificate at ${where} is for another name${toNames(error)} (${code})`;
    case "ca":
      return `The certificate at ${where} is signed by an authority that is not trusted here (${code})`;
    case "expired":
      return `The certificate at ${where} is ${code === "CERT_NOT_YET_VALID" ? "not valid yet" : "no longer valid"} (${code})`;
    case "timeout":
      return `${where} did not answer in time (${code})`;
    case "cut-off":
      return `${where} cut its answer off (${code})`;
    case "cancelled":
      return CANCELLED_CALL.message;
  }
}

/** The names of the certificate that was shown; they are the other side's words, so they are cut. */
function toNames(error: unknown): string {
  if (!(error instanceof Error) || !("cert" in error)) return "";
  const { subjectaltname } = error.cert as { subjectaltname?: unknown };
  return typeof subjectaltname === "string" && subjectaltname !== "" ? `, ${subjectaltname.replaceAll("DNS:", "").slice(0, 120)}` : "";
}
