import type { LabelName, Metrics, RateSample, RequestLabels, Selector } from "./metrics";
import { roundToThousandth } from "./rate";
import { add, addEdgeTraffic, type GraphType, isKnown, type Peer, placeNode, type TrafficMap, toNodeId } from "./traffic-map";

/** The query reached Prometheus and was refused there; the message is Prometheus' own. */
export class PrometheusBadQueryError extends Error {
  override readonly name = "PrometheusBadQueryError";
}

/** A namespace of the request with the range that its age allows. */
export interface RequestedNamespace {
  name: string;
  durationSeconds: number;
}

export interface TrafficOptions {
  graphType: GraphType;
  injectServiceNodes: boolean;
  includeIdleEdges: boolean;
  rates: { ambient: string; grpc: string; http: string };
  /** Unix seconds. */
  queryTime: number;
}

/** One element of an instant vector: only the labels that were grouped by may be read. */
export interface Sample<Label extends LabelName> {
  labels: Pick<RequestLabels, Label>;
  value: number;
}

const TRAFFIC_LABELS = [
  "source_cluster",
  "source_workload_namespace",
  "source_workload",
  "source_canonical_service",
  "source_canonical_revision",
  "destination_cluster",
  "destination_service_namespace",
  "destination_service",
  "destination_service_name",
  "destination_workload_namespace",
  "destination_workload",
  "destination_canonical_service",
  "destination_canonical_revision",
  "request_protocol",
  "response_code",
  "response_flags",
] as const satisfies readonly LabelName[];

/**
 * Who calls whom in and around one namespace, by the three queries of Kiali's istio telemetry: calls into the namespace that reached no
 * workload (their callers' word), calls that did (the callees' word), and what its workloads send (their word).
 * @throws PrometheusBadQueryError, PrometheusUnreachableError
 */
export function buildNamespaceTraffic(metrics: Metrics, namespace: RequestedNamespace, options: TrafficOptions): TrafficMap {
  const map: TrafficMap = new Map();
  const { rates, queryTime, includeIdleEdges } = options;
  if (rates.http !== "requests" && rates.grpc !== "requests") return map;
  checkRange(namespace, rates.ambient);
  const name = namespace.name;
  const selectors: Selector[] = [
    {
      reporter: "source",
      source_workload_namespace: { not: name },
      destination_workload_namespace: "unknown",
      destination_workload: "unknown",
      destination_service: new RegExp(`^.+\\.${name}\\..+$`),
    },
    { reporter: "destination", destination_workload_namespace: name },
    { reporter: "source", source_workload_namespace: name },
  ];
  for (const selector of selectors) {
    const series = metrics.rate(selector, namespace.durationSeconds, queryTime);
    for (const sample of sumBy(series, TRAFFIC_LABELS, includeIdleEdges)) addSample(map, sample, options);
  }
  return map;
}

/** `round(sum(series) by (labels) > 0, 0.001)`; without the `> 0` when idle series are asked for. */
export function sumBy<Label extends LabelName>(series: readonly RateSample[], labels: readonly Label[], includeIdle = false): Sample<Label>[] {
  const groups = new Map<string, Sample<Label>>();
  for (const sample of series) {
    const key = labels.map((label) => sample.labels[label]).join("\n");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: sample.labels, value: sample.value });
    else group.value += sample.value;
  }
  return [...groups.values()].filter(({ value }) => includeIdle || value > 0).map(({ labels: l, value }) => ({ labels: l, value: roundToThousandth(value) }));
}

/** Both ends of a series, as nodes are made from them. */
export function toPeers(
  labels: Pick<
    RequestLabels,
    | "source_cluster"
    | "source_workload_namespace"
    | "source_workload"
    | "source_canonical_service"
    | "source_canonical_revision"
    | "destination_cluster"
    | "destination_service_namespace"
    | "destination_service_name"
    | "destination_workload_namespace"
    | "destination_workload"
    | "destination_canonical_service"
    | "destination_canonical_revision"
  >,
): { source: Peer; dest: Peer; service: Peer } {
  const source: Peer = {
    cluster: labels.source_cluster,
    serviceNamespace: labels.source_workload_namespace,
    service: "",
    workloadNamespace: labels.source_workload_namespace,
    workload: labels.source_workload,
    app: labels.source_canonical_service,
    version: labels.source_canonical_revision,
  };
  const service: Peer = {
    cluster: labels.destination_cluster,
    serviceNamespace: labels.destination_service_namespace,
    service: labels.destination_service_name,
    workloadNamespace: "",
    workload: "",
    app: "",
    version: "",
  };
  const dest: Peer = {
    ...service,
    workloadNamespace: labels.destination_workload_namespace,
    workload: labels.destination_workload,
    app: labels.destination_canonical_service,
    version: labels.destination_canonical_revision,
  };
  return { source, dest, service };
}

