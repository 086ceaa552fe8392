import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { serviceNames } from "../network/cluster-dns";
import type { SocketAddress } from "../network/connection-table";
import type { LabNetwork } from "../network/lab-network";
import type { AccessLogEntry } from "./access-log";
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
  const destinations = new WeakMap<Socket, { destination: SocketAddress; remote: string }>();
  let snapshot: MeshSnapshot | undefined;

  const http = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (message, response) => {
    const flow = destinations.get(message.socket);
    if (!flow || !snapshot) {
      message.socket.destroy();
      return;
    }
    const target = routeTo(message, flow.destination, snapshot);
    void router.route(message, response, {
      target,
      snapshot,
      downstreamLocal: `${flow.destination.host}:${flow.destination.port}`,
      downstreamRemote: flow.remote,
    });
  });

  /** An HTTP listener's routes go by the Host header alone; what no Service claims goes where the program meant it to go. */
  function routeTo(message: IncomingMessage, destination: SocketAddress, { services }: MeshSnapshot): RouteTarget {
    const host = (message.headers.host ?? "").toLowerCase().replace(/:\d+$/, "");
    const service = services.find(
      (candidate) =>
        candidate.ports.some(({ number, isHttp }) => isHttp && number === destination.port) &&
        (candidate.clusterIP === host || serviceNames(candidate, workload.namespace).includes(host)),
    );
    return service ? { kind: "service", service, port: destination.port } : { kind: "original destination", address: throughKubeProxy(services, destination) };
  }

  async function handle(socket: Socket): Promise<void> {
    const flow = await network.flowOf(socket);
    if (!flow || !snapshot) {
      socket.destroy();
      return;
    }
    const { destination } = flow;
    const remote = `${flow.source.host}:${flow.source.port}`;
    if (!snapshot.services.some(({ ports }) => ports.some(({ number, isHttp }) => isHttp && number === destination.port))) {
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
    destinations.set(socket, { destination, remote });
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
    accept: (socket) => {
      socket.on("error", () => socket.destroy());
      void handle(socket);
    },
    apply: (next) => {
      snapshot = next;
    },
  };
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
