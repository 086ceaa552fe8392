import type { Store } from "../objects";
import { listNamespaces, listServices, listWorkloads, type Namespace } from "./cluster";
import { type GraphConfig, toGraphConfig } from "./graph-config";
import type { GraphOptions } from "./graph-options";
import { appendHealth } from "./health";
import { appendIstioDetails } from "./istio-details";
import { CLUSTER, type Metrics } from "./metrics";
import { buildNamespaceTraffic, mergeTraffic } from "./namespace-traffic";
import { appendDeadNodes, appendIdleNodes, appendLabels, appendMeshCheck, appendOutsiders, appendRoots, type ClusterView } from "./node-appenders";
import { appendSecurityPolicy } from "./security-policy";
import { toServiceGraph } from "./service-graph";
import type { TrafficMap } from "./traffic-map";

/**
 * The answer of `GET /api/namespaces/graph`: per namespace the traffic and what belongs to it, then the whole. Appenders run in Kiali's
 * order. `serviceEntry`, `workloadEntry`, `ambient`, `aggregateNode`, `responseTime` and `throughput` find nothing to add: the lab has no such
 * objects and its sidecars count requests only.
 * @throws PrometheusUnreachableError, PrometheusBadQueryError
 */
export function buildGraph(store: Store, metrics: Metrics, options: GraphOptions): GraphConfig {
  const { appenders, namespaces, graphType } = options;
  const cluster = createClusterView(store, listNamespaces(store));
  const whole: TrafficMap = new Map();
  for (const namespace of namespaces) {
    const part = buildNamespaceTraffic(metrics, namespace, options);
    if (appenders.has("deadNode")) appendDeadNodes(part, namespace.name, cluster);
    if (appenders.has("securityPolicy")) appendSecurityPolicy(part, metrics, namespace, options);
    if (appenders.has("idleNode")) appendIdleNodes(part, namespace.name, cluster, options);
    if (appenders.has("meshCheck")) appendMeshCheck(part, cluster);
    mergeTraffic(whole, namespace.name, part);
  }
  appendOutsiders(
    whole,
    namespaces.map(({ name }) => name),
    cluster,
  );
  if (appenders.has("istio")) appendIstioDetails(whole, store, cluster);
  if (appenders.has("health")) appendHealth(whole, cluster.workloads);
  if (appenders.has("labeler")) appendLabels(whole, cluster);
  appendRoots(whole);
  return toGraphConfig(graphType === "service" ? toServiceGraph(whole) : whole, options);
}

/** Reads each namespace's objects at most once per graph. */
function createClusterView(store: Store, namespaces: readonly Namespace[]): ClusterView {
  const once = <Value>(read: (namespace: string) => Value) => {
    const known = new Map<string, Value>();
    return (namespace: string): Value => {
      let value = known.get(namespace);
      if (value === undefined) {
        value = read(namespace);
        known.set(namespace, value);
      }
      return value;
    };
  };
  return {
    workloads: once((namespace) => listWorkloads(store, namespace)),
    services: once((namespace) => listServices(store, namespace)),
    isAccessible: (cluster, namespace) => cluster === CLUSTER && namespaces.some(({ name }) => name === namespace),
    isControlPlane: (namespace) => namespaces.some(({ name, isControlPlane }) => name === namespace && isControlPlane),
  };
}
