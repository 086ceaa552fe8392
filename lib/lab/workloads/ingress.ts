import { createServer } from "node:net";
import { z } from "zod";
import type { SocketAddress } from "../network/connection-table";
import type { LabNetwork, Listening } from "../network/lab-network";
import { type KubeObject, RESOURCE, type Store } from "../objects";
import { selects } from "../proxy/peer-authentication";
import { LISTEN_ANNOTATION } from "./controller";
import type { RunningPod } from "./running-pod";

/**
 * The load balancer in front of the ingress gateway: listeners on an address of its own for the ports that Gateway objects ask for, beside the gateway
 * pod's container ports. Where a wished port cannot be had the Service says the real one, in `spec.ports`, so that what reads the Service finds it.
 */
export interface Ingress {
  /** Opens and closes listeners as the gateway's configuration asks. */
  reconcile(pod: RunningPod): Promise<void>;
  /** The real address of a Service port; undefined while nothing listens for it. */
  addressOf(port: number): SocketAddress | undefined;
  close(): Promise<void>;
}

const serviceSpecSchema = z.looseObject({
  type: z.string().optional(),
  selector: z.record(z.string(), z.string()).nullish(),
  ports: z.array(z.looseObject({ name: z.string().optional(), port: z.number(), targetPort: z.union([z.number(), z.string()]).optional() })),
});

export function createIngress({ store, network, address }: { store: Store; network: LabNetwork; address: string }): Ingress {
  const open = new Map<number, { outside: Listening; inside: Listening | undefined; containerPort: number | undefined }>();
  /** Remembered, since a Service whose port had to move no longer has the number the Gateway names. */
  const containerPorts = new Map<number, number>();
  let work: Promise<void> = Promise.resolve();

  async function reconcile(pod: RunningPod): Promise<void> {
    const { gateway, workload } = pod;
    if (!gateway) return;
    const wanted = gateway.ports();
    const service = store.list(RESOURCE.services, workload.namespace).find((candidate) => isLoadBalancerOf(candidate, workload.labels));
    if (!service) return;
    for (const [port, { outside, inside }] of open) {
      if (wanted.includes(port)) continue;
      open.delete(port);
      await Promise.all([outside.close(), inside?.close()]);
    }
    for (const port of wanted) {
      if (open.has(port)) continue;
      const containerPort = containerPorts.get(port) ?? targetPort(service, port);
      if (containerPort !== undefined) containerPorts.set(port, containerPort);
      const accept = () => createServer({ noDelay: true }, (socket) => gateway.accept(socket, port, containerPort ?? port));
      const outside = await network.listen(accept(), { host: address, port });
      const inside = containerPort === undefined ? undefined : await network.listen(accept(), { host: workload.address, port: containerPort });
      open.set(port, { outside, inside, containerPort });
    }
    const latest = store.get(RESOURCE.services, workload.namespace, service.metadata.name);
    if (latest) publish(latest);
    const podObject = store.get(RESOURCE.pods, workload.namespace, workload.pod);
    if (podObject)
      annotate(
        podObject,
        [...open.values()].flatMap(({ inside }) => inside ?? []),
      );
  }

  function publish(service: KubeObject): void {
    const spec = serviceSpecSchema.parse(service.spec);
    const listeners = [...open].map(([port, { outside, containerPort }]) => ({ port, outside, containerPort }));
    const ip = listeners[0]?.outside.real.host ?? address;
    const moved = listeners.filter(({ outside }) => outside.moved);
    const { [LISTEN_ANNOTATION]: _before, ...annotations } = service.metadata.annotations ?? {};
    if (moved.length > 0) annotations[LISTEN_ANNOTATION] = moved.map(({ port, outside }) => `${port}=${outside.real.host}:${outside.real.port}`).join();
    const ports = spec.ports.map((entry) => {
      const listener = moved.find(({ port, containerPort }) => port === entry.port || (containerPort !== undefined && containerPort === entry.targetPort));
      return listener ? { ...entry, port: listener.outside.real.port } : entry;
    });
    const reachable = listeners.map(({ outside }) => ({ port: outside.real.port, protocol: "TCP" }));
    store.put(RESOURCE.services, {
      ...service,
      metadata: { ...service.metadata, annotations },
      spec: { ...service.spec, ports },
      status: { loadBalancer: { ingress: [{ ip, ipMode: "VIP", ports: reachable }] } },
    });
  }

  function annotate(pod: KubeObject, listening: readonly Listening[]): void {
    const moved = listening.filter(({ moved }) => moved).map(({ wished, real }) => `${wished.port}=${real.host}:${real.port}`);
    if (moved.length === 0) return;
    store.put(RESOURCE.pods, { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [LISTEN_ANNOTATION]: moved.join() } } });
  }

  return {
    reconcile: (pod) => {
      work = work.then(() => reconcile(pod));
      return work;
    },
    addressOf: (port) => open.get(port)?.outside.real,
    close: async () => {
      await work;
      await Promise.all([...open.values()].flatMap(({ outside, inside }) => [outside.close(), inside?.close()]));
      open.clear();
    },
  };
}

function isLoadBalancerOf(service: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  const spec = serviceSpecSchema.safeParse(service.spec);
  return spec.success && spec.data.type === "LoadBalancer" && selects(spec.data.selector ?? {}, labels) && Object.keys(spec.data.selector ?? {}).length > 0;
}

/** The container port behind a Service port; a Gateway's port number means the Service's, or, where no Service has it, the container's own. */
function targetPort(service: KubeObject, port: number): number | undefined {
  const found = serviceSpecSchema.parse(service.spec).ports.find((candidate) => candidate.port === port);
  return typeof found?.targetPort === "number" ? found.targetPort : undefined;
}
