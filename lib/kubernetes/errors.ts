/** What can go wrong between Padlock and a Kubernetes API server, one class per failure. None of them carries a credential. */
export abstract class KubernetesError extends Error {}

/** The kubeconfig cannot be used: missing, unreadable, too large, not a kubeconfig, or without the wanted context. */
export class KubeconfigError extends KubernetesError {
  override readonly name = "KubeconfigError";
  constructor(
    readonly path: string,
    problem: string,
    /** The contexts the file does hold; empty when it could not be read that far. */
    readonly contexts: readonly string[] = [],
    options?: ErrorOptions & { missing?: boolean; what?: string },
  ) {
    super(`${options?.what ?? "Kubeconfig"} ${path}: ${problem}`, options);
    this.missing = options?.missing ?? false;
  }
  /** There is no such file. */
  readonly missing: boolean;
}

/** The kubeconfig is fine, but what it says gives no credentials now: a program failed, a sign-in has expired, a token file is gone. */
export class CredentialsError extends KubernetesError {
  override readonly name = "CredentialsError";
  constructor(
    readonly user: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`No credentials for the Kubernetes API${user === "" ? "" : ` as "${user}"`}: ${problem}`, options);
  }
}

/** Nobody answered: the name, the connection, the TLS handshake or the answer itself failed. */
export class ClusterUnreachableError extends KubernetesError {
  override readonly name = "ClusterUnreachableError";
  constructor(
    readonly server: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`No answer from the Kubernetes API at ${server}: ${problem}`, options);
  }
}

/** What every refusal of the API server has in common. */
export interface ApiFailure {
  method: string;
  /** Path and query as sent. */
  path: string;
  httpStatus: number;
  /** `reason` of the Status, `""` when the answer held none. */
  reason: string;
  /** `message` of the Status, or the text the server sent instead, cut to 300 characters. */
  message: string;
}

/** The API server answered, and the answer was a refusal (a `Status` object, API conventions "Response Status Kind"). */
export abstract class ApiError extends KubernetesError {
  readonly method: string;
  readonly path: string;
  readonly httpStatus: number;
  readonly reason: string;
  constructor(failure: ApiFailure, sentence: string) {
    super(sentence);
    this.method = failure.method;
    this.path = failure.path;
    this.httpStatus = failure.httpStatus;
    this.reason = failure.reason;
  }
}

export class UnauthorizedError extends ApiError {
  override readonly name = "UnauthorizedError";
  constructor(failure: ApiFailure) {
    super(failure, "The Kubernetes API does not accept these credentials: sign in again");
  }
}

export interface Denied {
  /** null when the message does not tell. */
  user: string | null;
  verb: string | null;
  resource: string | null;
  group: string | null;
  namespace: string | null;
}

export class ForbiddenError extends ApiError {
  override readonly name = "ForbiddenError";
  constructor(
    failure: ApiFailure,
    readonly denied: Denied,
  ) {
    super(failure, failure.message);
  }
}

export class NotFoundError extends ApiError {
  override readonly name = "NotFoundError";
  constructor(
    failure: ApiFailure,
    /** Plural resource and name of what is missing; null when it is the path itself (an API the server does not have). */
    readonly missing: { resource: string; name: string } | null,
  ) {
    super(failure, failure.message);
  }
}

/** The history a watch or a paged list wanted to continue from is gone (410). */
export class GoneError extends ApiError {
  override readonly name = "GoneError";
  constructor(failure: ApiFailure) {
    super(failure, failure.message);
  }
}

/** Fields of another manager that stand in the way of a server-side apply. */
export interface FieldConflict {
  manager: string;
  /** Field paths as the server writes them, `.spec.mtls.mode`. */
  fields: string[];
}

export class ConflictError extends ApiError {
  override readonly name = "ConflictError";
  constructor(
    failure: ApiFailure,
    /** `stale`: another resourceVersion or uid is stored; `exists`: the name is taken; `field-managers`: see `managers`. */
    readonly kind: "stale" | "exists" | "field-managers",
    /** By manager, in the server's order; empty unless `field-managers`. */
    readonly managers: readonly FieldConflict[],
  ) {
    super(failure, failure.message);
  }
}