/** Whether a service node is put between caller and workload: only where there is a workload behind a named service. */
export function isServiceInjected(dest: Peer, { injectServiceNodes, graphType }: Pick<TrafficOptions, "injectServiceNodes" | "graphType">): boolean {
  if (!injectServiceNodes || !isKnown(dest.service) || dest.service === "PassthroughCluster") return false;
  const identity = toNodeId(dest, graphType);
  return identity !== undefined && identity.nodeType !== "service";
}

function addSample(map: TrafficMap, { labels, value }: Sample<(typeof TRAFFIC_LABELS)[number]>, options: TrafficOptions): void {
  if (options.rates.http !== "requests") return;
  if (isBadSource(labels) || isBadDestination(labels)) return;
  const { source: sourcePeer, dest: destPeer, service } = toPeers(labels);
  const { graphType } = options;
  const inject = isServiceInjected(destPeer, options);
  const source = placeNode(map, sourcePeer, graphType);
  const dest = placeNode(map, destPeer, graphType);
  if (source === undefined || dest === undefined) return;

  const traffic = { value, code: labels.response_code === "0" ? "-" : labels.response_code, flags: labels.response_flags, host: labels.destination_service };
  const series = [source.series, dest.series, traffic.code, traffic.flags, traffic.host].join(":");
  if (!inject) {
    if (addEdgeTraffic(source, dest, traffic, series)) addDestService(dest, destPeer);
    return;
  }
  const between = placeNode(map, service, graphType);
  if (between === undefined) return;
  between.flags.add("isInjected");
  if (!addEdgeTraffic(source, between, traffic, series)) return;
  addDestService(between, destPeer);
  addEdgeTraffic(between, dest, traffic, series);
  addDestService(dest, destPeer);
}

function addDestService(
  node: { destServices: Map<string, { cluster: string; namespace: string; name: string }> },
  { cluster, serviceNamespace, service }: Peer,
): void {
  if (isKnown(service)) node.destServices.set(`${cluster} ${serviceNamespace} ${service}`, { cluster, namespace: serviceNamespace, name: service });
}

/** A namespace without anything in it is telemetry of a pod that was just coming or going. */
function isBadSource(labels: RequestLabelsOf<"source_workload_namespace" | "source_workload" | "source_canonical_service">): boolean {
  return isKnown(labels.source_workload_namespace) && !isKnown(labels.source_workload) && !isKnown(labels.source_canonical_service);
}

/** The same on the other side: an address stands where the service's name should. */
function isBadDestination(labels: RequestLabelsOf<"destination_service" | "destination_service_name" | "destination_workload">): boolean {
  const { destination_service: host, destination_service_name: name } = labels;
  return !isKnown(labels.destination_workload) && isKnown(host) && host === name && /^\d+\.\d+\.\d+\.\d+(:\d+)?$/.test(name);
}

type RequestLabelsOf<Label extends LabelName> = Pick<RequestLabels, Label>;

/** PromQL has no range of zero; a namespace in its first second asks for one, and Kiali passes Prometheus' refusal on. */
function checkRange({ name, durationSeconds }: RequestedNamespace, ambient: string): void {
  if (durationSeconds > 0) return;
  const reporter = ambient === "total" || ambient === "waypoint" ? `reporter=~"waypoint|source"` : `reporter="source"`;
  const untilRange = `round(sum(rate(istio_requests_total{${reporter},source_workload_namespace!="${name}",destination_workload_namespace="unknown",destination_workload="unknown",destination_service=~"^.+\\\\.${name}\\\\..+$"} [`;
  throw new PrometheusBadQueryError(`bad_data: invalid parameter "query": 1:${untilRange.length + 1}: parse error: duration must be greater than 0`);
}

/**
 * Puts one namespace's traffic into the whole. A node that is in both is taken from the map of its own namespace, which knows more about
 * it; its edges keep pointing at the nodes they were made with, as in Kiali, whose numbers follow from that.
 */
export function mergeTraffic(whole: TrafficMap, namespace: string, part: TrafficMap): void {
  for (const [id, incoming] of part) {
    const present = whole.get(id);
    if (present === undefined) {
      whole.set(id, incoming);
      continue;
    }
    const [kept, other] = incoming.namespace === namespace ? [incoming, present] : [present, incoming];
    whole.set(id, kept);
    for (const edge of other.edges) {
      if (kept.edges.some(({ dest }) => dest.id === edge.dest.id)) continue;
      kept.edges.push(edge);
      add(kept.rates, "httpOut", edge.rates.http ?? 0);
    }
  }
}
