import { createServer } from "node:http";
import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { KeyAndCertificate } from "../network/certificates";
import type { LabNetwork } from "../network/lab-network";
import type { AccessLogEntry } from "./access-log";
import { type AppRequest, type AppResponse, serveApp } from "./app";
import { looksLikeTls, parseClientHello } from "./client-hello";
import { peekFirstBytes } from "./first-bytes";
import { type GatewayServer, matchesHost, routeOf } from "./gateway-config";
import { handshakeKey } from "./handshake-key";
import type { HttpRouter, RouteTarget } from "./http-router";
import type { MeshSnapshot } from "./mesh-snapshot";
import { selects } from "./peer-authentication";
import type { Workload } from "./workload";

/** The ingress gateway's program: what Gateway and VirtualService objects make of it. */
export interface IngressGateway {
  /** Takes a connection that was made to a port of the gateway's Service, or to the container port behind it. */
  accept(socket: Socket, port: number, containerPort: number): void;
  /** The Service ports that Gateway objects ask for. */
  ports(): number[];
  apply(snapshot: MeshSnapshot): void;
}

interface GatewayConnection {
  remote: string;
  remoteHost: string;
  local: string;
  port: number;
  serverName: string | undefined;
  /** The servers whose hosts may be asked for on this connection. */
  servers: readonly GatewayServer[];
}

export function createIngressGateway(options: {
  workload: Workload;
  network: LabNetwork;
  router: HttpRouter;
  /** Certificates by credentialName, what the Secrets beside the gateway hold. */
  credentials: ReadonlyMap<string, KeyAndCertificate>;
  log(entry: AccessLogEntry): void;
}): IngressGateway {
  const { workload, network, router, credentials, log } = options;
  const connections = new WeakMap<Socket, GatewayConnection>();
  const handshakes = new Map<string, GatewayConnection>();
  const tlsServers = new Map<string, TlsServer>();
  let snapshot: MeshSnapshot | undefined;
  let servers: readonly GatewayServer[] = [];

  const http = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (message, response) => {
    const connection = connections.get(message.socket);
    const current = snapshot;
    if (connection && current) void serveApp((request) => answer(request, connection, current), message, response);
    else message.socket.destroy();
  });

  function answer(request: AppRequest, connection: GatewayConnection, current: MeshSnapshot): Promise<AppResponse | undefined> {
    const { remote, remoteHost, local, port, serverName } = connection;
    const server = connection.servers[0];
    return router.route(request, {
      target: routeTarget(request, connection, current),
      snapshot: current,
      downstreamLocal: local,
      downstreamRemote: remote,
      requestedServerName: serverName,
      routeName: server?.protocol === "HTTPS" ? `https.${port}.${server.portName}.${server.gateway}.${server.namespace}` : `http.${port}`,
      forwardedFor: remoteHost,
    });
  }

  function routeTarget({ headers, url }: AppRequest, connection: GatewayConnection, current: MeshSnapshot): RouteTarget {
    const host = (headers.host ?? "").toLowerCase().replace(/:\d+$/, "");
    for (const server of connection.servers) {
      const destination = routeOf(current.virtualServices, server, host, url);
      const service = destination && current.services.find((candidate) => candidate.host === destination.host);
      const port = destination?.port ?? service?.ports[0]?.number;
      if (service && port !== undefined) return { kind: "service", service, port };
    }
    return { kind: "none" };
  }

  function secureServer(credentialName: string): TlsServer | undefined {
    const credential = credentials.get(credentialName);
    if (!credential) return undefined;
    const known = tlsServers.get(credentialName);
    if (known) return known;
    const server = createTlsServer({ ...credential, ALPNProtocols: ["http/1.1"], minVersion: "TLSv1.2" }, (socket) => {
      const connection = handshakes.get(handshakeKey(socket));
      if (!connection) {
        socket.destroy();
        return;
      }
      socket.on("error", () => socket.destroy());
      connections.set(socket, connection);
      http.emit("connection", socket);
    });
    server.on("tlsClientError", (_error, socket: TLSSocket) => socket.destroy());
    tlsServers.set(credentialName, server);
    return server;
  }

  async function decide(socket: Socket, port: number, containerPort: number): Promise<void> {
    const startTime = Date.now();
    const bytes = await peekFirstBytes(socket);
    if (!bytes) {
      socket.destroy();
      return;
    }
    const isTls = looksLikeTls(bytes);
    const serverName = isTls ? parseClientHello(bytes)?.serverName?.toLowerCase() : undefined;
    // A filter chain wants TLS and a server name among its hosts; a caller without one matches only a server for every host.
    const matching = servers.filter(
      (server) =>
        server.port === port &&
        (server.protocol === "HTTPS") === isTls &&
        (!isTls || server.hosts.some((pattern) => (serverName ? matchesHost(pattern, serverName) : pattern === "*"))),
    );
    const caller = network.callerOf(socket);
    const connection: GatewayConnection = {
      remote: `${caller.host}:${caller.port}`,
      remoteHost: caller.host,
      local: `${workload.address}:${containerPort}`,
      port,
      serverName,
      servers: matching,
    };
    const [server] = matching;
    const secure = server?.credentialName === undefined ? undefined : secureServer(server.credentialName);
    if (server?.protocol === "HTTP") {
      connections.set(socket, connection);
      http.emit("connection", socket);
    } else if (server && secure) {
      const key = handshakeKey(socket);
      handshakes.set(key, connection);
      socket.once("close", () => handshakes.delete(key));
      secure.emit("connection", socket);
    } else {
      socket.resetAndDestroy();
      log({
        startTime,
        request: undefined,
        responseCode: 0,
        flags: "NR",
        responseCodeDetails: "filter_chain_not_found",
        bytesReceived: 0,
        bytesSent: 0,
        duration: Date.now() - startTime,
        downstreamLocalAddress: connection.local,
        downstreamRemoteAddress: connection.remote,
        requestedServerName: serverName,
      });
    }
  }

  return {
    accept: (socket, port, containerPort) => {
      socket.on("error", () => socket.destroy());
      void decide(socket, port, containerPort);
    },
    ports: () => [...new Set(servers.map(({ port }) => port))],
    apply: (next) => {
      snapshot = next;
      servers = next.gatewayServers.filter(({ selector }) => selects(selector, workload.labels));
    },
  };
}
