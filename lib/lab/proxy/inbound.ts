import { createServer as createHttpServer } from "node:http";
import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { LabNetwork } from "../network/lab-network";
import type { WorkloadIdentity } from "../network/workload-identity";
import type { Telemetry } from "../telemetry";
import type { AccessLogEntry } from "./access-log";
import { type App, serveApp } from "./app";
import { looksLikeTls, parseClientHello } from "./client-hello";
import { Draining, type DrainTimes } from "./drain";
import { chooseFilterChain } from "./filter-chain";
import { peekFirstBytes } from "./first-bytes";
import { handshakeKey } from "./handshake-key";
import { createInboundHttp, type InboundConnection } from "./inbound-http";
import type { MeshSnapshot } from "./mesh-snapshot";
import { effectiveMode, type MutualTlsMode } from "./peer-authentication";
import type { ReportedService } from "./request-report";
import type { Workload } from "./workload";

export interface InboundOptions {
  workload: Workload;
  network: LabNetwork;
  identity: WorkloadIdentity;
  /** The programs of the pod by the port they listen on. */
  apps: ReadonlyMap<number, App>;
  telemetry: Telemetry;
  drainTimes: DrainTimes;
  log(entry: AccessLogEntry): void;
}

/** A sidecar's inbound listener: what iptables leads to 0.0.0.0:15006. */
export interface Inbound {
  /** Takes a connection that was meant for a container port. */
  accept(socket: Socket, port: number): void;
  /** Takes new configuration; connections that are open drain when it changes a mode. */
  apply(snapshot: MeshSnapshot): void;
}

export function createInbound(options: InboundOptions): Inbound {
  const { workload, network, identity, apps, log } = options;
  const open = new Set<Socket>();
  const draining = new Draining(options.drainTimes);
  const http = createInboundHttp({ ...options, spiffeId: identity.spiffeId, draining });
  const handshakes = new Map<string, InboundConnection>();
  let snapshot: MeshSnapshot | undefined;
  let modes = "";

  // No ALPN is negotiated, whatever was offered (the inbound listener's TLS contexts name none for HTTP/1.1).
  const tls = createTlsServer(
    { ...identity.credentials(), requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2", maxVersion: "TLSv1.3" },
    onSecure,
  );
  tls.on("tlsClientError", (_error, socket: TLSSocket) => socket.destroy());
  identity.onRotate(() => tls.setSecureContext({ ...identity.credentials() }));

  // An application that is handed bytes which are not its protocol answers as a Node server does.
  const plainApps = new Map([...apps].map(([port, app]) => [port, createHttpServer((message, response) => void serveApp(app, message, response))]));

  function onSecure(socket: TLSSocket): void {
    const key = handshakeKey(socket);
    const connection = handshakes.get(key);
    handshakes.delete(key);
    const peer = peerSpiffeId(socket);
    if (!connection || !peer) {
      socket.destroy();
      return;
    }
    track(socket);
    http.serve(socket, { ...connection, peer, serverName: socket.servername || undefined });
  }

  function accept(socket: Socket, port: number): void {
    track(socket);
    void decide(socket, port);
  }

  async function decide(socket: Socket, port: number): Promise<void> {
    const bytes = await peekFirstBytes(socket);
    if (!bytes || !snapshot) {
      socket.destroy();
      return;
    }
    const startTime = Date.now();
    const caller = network.callerOf(socket);
    const service = declaringService(snapshot, workload, port);
    const hello = looksLikeTls(bytes) ? (parseClientHello(bytes) ?? { serverName: undefined, alpn: [] }) : undefined;
    const connection: InboundConnection = { port, remote: `${caller.host}:${caller.port}`, serverName: undefined, peer: undefined, service };
    switch (chooseFilterChain(modeOf(snapshot, port), service?.isHttp ?? false, hello)) {
      case "mutual TLS": {
        const key = handshakeKey(socket);
        handshakes.set(key, connection);
        socket.once("close", () => handshakes.delete(key));
        // From here on the TLS socket stands for the connection.
        open.delete(socket);
        tls.emit("connection", socket);
        return;
      }
      case "plaintext":
        http.serve(socket, connection);
        return;
      case "passthrough": {
        const app = plainApps.get(port);
        if (app) app.emit("connection", socket);
        else socket.destroy();
        return;
      }
      case "bad request":
        socket.end(badRequest());
        return;
      case "none":
        // Envoy has only peeked, so its close leaves unread bytes behind and the kernel sends a reset.
        socket.resetAndDestroy();
        log({
          startTime,
          request: undefined,
          responseCode: 0,
          flags: "NR",
          responseCodeDetails: "filter_chain_not_found",
          bytesReceived: 0,
          bytesSent: 0,
          duration: 0,
          downstreamLocalAddress: `${workload.address}:${port}`,
          downstreamRemoteAddress: connection.remote,
          requestedServerName: hello?.serverName,
        });
    }
  }

  function track(socket: Socket): void {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  function modeOf(from: MeshSnapshot, port?: number): MutualTlsMode {
    return effectiveMode(from.policies, from.settings.rootNamespace, workload, port);
  }

  return {
    accept,
    apply: (next) => {
      const nextModes = [modeOf(next), ...[...apps.keys()].map((port) => modeOf(next, port))].join();
      // A mode changes the listener's filters or chains, and Envoy then drains the listener as a whole, mutual TLS too.
      if (snapshot && nextModes !== modes) draining.start(open);
      snapshot = next;
      modes = nextModes;
    },
  };
}

function declaringService(snapshot: MeshSnapshot, workload: Workload, port: number): (ReportedService & { isHttp: boolean }) | undefined {
  for (const { host, name, namespace, ports, endpoints } of snapshot.services) {
    const own = endpoints.find(({ address }) => address === workload.address);
    const servicePort = own && ports.find(({ number }) => own.containerPorts.get(number) === port);
    if (servicePort) return { host, name, namespace, isHttp: servicePort.isHttp };
  }
  return undefined;
}

/** The URI SAN of a certificate that the workload CA has signed. */
function peerSpiffeId(socket: TLSSocket): string | undefined {
  const names = socket.getPeerX509Certificate()?.subjectAltName ?? "";
  return names
    .split(", ")
    .find((name) => name.startsWith("URI:spiffe://"))
    ?.slice("URI:".length);
}

function badRequest(): string {
  return `HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\ncontent-type: text/plain\r\ndate: ${new Date().toUTCString()}\r\nserver: istio-envoy\r\nconnection: close\r\n\r\nBad Request`;
}
