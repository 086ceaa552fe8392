import { type DataPlane, ExecStartError, type PodNetwork } from "../data-plane";
import type { KeyAndCertificate, LabCertificates } from "../network/certificates";
import type { SocketAddress } from "../network/connection-table";
import type { LabNetwork } from "../network/lab-network";
import { RESOURCE, type Store } from "../objects";
import { type DrainTimes, ENVOY_DRAIN_TIMES } from "../proxy/drain";
import { type MeshSnapshot, toMeshSettings } from "../proxy/mesh-snapshot";
import { type ConfigPush, startConfigPush } from "../proxy/push";
import type { Workload } from "../proxy/workload";
import type { Telemetry } from "../telemetry";
import type { ContainerLog } from "./container-log";
import { type Controller, startController } from "./controller";
import { execCommand } from "./exec";
import { callOnce } from "./http-call";
import { createIngress, type Ingress } from "./ingress";
import { type Caller, connectFrom, lookUpAddress } from "./pod-network";
import { parseContainers } from "./pod-spec";
import { PROXY_CONTAINER } from "./pod-template";
import { type RunningPod, startPod } from "./running-pod";

/** The Secret beside the ingress gateway that a Gateway names, and the host its certificate is for. */
const GATEWAY_CREDENTIAL = "istioinaction-cert";
const GATEWAY_HOST = "istioinaction.io";
/** Last numbers of the lab's addresses that are no pod's. */
const NODE = 1;
const LOAD_BALANCER = 2;

export interface DataPlaneOptions {
  /** Holds the scenario's objects already. */
  store: Store;
  telemetry: Telemetry;
  network: LabNetwork;
  certificates: LabCertificates;
  /** Envoy's when left out. */
  drainTimes?: DrainTimes;
}

/** Everything that carries traffic: the pods with their programs and sidecars, the ingress gateway, and the configuration pushed to them. */
export interface LabDataPlane extends DataPlane, PodNetwork {
  /** Real address of the gateway's HTTPS port; undefined when no Gateway opens it. */
  gateway(): SocketAddress | undefined;
  /** Resolves when every pod the store asks for runs and knows the present configuration. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts all pods of the store and resolves when they serve. */
export async function startDataPlane(options: DataPlaneOptions): Promise<LabDataPlane> {
  const { store, telemetry, network, certificates, drainTimes = ENVOY_DRAIN_TIMES } = options;
  const credentials = new Map<string, KeyAndCertificate>([
    [GATEWAY_CREDENTIAL, await certificates.gateway.issueServer({ commonName: GATEWAY_HOST, dns: [GATEWAY_HOST] })],
  ]);
  const settings = toMeshSettings(store.get(RESOURCE.configMaps, "istio-system", "istio"));
  const ingress: Ingress = createIngress({ store, network, address: network.fixedAddress(LOAD_BALANCER) });
  let snapshot: MeshSnapshot | undefined;

  const environment = {
    network,
    authority: certificates.workloads,
    credentials,
    telemetry,
    drainTimes,
    trustDomain: settings.trustDomain,
    resolve: (namespace: string, host: string) => lookUpAddress(namespace, host, network, store),
    connect: (workload: Workload, target: SocketAddress, signal: AbortSignal) =>
      connectFrom(callerOf(workload, hasSidecar(workload)), target, { network, store, signal }),
  };
  const controller: Controller = startController({
    store,
    meshRoot: certificates.workloads.certificate,
    nodeAddress: network.fixedAddress(NODE),
    allocateAddress: network.allocate,
    releaseAddress: network.release,
    startPod: async (workload, manifest) => {
      const containers = parseContainers({ ...manifest, metadata: { ...manifest.metadata, uid: "", resourceVersion: "", creationTimestamp: "" } });
      const pod = await startPod(workload, containers, environment);
      // A proxy has its first configuration before its pod is ready.
      if (snapshot) pod.apply(snapshot);
      return pod;
    },
  });
  const push: ConfigPush = startConfigPush({ store, deliver: (next) => void deliver(next).catch((error: Error) => process.emitWarning(error)) });

  async function deliver(next: MeshSnapshot): Promise<void> {
    snapshot = next;
    for (const pod of controller.pods.values()) pod.apply(next);
    for (const pod of controller.pods.values()) if (pod.gateway) await ingress.reconcile(pod);
  }

  function hasSidecar(workload: Workload): boolean {
    return controller.pods.get(`${workload.namespace}/${workload.pod}`)?.hasSidecar ?? false;
  }

  function callerOf(workload: Workload, isCaptured: boolean): Caller {
    return { namespace: workload.namespace, address: workload.address, isCaptured };
  }

  function podOf(namespace: string, name: string): RunningPod | undefined {
    return controller.pods.get(`${namespace}/${name}`);
  }

  function logOf(namespace: string, pod: string, container: string): ContainerLog | undefined {
    return podOf(namespace, pod)?.logs.get(container);
  }

  async function settled(): Promise<void> {
    await controller.settled();
    push.pushNow();
    for (const pod of controller.pods.values()) if (pod.gateway) await ingress.reconcile(pod);
    await controller.settled();
  }

  const dataPlane: LabDataPlane = {
    exec: async (execRequest) => {
      const { namespace, pod, container } = execRequest;
      const running = podOf(namespace, pod);
      if (!running) throw new ExecStartError(`container not found ("${container}")`, 126);
      return execCommand(execRequest, {
        connect: (host, port, signal) =>
          // The proxy's own user is the one whose traffic iptables lets pass.
          connectFrom(callerOf(running.workload, running.hasSidecar && container !== PROXY_CONTAINER), { host, port }, { network, store, signal }),
        lookUp: (host) => lookUpAddress(namespace, host, network, store),
      });
    },
    log: (namespace, pod, container, logOptions) => logOf(namespace, pod, container)?.read(logOptions) ?? [],
    followLog: (namespace, pod, container, line) => logOf(namespace, pod, container)?.follow(line) ?? (() => {}),
    fetchPlain: async ({ host, port, method, path, headers, body }) => {
      const socket = await connectFrom({ namespace: "default", address: network.fixedAddress(NODE), isCaptured: false }, { host, port }, { network, store });
      const answer = await callOnce(socket, {
        method,
        url: path,
        httpVersion: "1.1",
        headers: { host: `${host}:${port}`, ...headers },
        body: Buffer.from(body ?? []),
        signal: new AbortController().signal,
      });
      return {
        status: answer.status,
        headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
        body: Buffer.from(answer.body),
      };
    },
    connect: (pod, host, port, signal) => {
      const running = podOf(pod.namespace, pod.name);
      if (!running) return Promise.reject(new ExecStartError(`pod "${pod.name}" does not run`, 126));
      return connectFrom(callerOf(running.workload, running.hasSidecar), { host, port }, { network, store, signal });
    },
    gateway: () => ingress.addressOf(443),
    settled,
    close: async () => {
      push.close();
      await ingress.close();
      await controller.close();
    },
  };
  await settled();
  return dataPlane;
}
