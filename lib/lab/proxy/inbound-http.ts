import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Telemetry } from "../telemetry";
import type { AccessLogEntry } from "./access-log";
import { type App, type AppRequest, type AppResponse, serveApp } from "./app";
import type { Draining } from "./drain";
import { headerText, loggedHeaders } from "./logged-headers";
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
const SERVED = { flags: "-", responseCodeDetails: "via_upstream" };
const LEFT = { flags: "DC", responseCodeDetails: "downstream_remote_disconnect" };
const UNSERVED = {
  flags: "URX,UF",
  responseCodeDetails: "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}",
};

/**
 * The HTTP half of a sidecar's inbound side: passes requests to the application, logs and counts them. The application is called in the process
 * instead of over the pod's loopback: nobody outside the pod could tell, and it saves a connection and two parsers a request.
 */
export function createInboundHttp(options: InboundHttpOptions): InboundHttp {
  const { workload, spiffeId, apps, draining, telemetry, log } = options;
  const destination = toPeerMetadata(workload);
  const connections = new WeakMap<Socket, InboundConnection>();
  const server: Server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (message, response) => {
    const { socket } = message;
    const connection = connections.get(socket);
    if (!connection) {
      socket.destroy();
      return;
    }
    const app: App = async (request) => {
      const answer = await pass(request, connection);
      if (!answer || !draining.has(socket)) return answer;
      draining.answering(socket);
      return { ...answer, headers: { ...answer.headers, connection: "close" } };
    };
    void serveApp(app, message, response);
  });

  async function pass(request: AppRequest, connection: InboundConnection): Promise<AppResponse | undefined> {
    const { method, url, httpVersion, headers, body } = request;
    const { port, peer, remote, serverName, service } = connection;
    const startTime = Date.now();
    const started = performance.now();
    headers["x-request-id"] ??= randomUUID();
    const source = parsePeerMetadata(headerText(headers, PEER_METADATA_HEADER));
    delete headers[PEER_METADATA_HEADER];

    const app = apps.get(port);
    const answer = app ? await app(request) : NO_APPLICATION;
    const outcome = !answer ? LEFT : app ? SERVED : UNSERVED;
    const responseCode = answer?.status ?? 0;
    const duration = Math.round(performance.now() - started);
    log({
      startTime,
      request: { method, path: url, protocol: `HTTP/${httpVersion}` },
      responseCode,
      ...outcome,
      bytesReceived: body.length,
      bytesSent: answer ? Buffer.byteLength(answer.body) : 0,
      duration,
      ...(answer && app && { upstreamServiceTime: duration }),
      ...loggedHeaders(headers),
      upstreamHost: `${workload.address}:${port}`,
      upstreamCluster: service ? `inbound|${port}||` : "InboundPassthroughCluster",
      downstreamLocalAddress: `${workload.address}:${port}`,
      downstreamRemoteAddress: remote,
      requestedServerName: serverName,
      routeName: "default",
    });
    telemetry.record(
      toDestinationReport({
        responseCode,
        flags: outcome.flags,
        source,
        destination,
        service: service ?? { host: headers.host ?? "unknown", name: "InboundPassthroughCluster", namespace: workload.namespace },
        principals: peer ? { source: peer, destination: spiffeId } : undefined,
      }),
    );
    return answer && { ...answer, headers: { ...answer.headers, server: "istio-envoy", ...(app && { "x-envoy-upstream-service-time": String(duration) }) } };
  }

  return {
    serve: (socket, connection) => {
      connections.set(socket, connection);
      server.emit("connection", socket);
    },
  };
}
