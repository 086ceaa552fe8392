import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Telemetry } from "../telemetry";
import type { AccessLogEntry } from "./access-log";
import { type App, type AppResponse, BodyTooLargeError, readBody, writeAppResponse } from "./app";
import type { Draining } from "./drain";
import { PEER_METADATA_HEADER, parsePeerMetadata } from "./peer-metadata";
import { type ReportedService, toDestinationReport, toPeerMetadata } from "./request-report";
import type { Workload } from "./workload";

/** What was decided about an inbound connection when it was accepted; it holds as long as the connection does. */
export interface InboundConnection {
  /** Container port. */
  port: number;
  /** `address:port` of the caller. */
  remote: string;
  serverName: string | undefined;
  /** The caller's verified SPIFFE ID; undefined on plaintext. */
  peer: string | undefined;
  /** The Service that declares the port. */
  service: ReportedService | undefined;
}

export interface InboundHttpOptions {
  workload: Workload;
  spiffeId: string;
  apps: ReadonlyMap<number, App>;
  draining: Draining;
  telemetry: Telemetry;
  log(entry: AccessLogEntry): void;
}

export interface InboundHttp {
  /** Serves HTTP/1.1 on a connection, plain or already decrypted. */
  serve(socket: Socket, connection: InboundConnection): void;
}

/** Envoy's words when nothing listens behind it, after its two retries. */
const NO_APPLICATION: AppResponse = {
  status: 503,
  headers: { "content-type": "text/plain" },
  body: "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure",
};

/**
 * The HTTP half of a sidecar's inbound side: passes requests to the application, logs and counts them. The application is called in the process
 * instead of over the pod's loopback: nobody outside the pod could tell, and it saves a connection and two parsers a request.
 */
export function createInboundHttp(options: InboundHttpOptions): InboundHttp {
  const { workload, spiffeId, apps, draining, telemetry, log } = options;
  const connections = new WeakMap<Socket, InboundConnection>();
  const server: Server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (message, response) => void handle(message, response));

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const socket = message.socket;
    const connection = connections.get(socket);
    if (!connection) {
      socket.destroy();
      return;
    }
    const startTime = Date.now();
    const started = performance.now();
    message.headers["x-request-id"] ??= randomUUID();
    const app = apps.get(connection.port);
    const gone = new AbortController();
    let serviceTime = 0;
    let bodyLength = 0;
    let bytesSent = 0;
    response.once("close", () => {
      // An abort costs a stack trace; most requests end whole.
      if (!response.writableFinished) gone.abort();
      finish(response.writableFinished);
    });

    try {
      const body = await readBody(message);
      bodyLength = body.length;
      const { [PEER_METADATA_HEADER]: _metadata, ...headers } = message.headers;
      const answer = app ? await app({ method: message.method ?? "GET", url: message.url ?? "/", headers, body, signal: gone.signal }) : NO_APPLICATION;
      serviceTime = Math.round(performance.now() - started);
      write(answer, app !== undefined);
    } catch (error) {
      if (error instanceof BodyTooLargeError) write({ status: 413, headers: {}, body: "Payload Too Large" }, false);
      else if (!response.destroyed) write({ status: 500, headers: {}, body: "Internal Server Error" }, false);
    }

    function write(answer: AppResponse, fromApp: boolean): void {
      bytesSent = Buffer.byteLength(answer.body);
      const more: Record<string, string> = { server: "istio-envoy" };
      if (fromApp) more["x-envoy-upstream-service-time"] = String(serviceTime);
      if (draining.has(socket)) {
        more.connection = "close";
        draining.answering(socket);
      }
      writeAppResponse(response, answer, more);
    }

    function finish(isWhole: boolean): void {
      const responseCode = isWhole ? response.statusCode : 0;
      const outcome = !isWhole
        ? { flags: "DC", responseCodeDetails: "downstream_remote_disconnect" }
        : app
          ? { flags: "-", responseCodeDetails: "via_upstream" }
          : {
              flags: "URX,UF",
              responseCodeDetails: "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}",
            };
      const { service, peer, port } = connection as InboundConnection;
      const authority = message.headers.host;
      log({
        startTime,
        request: { method: message.method ?? "-", path: message.url ?? "-", protocol: `HTTP/${message.httpVersion}` },
        responseCode,
        ...outcome,
        bytesReceived: bodyLength,
        bytesSent: isWhole ? bytesSent : 0,
        duration: Math.round(performance.now() - started),
        ...(isWhole && app && { upstreamServiceTime: serviceTime }),
        ...requestHeaders(message),
        upstreamHost: `${workload.address}:${port}`,
        upstreamCluster: service ? `inbound|${port}||` : "InboundPassthroughCluster",
        downstreamLocalAddress: `${workload.address}:${port}`,
        downstreamRemoteAddress: (connection as InboundConnection).remote,
        requestedServerName: (connection as InboundConnection).serverName,
        routeName: "default",
      });
      telemetry.record(
        toDestinationReport({
          responseCode,
          flags: outcome.flags,
          source: parsePeerMetadata(headerText(message, PEER_METADATA_HEADER)),
          destination: toPeerMetadata(workload),
          service: service ?? { host: authority ?? "unknown", name: "InboundPassthroughCluster", namespace: workload.namespace },
          principals: peer ? { source: peer, destination: spiffeId } : undefined,
        }),
      );
    }
  }

  return {
    serve: (socket, connection) => {
      connections.set(socket, connection);
      server.emit("connection", socket);
    },
  };
}

/** The request headers that Istio's format logs. */
export function requestHeaders(message: IncomingMessage): Pick<AccessLogEntry, "forwardedFor" | "userAgent" | "requestId" | "authority"> {
  return {
    forwardedFor: headerText(message, "x-forwarded-for"),
    userAgent: headerText(message, "user-agent"),
    requestId: headerText(message, "x-request-id"),
    authority: message.headers.host,
  };
}

function headerText(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
