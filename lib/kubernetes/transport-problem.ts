import { DeadlineError } from "./deadline";

const PROBLEMS: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  UND_ERR_SOCKET: "the connection was closed",
  ENOTFOUND: "its name cannot be resolved",
  EAI_AGAIN: "its name cannot be resolved",
  EHOSTUNREACH: "no route to it",
  ENETUNREACH: "no route to it",
  ETIMEDOUT: "no connection in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection within 2 s",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by the kubeconfig's CA",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by the kubeconfig's CA",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by the kubeconfig's CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not signed by the kubeconfig's CA",
  CERT_SIGNATURE_FAILURE: "its certificate is not signed by the kubeconfig's CA",
};

/** Says in words why a connection failed, from the socket's, TLS's or undici's error code. */
export function toTransportProblem(error: unknown): string {
  if (error instanceof DeadlineError) return error.message;
  if (!(error instanceof Error)) return String(error);
  // A name with several addresses fails with one error for each.
  if (error instanceof AggregateError && error.errors.length > 0) return toTransportProblem(error.errors[0]);
  const code = "code" in error ? String(error.code) : "";
  return PROBLEMS[code] ?? error.message;
}
