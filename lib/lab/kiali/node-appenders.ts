import { type KubeService, toOtherLabels, type Workload } from "./cluster";
import { CLUSTER } from "./metrics";
import { createNode, type GraphType, isKnown, type Peer, type TrafficMap, toNodeId } from "./traffic-map";

/** What the appenders ask of the cluster; lists of a namespace that is not there are empty. */
export interface ClusterView {
  workloads(namespace: string): readonly Workload[];
  services(namespace: string): readonly KubeService[];
  isAccessible(cluster: string, namespace: string): boolean;
  isControlPlane(namespace: string): boolean;
}

/** Kiali's `deadNode`: takes out nodes without traffic that nothing in the cluster stands behind, and marks those without a pod. */
export function appendDeadNodes(map: TrafficMap, namespace: string, cluster: ClusterView): void {
  const workloads = cluster.workloads(namespace);
  // A removal can leave another node without its last edge.
  for (let removed = true; removed; ) {
    removed = false;
    for (const [id, node] of map) {
      if ((node.rates.httpIn ?? 0) > 0 || (node.rates.httpOut ?? 0) > 0) continue;
      if (node.nodeType === "service") {
        if (node.edges.length > 0 || node.flags.has("isEgressCluster")) continue;
      } else {
        const unknown = node.nodeType === "unknown";
        if (!unknown && (!isKnown(node.workload) || !cluster.isAccessible(node.cluster, node.namespace))) continue;
        const workload = workloads.find(({ name }) => name === node.workload);
        if (workload !== undefined) {
          if (workload.podCount === 0) node.flags.add("isDead");
          continue;
        }
      }
      map.delete(id);
      removed = true;
    }
    if (removed) for (const node of map.values()) node.edges = node.edges.filter(({ dest }) => map.has(dest.id));
  }
}

/** Kiali's `idleNode`: adds what the namespace has and nobody called. */
export function appendIdleNodes(
  map: TrafficMap,
  namespace: string,
  cluster: ClusterView,
  options: { graphType: GraphType; injectServiceNodes: boolean },
): void {
  const { graphType, injectServiceNodes } = options;
  const nothing: Peer = { cluster: CLUSTER, serviceNamespace: "", service: "", workloadNamespace: "", workload: "", app: "", version: "" };
  const peers: Peer[] = [];
  if (graphType === "service" || injectServiceNodes) {
    for (const { name } of cluster.services(namespace)) peers.push({ ...nothing, serviceNamespace: namespace, service: name });
  }
  if (graphType !== "service") {
    for (const { name, app = "unknown", version = "unknown" } of cluster.workloads(namespace)) {
      peers.push({ ...nothing, workloadNamespace: namespace, workload: name, app, version });
    }
  }
  for (const peer of peers) {
    const identity = toNodeId(peer, graphType);
    if (identity === undefined || map.has(identity.id)) continue;
    const node = createNode(identity.id, identity.nodeType, peer, graphType);
    node.flags.add("isIdle");
    map.set(node.id, node);
  }
}

/** Kiali's `meshCheck` (`sidecarsCheck` before 1.72): marks nodes whose pods have no proxy. Control planes are left out. */
export function appendMeshCheck(map: TrafficMap, cluster: ClusterView): void {
  for (const node of map.values()) {
    if (node.nodeType !== "workload" && node.nodeType !== "app") continue;
    if (!cluster.isAccessible(node.cluster, node.namespace) || cluster.isControlPlane(node.namespace) || node.flags.has("isDead")) continue;
    const workloads = cluster
      .workloads(node.namespace)
      .filter(({ name, app, version }) =>
        node.nodeType === "workload"
          ? name === node.workload
          : app === node.app && (!isKnown(node.version) || version === undefined || version === node.version),
      );
    const sidecars = workloads.every(({ hasSidecar }) => hasSidecar);
    const gateways = workloads.length === 0 || workloads.every(({ isGateway }) => isGateway);
    if (!sidecars && !gateways) node.flags.add("isOutOfMesh");
  }
}

/** Kiali's `outsider`, which always runs: namespaces that were not asked for, and what nobody can look at. */
export function appendOutsiders(map: TrafficMap, requested: readonly string[], cluster: ClusterView): void {
  for (const node of map.values()) {
    const { nodeType, namespace, flags } = node;
    const nowhere = nodeType === "unknown" || (nodeType === "service" && (namespace === "unknown" || flags.has("isEgressCluster")));
    if (nowhere || !cluster.isAccessible(node.cluster, namespace)) flags.add("isInaccessible");
    if (!nowhere && namespace !== "unknown" && !requested.includes(namespace)) flags.add("isOutside");
  }
}

/** Kiali's `trafficGenerator`, which always runs: who calls and is not called. */
export function appendRoots(map: TrafficMap): void {
  const called = new Set([...map.values()].flatMap(({ edges }) => edges.map(({ dest }) => dest.id)));
  for (const node of map.values()) if (node.edges.length > 0 && !called.has(node.id)) node.flags.add("isRoot");
}

/** Kiali's `labeler`: the objects' labels but for those that name app and version. */
export function appendLabels(map: TrafficMap, cluster: ClusterView): void {
  for (const node of map.values()) {
    if (node.flags.has("isOutside") || node.flags.has("isInaccessible")) continue;
    const found =
      node.nodeType === "service"
        ? cluster.services(node.namespace).find(({ name }) => name === node.service)
        : cluster.workloads(node.namespace).find(({ name, app }) => (isKnown(node.workload) ? name === node.workload : app === node.app));
    if (found === undefined) continue;
    const labels = toOtherLabels(found.labels);
    if (Object.keys(labels).length > 0) node.labels = labels;
  }
}
