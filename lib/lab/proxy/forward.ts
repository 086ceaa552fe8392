import type { SocketAddress } from "../network/connection-table";
import type { AppRequest, AppResponse } from "./app";
import type { UpstreamTransport } from "./client-tls";
import type { MeshEndpoint } from "./mesh-snapshot";
import { UpstreamConnectError } from "./upstream-connect";
import type { UpstreamConnection, UpstreamPool } from "./upstream-pool";

export interface UpstreamTarget {
  address: SocketAddress;
  transport: UpstreamTransport;
  /** Undefined for an address that is no endpoint of a Service. */
  endpoint: MeshEndpoint | undefined;
}

export interface ForwardOptions {
  request: AppRequest;
  /** Request headers as they go out, flat pairs. */
  headers: string[];
  pool: UpstreamPool;
  /** Name of the cluster whose connections are used. */
  cluster: string;
  /** Picks an endpoint for one attempt; undefined when the service has none. */
  choose(): UpstreamTarget | undefined;
  /** How often a connection that did not come about is tried again. */
  retries: number;
}

/** How it ended, in the words of Envoy's log. */
export interface ForwardOutcome {
  /** Undefined when the caller left first. */
  response: AppResponse | undefined;
  flags: string;
  details: string;
  transportFailure?: string;
  /** ms until the upstream's headers. */
  serviceTime?: number;
  /** The last endpoint that was tried. */
  target?: UpstreamTarget;
  local?: string;
  peer?: string;
}

/** Envoy's default retry back-off, ms: the first try again comes within 25, the next within 75. */
const BACK_OFF = [25, 75];
/** Headers that speak of one connection (RFC 9110, 7.6.1), and those the next hop's framing brings anew. */
export const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"]);

/** Passes one HTTP request to an endpoint. Connection failures are tried again, a reset after the connect is not (Istio's default retryOn). */
export async function forward(options: ForwardOptions): Promise<ForwardOutcome> {
  const { request, pool, cluster, choose, retries } = options;
  let target: UpstreamTarget | undefined;
  let transportFailure = "";
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (attempt > 0) await new Promise((resume) => setTimeout(resume, Math.random() * (BACK_OFF[attempt - 1] ?? 75)));
    target = choose();
    if (!target) return { response: localReply("no healthy upstream"), flags: "UH", details: "no_healthy_upstream" };
    let connection: UpstreamConnection;
    try {
      connection = await pool.acquire(cluster, target.address, target.transport);
    } catch (error) {
      if (!(error instanceof UpstreamConnectError)) throw error;
      transportFailure = error.transportFailure;
      continue;
    }
    return { ...(await exchange(request, options.headers, pool, connection)), target, local: connection.local, peer: connection.peer };
  }
  const reason = retries > 0 ? "retried and the latest reset reason: remote connection failure" : "reset reason: remote connection failure";
  return {
    response: localReply(`upstream connect error or disconnect/reset before headers. ${reason}`),
    flags: retries > 0 ? "URX,UF" : "UF",
    details: `upstream_reset_before_response_started{remote_connection_failure|${transportFailure}}`,
    transportFailure,
    target,
  };
}

function exchange({ method, url, body, signal }: AppRequest, headers: string[], pool: UpstreamPool, connection: UpstreamConnection): Promise<ForwardOutcome> {
  return new Promise((resolve) => {
    const started = performance.now();
    let status = 0;
    let answered: Record<string, string | string[]> = {};
    let serviceTime: number | undefined;
    let staysOpen = true;
    const chunks: Buffer[] = [];
    const finish = (outcome: ForwardOutcome) => {
      signal.removeEventListener("abort", gone);
      resolve(outcome);
    };
    const gone = () => {
      pool.discard(connection);
      finish({ response: undefined, flags: "DC", details: "downstream_remote_disconnect" });
    };
    signal.addEventListener("abort", gone);
    connection.client.dispatch(
      { path: url, method, headers, body: body.length > 0 ? body : null },
      {
        // Undici tells the two kinds of handlers apart by this one.
        onRequestStart: () => {},
        onResponseStart: (_controller, statusCode, upstreamHeaders) => {
          if (statusCode < 200) return;
          status = statusCode;
          staysOpen = !/\bclose\b/i.test(String(upstreamHeaders.connection));
          serviceTime = Math.round(performance.now() - started);
          answered = {};
          for (const name in upstreamHeaders) {
            const value = upstreamHeaders[name];
            if (value !== undefined && !HOP_BY_HOP.has(name)) answered[name] = value;
          }
          answered["x-envoy-upstream-service-time"] = String(serviceTime);
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          // Undici ends a connection that the server is about to close, but only after this call.
          if (staysOpen) pool.release(connection);
          const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
          finish({ response: { status, headers: answered, body }, flags: "-", details: "via_upstream", serviceTime });
        },
        onResponseError: () => {
          const moment = status === 0 ? "before_response_started" : "after_response_started";
          finish({
            response: localReply("upstream connect error or disconnect/reset before headers. reset reason: connection termination"),
            flags: "UC",
            details: `upstream_reset_${moment}{connection_termination}`,
          });
        },
      },
    );
  });
}

/** An answer of the proxy itself. */
function localReply(text: string): AppResponse {
  return { status: 503, headers: { "content-type": "text/plain" }, body: text };
}
