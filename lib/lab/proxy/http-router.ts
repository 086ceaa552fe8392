import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SocketAddress } from "../network/connection-table";
import type { Telemetry } from "../telemetry";
import type { AccessLogEntry } from "./access-log";
import { BodyTooLargeError, readBody } from "./app";
import { clusterTls, upstreamTransport } from "./client-tls";
import { type ForwardOutcome, forward, HOP_BY_HOP, localReply, type UpstreamTarget } from "./forward";
import { requestHeaders } from "./inbound-http";
import type { MeshService, MeshSnapshot } from "./mesh-snapshot";
import { encodePeerMetadata, PEER_METADATA_HEADER } from "./peer-metadata";
import { toPeerMetadata, toSourceReport } from "./request-report";
import type { UpstreamPool } from "./upstream-pool";
import type { Workload } from "./workload";

/** Where a request goes. */
export type RouteTarget =
  | { kind: "service"; service: MeshService; port: number }
  /** The address the program itself dialled (cluster PassthroughCluster). */
  | { kind: "original destination"; address: SocketAddress }
  /** No route: 404. */
  | { kind: "none" };

export interface RoutedRequest {
  target: RouteTarget;
  snapshot: MeshSnapshot;
  /** `address:port` as the log shows them. */
  downstreamLocal: string;
  downstreamRemote: string;
  requestedServerName?: string;
  routeName?: string;
  /** Set by a gateway, for which the caller is the outside world. */
  forwardedFor?: string;
}

export interface HttpRouter {
  /** Takes new configuration: connections of clusters whose TLS settings changed are dropped. */
  apply(snapshot: MeshSnapshot): void;
  route(message: IncomingMessage, response: ServerResponse, request: RoutedRequest): Promise<void>;
}

/** Istio's default retry policy: two attempts more, for connections that did not come about. */
const RETRIES = 2;

/** The client half of a sidecar or gateway: sends requests on, logs and counts them as their source. */
export function createHttpRouter(options: {
  workload: Workload;
  spiffeId: string;
  pool: UpstreamPool;
  telemetry: Telemetry;
  /** `envoy` for a sidecar, `istio-envoy` for a gateway. */
  server: string;
  log(entry: AccessLogEntry): void;
}): HttpRouter {
  const { workload, spiffeId, pool, telemetry, server, log } = options;
  const metadata = encodePeerMetadata(workload);
  /** TLS settings by cluster, as last pushed. */
  let clusters: ReadonlyMap<string, string> = new Map();

  async function route(message: IncomingMessage, response: ServerResponse, request: RoutedRequest): Promise<void> {
    const startTime = Date.now();
    const started = performance.now();
    message.headers["x-request-id"] ??= randomUUID();
    if (request.forwardedFor) message.headers["x-forwarded-for"] = request.forwardedFor;
    let body: Buffer = Buffer.alloc(0);
    let outcome: ForwardOutcome;
    try {
      body = await readBody(message);
      outcome = request.target.kind === "none" ? notFound(response) : await send(message, response, body, request);
    } catch (error) {
      if (error instanceof BodyTooLargeError) localReply(response, "Payload Too Large", server, 413);
      else response.destroy();
      return;
    }
    log({
      startTime,
      request: { method: message.method ?? "-", path: message.url ?? "-", protocol: `HTTP/${message.httpVersion}` },
      responseCode: outcome.responseCode,
      flags: outcome.flags,
      responseCodeDetails: outcome.details,
      upstreamTransportFailure: outcome.transportFailure,
      bytesReceived: body.length,
      bytesSent: outcome.bytesSent,
      duration: Math.round(performance.now() - started),
      upstreamServiceTime: outcome.serviceTime,
      ...requestHeaders(message),
      upstreamHost: outcome.target && `${outcome.target.address.host}:${outcome.target.address.port}`,
      upstreamCluster: clusterName(request.target),
      upstreamLocalAddress: outcome.local,
      downstreamLocalAddress: request.downstreamLocal,
      downstreamRemoteAddress: request.downstreamRemote,
      requestedServerName: request.requestedServerName,
      routeName: request.routeName ?? (request.target.kind === "original destination" ? "allow_any" : "default"),
    });
    report(request.target, outcome);
  }

  function notFound(response: ServerResponse): ForwardOutcome {
    const bytesSent = localReply(response, "", server, 404);
    return {
      responseCode: 404,
      flags: "NR",
      details: "route_not_found",
      bytesSent,
      transportFailure: undefined,
      serviceTime: undefined,
      target: undefined,
      local: undefined,
      peer: undefined,
    };
  }

  function send(message: IncomingMessage, response: ServerResponse, body: Buffer, { target, snapshot }: RoutedRequest): Promise<ForwardOutcome> {
    return forward({
      message,
      response,
      body,
      headers: outgoingHeaders(message),
      pool,
      cluster: clusterName(target) ?? "",
      server,
      retries: target.kind === "service" ? RETRIES : 0,
      choose: () => choose(target, snapshot),
    });
  }

  function choose(target: RouteTarget, snapshot: MeshSnapshot): UpstreamTarget | undefined {
    if (target.kind === "none") return undefined;
    if (target.kind === "original destination") return { address: target.address, transport: { kind: "plaintext" }, endpoint: undefined };
    const { service, port } = target;
    const endpoint = service.endpoints[Math.floor(Math.random() * service.endpoints.length)];
    const containerPort = endpoint?.containerPorts.get(port);
    if (!endpoint || containerPort === undefined) return undefined;
    return { address: { host: endpoint.address, port: containerPort }, transport: upstreamTransport(snapshot, workload, service, port, endpoint), endpoint };
  }

  function outgoingHeaders(message: IncomingMessage): string[] {
    const headers: string[] = [];
    for (const [name, value] of Object.entries(message.headers)) {
      if (value === undefined || HOP_BY_HOP.has(name) || name === "content-length" || name === PEER_METADATA_HEADER) continue;
      headers.push(name, Array.isArray(value) ? value.join(", ") : value);
    }
    headers.push(PEER_METADATA_HEADER, metadata);
    return headers;
  }

  function report(target: RouteTarget, { responseCode, flags, target: upstream, peer }: ForwardOutcome): void {
    if (target.kind === "none") return;
    const destination = upstream?.endpoint?.workload;
    telemetry.record(
      toSourceReport({
        responseCode,
        flags,
        source: toPeerMetadata(workload),
        destination: destination && toPeerMetadata(destination),
        service: target.kind === "service" ? target.service : { host: target.address.host, name: "PassthroughCluster", namespace: "unknown" },
        principals: peer ? { source: spiffeId, destination: peer } : undefined,
      }),
    );
  }

  function apply(snapshot: MeshSnapshot): void {
    const present = new Map<string, string>();
    for (const service of snapshot.services) {
      for (const { number } of service.ports) {
        const name = clusterName({ kind: "service", service, port: number });
        if (name) present.set(name, JSON.stringify(clusterTls(snapshot, workload, service, number)));
      }
    }
    for (const [name, tls] of clusters) if (present.get(name) !== tls) pool.drop(name);
    clusters = present;
  }

  return { route, apply };
}

function clusterName(target: RouteTarget): string | undefined {
  if (target.kind === "none") return undefined;
  return target.kind === "service" ? `outbound|${target.port}||${target.service.host}` : "PassthroughCluster";
}
