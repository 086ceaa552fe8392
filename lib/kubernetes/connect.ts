import { setMaxListeners } from "node:events";
import { resolve } from "node:path";
import { Agent, type Dispatcher, ProxyAgent, request as send } from "undici";
import { type Credentials, type KubeconfigChoice, readChangeTime, readCredentials } from "./credentials";
import { DeadlineError, startDeadline } from "./deadline";
import { BadAnswerError, ClusterUnreachableError, KubernetesError, UnauthorizedError } from "./errors";
import { createRetryGate, type RetryGate } from "./retry-gate";
import { toApiError } from "./status";
import { toTransportProblem } from "./transport-problem";

export interface KubernetesTarget {
  context: string;
  /** The API server's base address. */
  server: string;
  user: string;
  kubeconfigPath: string;
  /** What is risky about the kubeconfig, in sentences. */
  warnings: readonly string[];
}

export interface ApiRequest {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path and query, already encoded (paths.ts). */
  path: string;
  /** Sent as JSON (which is YAML too, so it fits apply patches). */
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
  /** Of the whole exchange; 10 s unless told. */
  timeoutMs?: number;
  /** Size the answer may have; 1 MB unless told. */
  maxBytes?: number;
}

/** Every request goes to one API server as one user. Errors are those of errors.ts; a fired signal rejects with its own reason. */
export interface KubernetesConnection {
  readonly target: KubernetesTarget;
  /** Shared by all that wait for this server to come back. */
  readonly gate: RetryGate;
  /** Answers parsed JSON. */
  request(request: ApiRequest): Promise<unknown>;
  requestText(request: ApiRequest): Promise<string>;
  /** Resolves with the answer's bytes as they come, once its head has arrived. They end with an error when the connection breaks. */
  openStream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>;
  /** What a WebSocket to the same server needs. */
  credentials(): Promise<Credentials>;
  /** Reads the kubeconfig and its files again. @throws KubeconfigError */
  renewCredentials(): Promise<void>;
  close(): Promise<void>;
}

export const REQUEST_TIMEOUT_MS = 10_000;
export const MAX_ANSWER_BYTES = 1024 * 1024;
export const MAX_LIST_BYTES = 8 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 2000;

/**
 * Reads the kubeconfig; talks to nobody yet, so it succeeds while the API server is down.
 * @throws KubeconfigError
 */
export async function connectKubernetes(choice: KubeconfigChoice): Promise<KubernetesConnection> {
  const path = resolve(choice.kubeconfigPath);
  let credentials = await readCredentials(choice);
  let agent = createAgent(credentials);
  let renewal: Promise<void> | null = null;
  const closing = new AbortController();
  // Every request under way listens, and there is no bound on their number but the server's.
  setMaxListeners(0, closing.signal);

  const renew = async () => {
    // A later `kubectl config use-context` must not move a running Padlock to another cluster: the context chosen at the start stays.
    const fresh = await readCredentials({ ...choice, context: credentials.context });
    const previous = agent;
    agent = createAgent(fresh);
    credentials = fresh;
    // Streams that still run end on the old connections; new requests already use the new ones.
    previous.close().catch(() => undefined);
  };
  const renewCredentials = () => {
    renewal ??= renew().finally(() => {
      renewal = null;
    });
    return renewal;
  };

  const exchange = async (request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const { method = "GET", path, body } = request;
    const headers: Record<string, string> = { ...(await credentials.headers()), accept: "application/json", "user-agent": "padlock" };
    if (body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
    const answer = await send(credentials.server + path, {
      dispatcher: agent,
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
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
    const changedAt = await readChangeTime(path);
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

  const attempt = <T>(request: ApiRequest, use: (answer: Dispatcher.ResponseData, deadline: { lift(): void; end(): void }) => Promise<T>, keeps = false) =>
    withRenewal(async () => {
      const deadline = startDeadline(request.timeoutMs ?? REQUEST_TIMEOUT_MS, request.signal, closing.signal);
      let kept = false;
      try {
        const used = await use(await exchange(request, deadline.signal), deadline);
        kept = keeps;
        return used;
      } catch (error) {
        const cause = deadline.signal.aborted ? deadline.signal.reason : error;
        if (deadline.signal.aborted && !(cause instanceof DeadlineError)) throw cause;
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
      const { context, server, user, warnings } = credentials;
      return { context, server, user, warnings, kubeconfigPath: path };
    },
    gate: createRetryGate(),
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
        true,
      ),
    credentials: () => Promise.resolve(credentials),
    renewCredentials,
    async close() {
      closing.abort(new DOMException("The connection to the Kubernetes API was closed", "AbortError"));
      await agent.destroy();
    },
  };
}

/** One pool for all requests: a connection (and its TLS handshake) for each request is what makes them slow. */
function createAgent({ tls, proxy }: Credentials): Dispatcher {
  const connect = { ...tls, timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: 30_000 };
  const options = { keepAliveTimeout: 30_000, pipelining: 1 };
  return proxy === null ? new Agent({ ...options, connect }) : new ProxyAgent({ ...options, uri: proxy, requestTls: tls, connect });
}

async function readText(answer: Dispatcher.ResponseData, { method, path, maxBytes }: { method: string; path: string; maxBytes: number }): Promise<string> {
  const tooLarge = () => {
    answer.body.on("error", () => undefined).destroy();
    return new BadAnswerError(method, path, `it is larger than ${maxBytes} bytes`);
  };
  if (Number(answer.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
