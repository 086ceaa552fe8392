import type { IncomingMessage, ServerResponse } from "node:http";
import type { SocketAddress } from "../network/connection-table";
import { writeAppResponse } from "./app";
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
  message: IncomingMessage;
  response: ServerResponse;
  body: Buffer;
  /** Request headers as they go out, flat pairs. */
  headers: string[];
  pool: UpstreamPool;
  /** Name of the cluster whose connections are used. */
  cluster: string;
  /** Picks an endpoint for one attempt; undefined when the service has none. */
  choose(): UpstreamTarget | undefined;
  /** How often a connection that did not come about is tried again. */
  retries: number;
  /** Value of the answer's `server` header. */
  server: string;
}

/** How it ended, in the words of Envoy's log. */
export interface ForwardOutcome {
  responseCode: number;
  flags: string;
  details: string;
  transportFailure: string | undefined;
  bytesSent: number;
  /** ms until the upstream's headers. */
  serviceTime: number | undefined;
  /** The last endpoint that was tried. */
  target: UpstreamTarget | undefined;
  local: string | undefined;
  peer: string | undefined;
}

/** Envoy's default retry back-off, ms: the first try again comes within 25, the next within 75. */
const BACK_OFF = [25, 75];
/** Headers that speak of one connection (RFC 9110, 7.6.1), and those the next hop's framing brings anew. */
export const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"]);

/** Passes one HTTP request to an endpoint and its answer back. Connection failures are tried again, a reset after the connect is not (Istio's default retryOn). */
export async function forward(options: ForwardOptions): Promise<ForwardOutcome> {
  const { response, pool, cluster, choose, retries, server } = options;
  const failed = { serviceTime: undefined, local: undefined, peer: undefined };
  let target: UpstreamTarget | undefined;
  let transportFailure = "";
  for (let attempt = 0; attempt <= retries && !response.destroyed; attempt++) {
    if (attempt > 0) await new Promise((resume) => setTimeout(resume, Math.random() * (BACK_OFF[attempt - 1] ?? 75)));
    target = choose();
    if (!target) {
      const bytesSent = localReply(response, "no healthy upstream", server);
      return { ...failed, responseCode: 503, flags: "UH", details: "no_healthy_upstream", transportFailure: undefined, bytesSent, target };
    }
    let connection: UpstreamConnection;
    try {
      connection = await pool.acquire(cluster, target.address, target.transport);
    } catch (error) {
      if (!(error instanceof UpstreamConnectError)) throw error;
      transportFailure = error.transportFailure;
      continue;
    }
    return { ...(await exchange(options, connection)), target, local: connection.local, peer: connection.peer };
  }
  const reason = retries > 0 ? "retried and the latest reset reason: remote connection failure" : "reset reason: remote connection failure";
  const bytesSent = localReply(response, `upstream connect error or disconnect/reset before headers. ${reason}`, server);
  const details = `upstream_reset_before_response_started{remote_connection_failure|${transportFailure}}`;
  return { ...failed, responseCode: 503, flags: retries > 0 ? "URX,UF" : "UF", details, transportFailure, bytesSent, target };
}

type Exchanged = Pick<ForwardOutcome, "responseCode" | "flags" | "details" | "transportFailure" | "bytesSent" | "serviceTime">;

function exchange({ message, response, body, headers, pool, server }: ForwardOptions, connection: UpstreamConnection): Promise<Exchanged> {
  return new Promise((resolve) => {
    const started = performance.now();
    let responseCode = 0;
    let bytesSent = 0;
    let serviceTime: number | undefined;
    let staysOpen = true;
    const outcome = (code: number, flags: string, details: string): Exchanged => ({
      responseCode: code,
      flags,
      details,
      transportFailure: undefined,
      bytesSent,
      serviceTime,
    });
    const gone = () => {
      if (response.writableFinished) return;
      connection.client.destroy().catch(() => {});
      resolve(outcome(0, "DC", "downstream_remote_disconnect"));
    };
    response.once("close", gone);
    connection.client.dispatch(
      { path: message.url ?? "/", method: message.method ?? "GET", headers, body: body.length > 0 ? body : null },
      {
        // Undici tells the two kinds of handlers apart by this one.
        onRequestStart: () => {},
        onResponseStart: (_controller, statusCode, upstreamHeaders) => {
          if (statusCode < 200) return;
          responseCode = statusCode;
          staysOpen = !/\bclose\b/i.test(String(upstreamHeaders.connection));
          serviceTime = Math.round(performance.now() - started);
          const kept = Object.entries(upstreamHeaders).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.has(name));
          response.writeHead(statusCode, { ...Object.fromEntries(kept), server, "x-envoy-upstream-service-time": String(serviceTime) });
        },
        onResponseData: (controller, chunk) => {
          bytesSent += chunk.length;
          if (response.write(chunk)) return;
          controller.pause();
          response.once("drain", () => controller.resume());
        },
        onResponseEnd: () => {
          response.off("close", gone);
          response.end();
          // Undici ends a connection that the server is about to close, but only after this call.
          if (staysOpen) pool.release(connection);
          resolve(outcome(responseCode, "-", "via_upstream"));
        },
        onResponseError: () => {
          response.off("close", gone);
          if (response.headersSent) {
            response.destroy();
            resolve(outcome(responseCode, "UC", "upstream_reset_after_response_started{connection_termination}"));
            return;
          }
          bytesSent = localReply(response, "upstream connect error or disconnect/reset before headers. reset reason: connection termination", server);
          resolve(outcome(503, "UC", "upstream_reset_before_response_started{connection_termination}"));
        },
      },
    );
  });
}

/** An answer of the proxy itself. @returns the body's length */
export function localReply(response: ServerResponse, text: string, server: string, status = 503): number {
  if (!response.destroyed) writeAppResponse(response, { status, headers: text ? { "content-type": "text/plain" } : {}, body: text }, { server });
  return Buffer.byteLength(text);
}
