import { createServer } from "node:http";
import type { Socket } from "node:net";
import { serviceNames } from "../network/cluster-dns";
import type { Flow, SocketAddress } from "../network/connection-table";
import type { LabNetwork } from "../network/lab-network";
import type { AccessLogEntry } from "./access-log";
import { type AppRequest, type AppResponse, serveApp } from "./app";
import { looksLikeTls } from "./client-hello";
import { type UpstreamTransport, upstreamTransport } from "./client-tls";
import { peekFirstBytes } from "./first-bytes";
import type { HttpRouter, RouteTarget } from "./http-router";
import type { MeshService, MeshSnapshot } from "./mesh-snapshot";
import { UpstreamConnectError, type UpstreamConnector } from "./upstream-connect";
import type { Workload } from "./workload";

/** A sidecar's outbound listener: what iptables leads to 15001. */
export interface Outbound {
  accept(socket: Socket): void;
  /** Whether a program's HTTP request to the address meets an HTTP listener of the proxy. */
  isHttp(destination: SocketAddress): boolean;
  /**
   * A request of the pod's own program, handed over in the process instead of over the pod's loopback, as the inbound side hands requests to it.
   * @returns undefined when the caller left first
   */
  send(request: AppRequest, destination: SocketAddress, remote: string): Promise<AppResponse | undefined>;
  apply(snapshot: MeshSnapshot): void;
}

export function createOutbound(options: {
  workload: Workload;
  network: LabNetwork;
  router: HttpRouter;
  connector: UpstreamConnector;
  log(entry: AccessLogEntry): void;
}): Outbound {
  const { workload, network, router, connector, log } = options;
  const flows = new WeakMap<Socket, Flow>();
  let snapshot: MeshSnapshot | undefined;

  const http = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (message, response) => {
    const flow = flows.get(message.socket);
    if (flow) void serveApp((request) => send(request, flow.destination, `${flow.source.host}:${flow.source.port}`), message, response);
    else message.socket.destroy();
  });

  async function send(request: AppRequest, destination: SocketAddress, remote: string): Promise<AppResponse | undefined> {
    if (!snapshot) return undefined;
    const target = routeTo(request, destination, snapshot);
    return router.route(request, { target, snapshot, downstreamLocal: `${destination.host}:${destination.port}`, downstreamRemote: remote });
  }

  /** An HTTP listener's routes go by the Host header alone; what no Service claims goes where the program meant it to go. */
  function routeTo({ headers }: AppRequest, destination: SocketAddress, { services }: MeshSnapshot): RouteTarget {
    const host = (headers.host ?? "").toLowerCase().replace(/:\d+$/, "");
    const service = services.find(
      (candidate) => hasHttpPort(candidate, destination.port) && (candidate.clusterIP === host || serviceNames(candidate, workload.namespace).includes(host)),
    );
    return service ? { kind: "service", service, port: destination.port } : { kind: "original destination", address: throughKubeProxy(services, destination) };
  }

  /** Whether some Service has the port for HTTP: the proxy then has an HTTP listener for it, whoever is called. */
  function isHttp({ port }: SocketAddress): boolean {
    return snapshot?.services.some((service) => hasHttpPort(service, port)) ?? false;
  }

  async function handle(socket: Socket): Promise<void> {
    const flow = await network.flowOf(socket);
    if (!flow || !snapshot) {
      socket.destroy();
      return;
    }
    const { destination } = flow;
    const remote = `${flow.source.host}:${flow.source.port}`;
    if (!isHttp(destination)) {
      await passBytes(socket, destination, remote, snapshot);
      return;
    }
    const bytes = await peekFirstBytes(socket);
    if (!bytes) {
      socket.destroy();
      return;
    }
    if (looksLikeTls(bytes)) {
      // What real Envoys do with TLS to a port known as HTTP: nothing, until the caller gives up.
      socket.resume();
      return;
    }
    flows.set(socket, flow);
    http.emit("connection", socket);
  }

  async function passBytes(socket: Socket, destination: SocketAddress, remote: string, current: MeshSnapshot): Promise<void> {
    const startTime = Date.now();
    const started = performance.now();
    const { address, transport, cluster } = tcpTarget(destination, current);
    const entry = (flags: string, bytesReceived: number, bytesSent: number, transportFailure?: string): AccessLogEntry => ({
      startTime,
      request: undefined,
      responseCode: 0,
      flags,
      upstreamTransportFailure: transportFailure,
      bytesReceived,
      bytesSent,
      duration: Math.round(performance.now() - started),
      upstreamHost: `${address.host}:${address.port}`,
      upstreamCluster: cluster,
      downstreamLocalAddress: `${destination.host}:${destination.port}`,
      downstreamRemoteAddress: remote,
    });
    try {
      const { socket: upstream } = await connector.connect(address, transport);
      let wasReset = false;
      upstream.on("error", () => {
        wasReset = true;
        // The caller must see what the sidecar saw: a reset, not an end.
        socket.resetAndDestroy();
      });
      socket.once("close", () => upstream.destroy());
      upstream.once("close", () => {
        log(entry(wasReset ? "UR" : "-", upstream.bytesWritten, upstream.bytesRead));
        if (!wasReset) socket.destroySoon();
      });
      socket.pipe(upstream).pipe(socket);
    } catch (error) {
      socket.resetAndDestroy();
      log(entry("UF", 0, 0, error instanceof UpstreamConnectError ? error.transportFailure : undefined));
    }
  }

  function tcpTarget(destination: SocketAddress, current: MeshSnapshot): { address: SocketAddress; transport: UpstreamTransport; cluster: string } {
    const service = serviceAt(current.services, destination);
    const endpoint = service?.endpoints[0];
    const containerPort = endpoint?.containerPorts.get(destination.port);
    if (!service || !endpoint || containerPort === undefined) return { address: destination, transport: { kind: "plaintext" }, cluster: "PassthroughCluster" };
    return {
      address: { host: endpoint.address, port: containerPort },
      transport: upstreamTransport(current, workload, service, destination.port, endpoint),
      cluster: `outbound|${destination.port}||${service.host}`,
    };
  }

  return {
    isHttp,
    send,
    accept: (socket) => {
      socket.on("error", () => socket.destroy());
      void handle(socket);
    },
    apply: (next) => {
      snapshot = next;
    },
  };
}

function hasHttpPort({ ports }: MeshService, wanted: number): boolean {
  return ports.some(({ number, isHttp }) => isHttp && number === wanted);
}

function serviceAt(services: readonly MeshService[], { host, port }: SocketAddress): MeshService | undefined {
  return services.find(({ clusterIP, ports }) => clusterIP === host && ports.some(({ number }) => number === port));
}

/** What leaves the proxy for a cluster address is sent on by the node. */
function throughKubeProxy(services: readonly MeshService[], destination: SocketAddress): SocketAddress {
  const endpoint = serviceAt(services, destination)?.endpoints[0];
  const port = endpoint?.containerPorts.get(destination.port);
  return endpoint && port !== undefined ? { host: endpoint.address, port } : destination;
}
