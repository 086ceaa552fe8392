import { setMaxListeners } from "node:events";
import { type Dispatcher, request as sendRequest } from "undici";
import { createClockSkew } from "./clock-skew";
import { type Credentials, type CredentialsMemory, type KubeconfigChoice, type Proof, readCredentials } from "./credentials";
import { DeadlineError, startDeadline } from "./deadline";
import { ApiError, BadAnswerError, ClusterUnreachableError, KubernetesError, UnauthorizedError } from "./errors";
import { readChangeTime } from "./kubeconfig-files";
import { createProofs } from "./proofs";
import { type ForwardedAnswer, readForwarded, readText } from "./read-answer";
import { createRetryGate, type RetryGate } from "./retry-gate";
import { toApiError } from "./status";
import { toTransportProblem } from "./transport-problem";
import { createAgent } from "./tunnel";

export interface KubernetesTarget {
  context: string;
  /** The API server's base address. */
  server: string;
  user: string;
  /** The files that are read, absolute; none in a pod. */
  kubeconfigPaths: readonly string[];
  /** What is risky about the kubeconfig, in sentences. */
  warnings: readonly string[];
}

export interface ApiRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, already encoded (paths.ts). */
  path: string;
  /** Sent as JSON (which is YAML too, so it fits apply patches). */
  body?: unknown;
  contentType?: string;
  /** A body that is sent as it is, instead of `body`. */
  text?: string;
  /** Meant for what stands behind the API server's proxy; they never replace the API server's own. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Of the whole exchange; 10 s unless told. */
  timeoutMs?: number;
  /** Size the answer may have; 1 MB unless told. */
  maxBytes?: number;
}

/** How to reach and convince the API server by other means than a request. */
export type Access = Pick<Credentials, "server" | "tls" | "proxy"> & Pick<Proof, "headers">;

/** Every request goes to one API server as one user. Errors are those of errors.ts; a fired signal rejects with its own reason. */
export interface KubernetesConnection {
  readonly target: KubernetesTarget;
  /** Shared by all that wait for this server to come back. */
  readonly gate: RetryGate;
  /** How far the API server's clock is ahead of ours, ms, to about a second; null while no answer told. */
  readonly aheadMs: number | null;
  /** When the kubeconfig was last read, epoch ms: what was learned of this user before may be old. */
  readonly credentialsReadAt: number;
  /** Answers parsed JSON. */
  request(request: ApiRequest): Promise<unknown>;
  requestText(request: ApiRequest): Promise<string>;
  /** Resolves with the answer's bytes as they come, once its head has arrived. They end with an error when the connection breaks. */
  openStream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>;
  /**
   * For `…/proxy/…` paths: whatever the other end answers, redirections and errors too. Only what the API server says itself is thrown, as
   * for any request.
   */
  forward(request: ApiRequest): Promise<ForwardedAnswer>;
  /** What a WebSocket to the same server needs. */
  access(): Promise<Access>;
  /** Reads the kubeconfig and its files again, and asks for new credentials. @throws KubeconfigError */
  renewCredentials(): Promise<void>;
  close(): Promise<void>;
}

export const REQUEST_TIMEOUT_MS = 10_000;
export const MAX_ANSWER_BYTES = 1024 * 1024;
/** Of one page of a list: 500 pods with sidecars are about 10 MB. */
export const MAX_LIST_BYTES = 16 * 1024 * 1024;

/**
 * Reads the kubeconfig; talks to nobody yet, so it succeeds while the API server is down.
 * @throws KubeconfigError
 */
