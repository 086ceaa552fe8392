import type { Gateway, VirtualService } from "@/lib/kubernetes/gateway-objects";
import { isSubset } from "@/lib/mesh/labels";
import type { Service, Workload } from "@/lib/mesh/objects";

/** What probes and loads aim at: the service behind the gateway's route, and the workload that serves it. */
export interface ProbeTarget {
  workload: Workload;
  service: Service;
  /** The Service's port, and the container's that it leads to. */
  port: number;
  containerPort: number;
  /** As a program in the mesh calls it: `http://web-api.istioinaction:8080/`. */
  url: string;
}

interface Sources {
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
  services: readonly Service[];
  workloads: readonly Workload[];
}

/**
 * The namespace's way in: the first destination of a VirtualService bound to a Gateway; without one the first service whose workload has a
 * sidecar and a declared port. null when there is nothing to call.
 */
export function findProbeTarget(namespace: string, { gateways, virtualServices, services, workloads }: Sources): ProbeTarget | null {
  const known = new Set(gateways.map((gateway) => `${gateway.namespace}/${gateway.name}`));
  const routed = virtualServices
    .filter((virtual) => virtual.gateways.some((name) => known.has(name.includes("/") ? name : `${virtual.namespace}/${name}`)))
    .flatMap((virtual) => virtual.destinations.map((destination) => ({ ...parseHost(destination.host, virtual.namespace), port: destination.port })))
    .find((destination) => destination.namespace === namespace);
  if (routed !== undefined) {
    const service = services.find((candidate) => candidate.namespace === namespace && candidate.name === routed.name);
    const target = service && toTarget(service, routed.port, workloads);
    if (target) return target;
  }
  for (const service of services) {
    if (service.namespace !== namespace) continue;
    const target = toTarget(service, null, workloads);
    if (target?.workload.sidecar === "sidecar" && target.workload.ports.includes(target.containerPort)) return target;
  }
  return null;
}

/** `web-api`, `web-api.ns` and `web-api.ns.svc.cluster.local` name the same service. */
function parseHost(host: string, namespace: string): { name: string; namespace: string } {
  const [name = host, other] = host.split(".");
  return { name, namespace: other ?? namespace };
}

function toTarget(service: Service, port: number | null, workloads: readonly Workload[]): ProbeTarget | null {
  const chosen = port === null ? service.ports[0] : service.ports.find((candidate) => candidate.port === port);
  if (chosen === undefined || Object.keys(service.selector).length === 0) return null;
  const workload = workloads.find((candidate) => candidate.namespace === service.namespace && isSubset(service.selector, candidate.labels));
  if (workload === undefined) return null;
  // A named target port cannot be resolved without the pod's own names; the first declared port is what the lab's kind of pod has.
  const containerPort = typeof chosen.targetPort === "number" ? chosen.targetPort : (workload.ports[0] ?? chosen.port);
  return { workload, service, port: chosen.port, containerPort, url: `http://${service.name}.${service.namespace}:${chosen.port}/` };
}
