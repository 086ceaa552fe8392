import { randomUUID } from "node:crypto";
import type { SocketAddress } from "../network/connection-table";
import type { Telemetry } from "../telemetry";
import type { AccessLogEntry } from "./access-log";
import type { AppRequest, AppResponse } from "./app";
import { clusterTls, upstreamTransport } from "./client-tls";
import { type ForwardOutcome, forward, HOP_BY_HOP, type UpstreamTarget } from "./forward";
import { loggedHeaders } from "./logged-headers";
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
  /** @returns undefined when the caller left first */
  route(request: AppRequest, routed: RoutedRequest): Promise<AppResponse | undefined>;
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
  const source = toPeerMetadata(workload);
  /** TLS settings by cluster, as last pushed. */
  let clusters: ReadonlyMap<string, string> = new Map();

  async function route(request: AppRequest, routed: RoutedRequest): Promise<AppResponse | undefined> {
    const startTime = Date.now();
    const started = performance.now();
    request.headers["x-request-id"] ??= randomUUID();
    if (routed.forwardedFor) request.headers["x-forwarded-for"] = routed.forwardedFor;
    const outcome = await send(request, routed);
    const { response, target } = outcome;
    log({
      startTime,
      request: { method: request.method, path: request.url, protocol: `HTTP/${request.httpVersion}` },
      responseCode: response?.status ?? 0,
      flags: outcome.flags,
      responseCodeDetails: outcome.details,
      upstreamTransportFailure: outcome.transportFailure,
      bytesReceived: request.body.length,
      bytesSent: response ? Buffer.byteLength(response.body) : 0,
      duration: Math.round(performance.now() - started),
      upstreamServiceTime: outcome.serviceTime,
      ...loggedHeaders(request.headers),
      upstreamHost: target && `${target.address.host}:${target.address.port}`,
      upstreamCluster: clusterName(routed.target),
      upstreamLocalAddress: outcome.local,
      downstreamLocalAddress: routed.downstreamLocal,
      downstreamRemoteAddress: routed.downstreamRemote,
      requestedServerName: routed.requestedServerName,
      routeName: routed.routeName ?? (routed.target.kind === "original destination" ? "allow_any" : "default"),
    });
    report(routed.target, outcome);
    return response && { ...response, headers: { ...response.headers, server } };
  }

  function send(request: AppRequest, { target, snapshot }: RoutedRequest): Promise<ForwardOutcome> {
    if (target.kind === "none") return Promise.resolve({ response: { status: 404, headers: {}, body: "" }, flags: "NR", details: "route_not_found" });
    return forward({
      request,
      headers: outgoingHeaders(request),
      pool,
      cluster: clusterName(target) ?? "",
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

  function outgoingHeaders(request: AppRequest): string[] {
    const headers: string[] = [];
    for (const name in request.headers) {
      const value = request.headers[name];
      if (value === undefined || HOP_BY_HOP.has(name) || name === "content-length" || name === PEER_METADATA_HEADER) continue;
      headers.push(name, Array.isArray(value) ? value.join(", ") : value);
    }
    headers.push(PEER_METADATA_HEADER, metadata);
    return headers;
  }

  function report(target: RouteTarget, { response, flags, target: upstream, peer }: ForwardOutcome): void {
    if (target.kind === "none") return;
    const destination = upstream?.endpoint?.workload;
    telemetry.record(
      toSourceReport({
        responseCode: response?.status ?? 0,
        flags,
        source,
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
