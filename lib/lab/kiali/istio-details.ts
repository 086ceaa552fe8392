import { type KubeObject, RESOURCE, type Store } from "../objects";
import { compare, IDENTITY_DOMAIN, selects, toRecord, toStrings, toVersionLabel } from "./cluster";
import type { ClusterView } from "./node-appenders";
import { type GraphNode, isKnown, type NodeFlag, type TrafficMap } from "./traffic-map";

/**
 * Kiali's `istio` appender: what VirtualServices, DestinationRules and Gateways do to the nodes, and the app a service belongs to.
 * Nodes outside the requested namespaces stay as they are.
 */
export function appendIstioDetails(map: TrafficMap, store: Store, cluster: ClusterView): void {
  const rules = list(store, RESOURCE.destinationRules);
  const virtualServices = list(store, RESOURCE.virtualServices);
  for (const node of map.values()) {
    if (node.flags.has("isOutside")) continue;
    if (hasCircuitBreaker(node, rules)) node.flags.add("hasCB");
    if (node.nodeType !== "service") continue;
    appendVirtualService(node, virtualServices);
    const app =
      node.app === "" && !node.flags.has("isEgressCluster") ? cluster.services(node.namespace).find(({ name }) => name === node.service)?.app : undefined;
    if (app !== undefined) node.app = app;
  }
  appendGateways(map, store, cluster);
}

const list = (store: Store, resource: Parameters<Store["list"]>[0]) =>
  store.list(resource).toSorted((a, b) => compare(a.metadata.namespace ?? "", b.metadata.namespace ?? "") || compare(a.metadata.name, b.metadata.name));

/** The first VirtualService that routes to the service; later ones are not looked at. */
function appendVirtualService(node: GraphNode, virtualServices: readonly KubeObject[]): void {
  const found = virtualServices.find((object) =>
    ["http", "tcp", "tls"].some((kind) => routesOf(object, kind).some((route) => destinationsOf(route).some((host) => isHostOf(host, object, node)))),
  );
  if (found === undefined) return;
  const hosts = found.spec?.hosts;
  node.virtualService = { hostnames: Array.isArray(hosts) ? hosts.filter((host): host is string => typeof host === "string") : [] };
  const http = routesOf(found, "http");
  const tcp = routesOf(found, "tcp");
  const flags: [NodeFlag, boolean][] = [
    ["hasRequestRouting", [...http, ...tcp, ...routesOf(found, "tls")].some((route) => destinationsOf(route).length > 0)],
    ["hasRequestTimeout", http.some((route) => "timeout" in route)],
    ["hasFaultInjection", http.some((route) => "fault" in route)],
    ["hasTrafficShifting", http.some((route) => destinationsOf(route).length > 1)],
    ["hasTCPTrafficShifting", tcp.some((route) => destinationsOf(route).length > 1)],
    ["hasMirroring", http.some((route) => "mirror" in route)],
  ];
  for (const [flag, holds] of flags) if (holds) node.flags.add(flag);
}

function routesOf({ spec }: KubeObject, kind: string): Record<string, unknown>[] {
  const routes = spec?.[kind];
  return Array.isArray(routes) ? routes.map(toRecord) : [];
}

function destinationsOf(route: Record<string, unknown>): string[] {
  const { route: destinations } = route;
  return Array.isArray(destinations) ? destinations.map((each) => String(toRecord(toRecord(each).destination).host ?? "")) : [];
}

/** A short host is in its own object's namespace; the forms are those of kubernetes/filters.go. */
function isHostOf(host: string, { metadata }: KubeObject, { service, namespace }: Pick<GraphNode, "service" | "namespace">): boolean {
  if (host === service) return metadata.namespace === namespace;
  const full = `${service}.${namespace}`;
  return host === full || host === `${full}.svc` || host === `${full}.${IDENTITY_DOMAIN}`;
}

function hasCircuitBreaker(node: GraphNode, rules: readonly KubeObject[]): boolean {
  const versioned = isKnown(node.version);
  const services =
    node.nodeType === "service"
      ? [{ service: node.service, namespace: node.namespace }]
      : versioned || node.nodeType === "app"
        ? [...node.destServices.values()].map(({ name, namespace }) => ({ service: name, namespace }))
        : [];
  return services.some((service) =>
    rules.some((rule) => {
      if (!isHostOf(String(rule.spec?.host ?? ""), rule, service)) return false;
      if (breaks(rule.spec?.trafficPolicy)) return true;
      const subsets = Array.isArray(rule.spec?.subsets) ? rule.spec.subsets.map(toRecord) : [];
      const all = node.nodeType === "service" || !versioned;
      return subsets.some(({ trafficPolicy, labels }) => breaks(trafficPolicy) && (all || toVersionLabel(toStrings(labels)) === node.version));
    }),
  );
}

const breaks = (trafficPolicy: unknown): boolean => "connectionPool" in toRecord(trafficPolicy) || "outlierDetection" in toRecord(trafficPolicy);

/**
 * A workload is shown as a gateway only with the operator's label on it and an Istio Gateway that selects it; Kiali misses those that the
 * Helm chart installed.
 */
function appendGateways(map: TrafficMap, store: Store, cluster: ClusterView): void {
  const gateways = list(store, RESOURCE.gateways);
  for (const node of map.values()) {
    if (!isKnown(node.workload)) continue;
    const workload = cluster.workloads(node.namespace).find(({ name }) => name === node.workload);
    const component = workload?.labels["operator.istio.io/component"];
    if (workload === undefined || (component !== "IngressGateways" && component !== "EgressGateways")) continue;
    // Each matching Gateway replaces the one before, as in Kiali.
    for (const { spec } of gateways) {
      if (!selects(toStrings(spec?.selector), workload.labels)) continue;
      const servers = Array.isArray(spec?.servers) ? spec.servers.map(toRecord) : [];
      const hostnames = servers.flatMap(({ hosts }) => (Array.isArray(hosts) ? hosts.map(String) : []));
      node.gateway = { kind: component === "IngressGateways" ? "ingress" : "egress", hostnames };
    }
  }
}