export async function connectKubernetes(choice: KubeconfigChoice): Promise<KubernetesConnection> {
  const memory: CredentialsMemory = { oidc: null };
  let credentials = await readCredentials(choice, memory);
  let credentialsReadAt = Date.now();
  const clock = createClockSkew();
  let agent = createAgent(credentials);
  let renewal: Promise<void> | null = null;
  const closing = new AbortController();
  // Every request under way listens, and there is no bound on their number but the server's.
  setMaxListeners(0, closing.signal);

  const renew = async () => {
    // A later `kubectl config use-context` must not move a running Padlock to another cluster: the context chosen at the start stays.
    const fresh = await readCredentials({ ...choice, context: credentials.context }, memory);
    const previous = agent;
    agent = createAgent(fresh);
    credentials = fresh;
    credentialsReadAt = Date.now();
    // Streams that still run end on the old connections; new requests already use the new ones.
    previous.close().catch(() => undefined);
  };
  const renewCredentials = () => {
    renewal ??= renew().finally(() => {
      renewal = null;
    });
    return renewal;
  };

  const proofs = createProofs({
    onSecret: choice.onSecret,
    onCertificate(of, certificate) {
      const previous = agent;
      agent = createAgent({ ...of, tls: { ...of.tls, ...certificate } });
      previous.close().catch(() => undefined);
    },
  });

  const ask = async (request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const { method = "GET", path, body, text = body === undefined ? null : JSON.stringify(body) } = request;
    const headers: Proof["headers"] = {
      ...request.headers,
      ...(await until(signal, proofs.of(credentials))).headers,
      accept: "application/json",
      "user-agent": "padlock",
    };
    if (text !== null) headers["content-type"] = request.contentType ?? "application/json";
    const sentAt = Date.now();
    const answer = await sendRequest(credentials.server + path, {
      dispatcher: agent,
      method,
      headers,
      body: text,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    clock.note(answer.headers.date, sentAt, Date.now());
    return answer;
  };

  const exchange = async (request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const { method = "GET", path } = request;
    const answer = await ask(request, signal);
    if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
    if (answer.statusCode < 400) {
      await answer.body.dump();
      throw new BadAnswerError(method, path, `HTTP ${answer.statusCode}, a redirection, which is not followed`);
    }
    const text = await readText(answer, { method, path, maxBytes: MAX_ANSWER_BYTES });
    const retryAfter = answer.headers["retry-after"];
    throw toApiError({ method, path, httpStatus: answer.statusCode, body: text, ...(typeof retryAfter === "string" ? { retryAfter } : {}) });
  };

  const hasNewKubeconfig = async () => {
    const changedAt = await readChangeTime(credentials.kubeconfigPaths);
    return changedAt !== null && changedAt !== credentials.fileChangedAt;
  };

  /** Once more with fresh credentials after a 401, and after a failed connection when the kubeconfig has been written again since. */
  const withRenewal = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnauthorizedError) && !(error instanceof ClusterUnreachableError && (await hasNewKubeconfig()))) throw error;
      await renewCredentials();
      return work();
    }
  };

  const attempt = <T>(
    request: ApiRequest,
    use: (answer: Dispatcher.ResponseData, deadline: { lift(): void; end(): void }) => Promise<T>,
    { keeps = false, send = exchange } = {},
  ) =>
    withRenewal(async () => {
      const deadline = startDeadline(request.timeoutMs ?? REQUEST_TIMEOUT_MS, request.signal, closing.signal);
      let kept = false;
      try {
        const used = await use(await send(request, deadline.signal), deadline);
        kept = keeps;
        choice.onCall?.("answered");
        return used;
      } catch (error) {
        const cause = deadline.signal.aborted ? deadline.signal.reason : error;
        if (deadline.signal.aborted && !(cause instanceof DeadlineError)) throw cause;
        choice.onCall?.(toOutcome(cause));
        if (cause instanceof KubernetesError) throw cause;
        throw new ClusterUnreachableError(credentials.server, toTransportProblem(cause), { cause });
      } finally {
        if (!kept) deadline.end();
      }
    });

  const requestText = (request: ApiRequest) => {
    const { method = "GET", path, maxBytes = MAX_ANSWER_BYTES } = request;
    return attempt(request, (answer) => readText(answer, { method, path, maxBytes }));
  };

  return {
    get target() {
      const { context, server, user, warnings, kubeconfigPaths } = credentials;
      return { context, server, user, warnings, kubeconfigPaths };
    },
    gate: createRetryGate(),
    get aheadMs() {
      return clock.aheadMs;
    },
    get credentialsReadAt() {
      return credentialsReadAt;
    },
    requestText,
    async request(request) {
      const text = await requestText(request);
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw new BadAnswerError(request.method ?? "GET", request.path, "it is not JSON", { cause });
      }
    },
    openStream: (request) =>
      attempt(
        request,
        async (answer, deadline) => {
          deadline.lift();
          answer.body.once("close", () => deadline.end());
          return answer.body;
        },
        { keeps: true },
      ),
    forward: (request) =>
      attempt(
        request,
        (answer) => readForwarded(answer, { method: request.method ?? "GET", path: request.path, maxBytes: request.maxBytes ?? MAX_ANSWER_BYTES }),
        { send: ask },
      ),
    async access() {
      const used = credentials;
      const { headers, certificate } = await proofs.of(used);
      const { server, tls, proxy } = used;
      return { server, proxy, headers, tls: { ...tls, ...certificate } };
    },
    renewCredentials,
    async close() {
      closing.abort(new DOMException("The connection to the Kubernetes API was closed", "AbortError"));
      await agent.destroy();
    },
  };
}

function toOutcome(error: unknown): "refused" | "failed" | "unreachable" {
  if (!(error instanceof KubernetesError)) return "unreachable";
  return error instanceof ApiError && error.httpStatus < 500 ? "refused" : "failed";
}

/** The work goes on for the others who wait for it. */
function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    signal.addEventListener("abort", give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", give));
  });
}
