import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import type { CertificateAuthority, KeyAndCertificate } from "../network/certificates";
import type { SocketAddress } from "../network/connection-table";
import type { LabNetwork, Listening } from "../network/lab-network";
import { createWorkloadIdentity, spiffeId } from "../network/workload-identity";
import { type AccessLogEntry, formatAccessLog } from "../proxy/access-log";
import { type App, type AppRequest, type AppResponse, serveApp } from "../proxy/app";
import type { DrainTimes } from "../proxy/drain";
import { createIngressGateway, type IngressGateway } from "../proxy/gateway";
import { createHttpRouter } from "../proxy/http-router";
import { createInbound } from "../proxy/inbound";
import type { MeshSnapshot } from "../proxy/mesh-snapshot";
import { createOutbound } from "../proxy/outbound";
import { createUpstreamConnector } from "../proxy/upstream-connect";
import { createUpstreamPool } from "../proxy/upstream-pool";
import type { Workload } from "../proxy/workload";
import type { Telemetry } from "../telemetry";
import { ContainerLog } from "./container-log";
import { callOnce } from "./http-call";
import type { Container } from "./pod-spec";
import { PROXY_CONTAINER } from "./pod-template";
import { type Program, toProgram } from "./program";

export interface RunningPod {
  readonly workload: Workload;
  readonly containers: readonly Container[];
  readonly logs: ReadonlyMap<string, ContainerLog>;
  /** Images the lab has no program for. */
  readonly unknownImages: ReadonlySet<string>;
  readonly hasSidecar: boolean;
  readonly gateway: IngressGateway | undefined;
  /** Container ports with listeners of their own. */
  readonly listening: readonly Listening[];
  /** Hands the pod's proxy new configuration. */
  apply(snapshot: MeshSnapshot): void;
  stop(): Promise<void>;
}

export interface PodEnvironment {
  network: LabNetwork;
  authority: CertificateAuthority;
  /** Certificates a gateway may serve, by credentialName. */
  credentials: ReadonlyMap<string, KeyAndCertificate>;
  telemetry: Telemetry;
  drainTimes: DrainTimes;
  trustDomain: string;
  /** The address a host name means in a namespace. @throws HostNotFoundError, OutsideLabError */
  resolve(namespace: string, host: string): string;
  /** Opens a connection for a program of the pod, through its sidecar when it has one. */
  connect(workload: Workload, target: SocketAddress, signal: AbortSignal): Promise<Socket>;
}

/** Istio's ports in a sidecar: outbound and inbound capture, and readiness, which no policy covers. */
export const OUTBOUND_PORT = 15_001;
const INBOUND_PORT = 15_006;
const READINESS_PORT = 15_021;

/** Starts what runs in a pod: its programs, its proxy, and a real listener for every port a program listens on. */
export async function startPod(workload: Workload, containers: readonly Container[], environment: PodEnvironment): Promise<RunningPod> {
  const { network } = environment;
  const logs = new Map(containers.map(({ name }) => [name, new ContainerLog()]));
  const programs = new Map<string, Program>();
  for (const container of containers) {
    const program = toProgram(container, {
      address: workload.address,
      call,
      log: (line) => logs.get(container.name)?.append(line),
    });
    programs.set(container.name, program);
  }
  const apps = new Map<number, App>();
  for (const program of programs.values()) if (program.kind === "http") apps.set(program.port, program.app);

  const isGateway = [...programs.values()].some(({ kind }) => kind === "ingress gateway");
  const hasSidecar = !isGateway && logs.has(PROXY_CONTAINER);
  const closing: (() => Promise<void> | void)[] = [];
  const listen = async (server: Server, port: number): Promise<Listening> => {
    const listening = await network.listen(server, { host: workload.address, port });
    closing.push(() => listening.close());
    return listening;
  };

  const proxy = hasSidecar || isGateway ? await createProxy() : undefined;
  const listening: Listening[] = [];
  for (const [port, app] of apps) {
    const accept = proxy?.inbound?.accept;
    const server = accept
      ? createServer({ noDelay: true }, (socket) => accept(socket, port))
      : createHttpServer({ keepAliveTimeout: 60_000 }, (message, response) => void serveApp(app, message, response));
    listening.push(await listen(server, port));
  }

  /** A program's HTTP call: by its sidecar where that has an HTTP listener for the port, on a new connection otherwise. */
  async function call({ hostname, port: text }: URL, request: AppRequest): Promise<AppResponse> {
    const port = Number(text || 80);
    const destination = { host: environment.resolve(workload.namespace, hostname), port };
    if (proxy?.outbound?.isHttp(destination)) {
      const answer = await proxy.outbound.send(request, destination, `${workload.address}:0`);
      if (!answer) throw new Error("the caller has gone");
      return answer;
    }
    return callOnce(await environment.connect(workload, destination, request.signal), request);
  }

  /** Certificate, client half, and the server half that the kind of proxy has. */
  async function createProxy() {
    const log = (entry: AccessLogEntry) => logs.get(PROXY_CONTAINER)?.append(() => formatAccessLog(entry));
    const id = spiffeId(environment.trustDomain, workload.namespace, workload.serviceAccount);
    const identity = await createWorkloadIdentity({ authority: environment.authority, spiffeId: id });
    const connector = createUpstreamConnector({ network, source: workload.address, identity });
    const pool = createUpstreamPool(connector);
    closing.push(
      () => identity.close(),
      () => pool.close(),
    );
    const { telemetry, drainTimes, credentials } = environment;
    const router = createHttpRouter({ workload, spiffeId: id, pool, telemetry, log, server: isGateway ? "istio-envoy" : "envoy" });
    await listen(
      createHttpServer((_message, response) => response.end()),
      READINESS_PORT,
    );
    if (isGateway) return { router, gateway: createIngressGateway({ workload, network, router, credentials, log }) };

    const inbound = createInbound({ workload, network, identity, apps, telemetry, drainTimes, log });
    const outbound = createOutbound({ workload, network, router, connector, log });
    await listen(createServer({ noDelay: true }, outbound.accept), OUTBOUND_PORT);
    const capturing = createServer({ noDelay: true }, async (socket) => {
      socket.on("error", () => socket.destroy());
      const flow = await network.flowOf(socket);
      if (flow) inbound.accept(socket, flow.destination.port);
      else socket.destroy();
    });
    network.capture(workload.address, await listen(capturing, INBOUND_PORT));
    return { router, inbound, outbound };
  }

  return {
    workload,
    containers,
    logs,
    unknownImages: new Set(containers.filter(({ name }) => programs.get(name)?.kind === "unknown").map(({ image }) => image)),
    hasSidecar,
    gateway: proxy?.gateway,
    listening,
    apply: (snapshot) => {
      // Clients first, as istiod pushes clusters before listeners.
      proxy?.router.apply(snapshot);
      proxy?.outbound?.apply(snapshot);
      proxy?.inbound?.apply(snapshot);
      proxy?.gateway?.apply(snapshot);
    },
    stop: async () => {
      await Promise.all(closing.map((close) => close()));
    },
  };
}