/** The request itself was wrong: any other 4xx (schema, rules of the CRD, media type, method). */
export class InvalidError extends ApiError {
  override readonly name = "InvalidError";
  constructor(
    failure: ApiFailure,
    readonly causes: readonly { reason: string; field: string; message: string }[],
  ) {
    super(failure, failure.message);
  }
}

export class TooManyRequestsError extends ApiError {
  override readonly name = "TooManyRequestsError";
  constructor(
    failure: ApiFailure,
    /** Seconds to wait, as the server asked; 1 when it did not say. */
    readonly retryAfter: number,
  ) {
    super(failure, `The Kubernetes API asks to wait ${retryAfter} s: ${failure.message}`);
  }
}

/** 5xx: the API server (or a webhook, or a node behind it) could not do it. */
export class ServerError extends ApiError {
  override readonly name = "ServerError";
  constructor(
    failure: ApiFailure,
    /** Seconds to wait, when the server said. */
    readonly retryAfter: number | null,
  ) {
    super(failure, `The Kubernetes API answered ${failure.httpStatus}: ${failure.message}`);
  }
}

/** An answer that cannot be what the API server sends: not JSON, of another shape, or larger than its cap. */
export class BadAnswerError extends KubernetesError {
  override readonly name = "BadAnswerError";
  constructor(
    readonly method: string,
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`Unusable answer to ${method} ${path}: ${problem}`, options);
  }
}

/** The answer was larger than its cap and was not read to its end. */
export class AnswerTooLargeError extends BadAnswerError {
  constructor(method: string, path: string, maxBytes: number) {
    super(method, path, `it is larger than ${maxBytes} bytes`);
  }
}

/** The policy is no longer the one the person saw; `present` is what is there now (null: nothing). */
export class PolicyChangedError extends KubernetesError {
  override readonly name = "PolicyChangedError";
  constructor(
    readonly policy: { namespace: string; name: string },
    readonly present: { name: string; uid: string; resourceVersion: string; mode: string | null } | null,
    options?: ErrorOptions,
  ) {
    const now = present === null ? "it no longer exists" : `it now says ${present.mode ?? "nothing about the mode"} (version ${present.resourceVersion})`;
    super(`PeerAuthentication ${policy.namespace}/${policy.name} has changed meanwhile: ${now}`, options);
  }
}

/** A controller or GitOps tool owns the mode; it would set it back, so taking over needs a second act that names it. */
export class OwnedByManagerError extends KubernetesError {
  override readonly name = "OwnedByManagerError";
  constructor(
    readonly policy: { namespace: string; name: string },
    readonly manager: string,
    readonly fields: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`${fields.join(", ")} of PeerAuthentication ${policy.namespace}/${policy.name} belongs to "${manager}"`, options);
  }
}

/** The node could not run the command, or the connection ended before its exit code arrived. */
export class ExecError extends KubernetesError {
  override readonly name = "ExecError";
  constructor(
    readonly pod: { namespace: string; name: string; container: string },
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot run a command in ${pod.namespace}/${pod.name}, container ${pod.container}: ${problem}`, options);
  }
}

/** The node could not pass a connection on to a pod's port, or the connection to the node ended. */
export class ForwardError extends KubernetesError {
  override readonly name = "ForwardError";
  constructor(
    readonly pod: { namespace: string; name: string; port: number },
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot forward to port ${pod.port} of ${pod.namespace}/${pod.name}: ${problem}`, options);
  }
}

/** The command in the pod did not end within its time. */
export class ExecTimeoutError extends KubernetesError {
  override readonly name = "ExecTimeoutError";
  constructor(
    readonly pod: { namespace: string; name: string; container: string },
    readonly timeoutMs: number,
  ) {
    super(`The command in ${pod.namespace}/${pod.name} did not end within ${timeoutMs} ms`);
  }
}
