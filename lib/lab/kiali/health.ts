import type { Workload } from "./cluster";
import { type GraphEdge, type GraphNode, isKnown, type TrafficMap } from "./traffic-map";

export type HealthStatus = "NA" | "Healthy" | "NotReady" | "Degraded" | "Failure";

/** Requests per second by protocol and response code. */
type Requests = Record<string, Record<string, number>>;

export interface WorkloadStatus {
  availableReplicas: number;
  currentReplicas: number;
  desiredReplicas: number;
  name: string;
  syncedProxies: number;
}

/** `healthData` of a node: an app's holds workloadStatuses, a workload's one status or null, a service's neither. */
export interface NodeHealth {
  requests: { healthAnnotations: Record<string, string>; inbound: Requests; outbound: Requests };
  status?: { errorRatio?: number; status: HealthStatus; totalRequestRate?: number };
  workloadStatuses?: WorkloadStatus[];
  workloadStatus?: WorkloadStatus | null;
}

/** Which percentage of which answers makes a thing degraded or failed: Kiali's defaults, without configuration or annotations. */
export const TOLERANCES = [
  { name: "5XX", code: /^5\d\d$/, degraded: 0, failure: 10 },
  { name: "4XX", code: /^4\d\d$/, degraded: 10, failure: 20 },
  { name: "^-$", code: /^-$/, degraded: 0, failure: 10 },
] as const;

const PRIORITY: Record<HealthStatus, number> = { NA: 0, Healthy: 1, NotReady: 2, Degraded: 3, Failure: 4 };
const worse = (a: HealthStatus, b: HealthStatus): HealthStatus => (PRIORITY[b] > PRIORITY[a] ? b : a);

/**
 * Kiali's `health` appender: sums the traffic of each node's edges, adds the replicas of the workloads behind it and judges both.
 * Inaccessible nodes get none.
 */
export function appendHealth(map: TrafficMap, workloadsOf: (namespace: string) => readonly Workload[]): void {
  for (const node of map.values()) initHealth(node);
  for (const { edges } of map.values()) for (const edge of edges) addTraffic(edge);
  for (const node of map.values()) {
    for (const edge of node.edges) {
      const status = judge(toCodes(edge), TOLERANCES).status;
      if (status !== "NA") edge.healthStatus = status;
    }
    if (!node.flags.has("isInaccessible")) attach(node, workloadsOf(node.namespace));
  }
}

function attach(node: GraphNode, workloads: readonly Workload[]): void {
  const { health } = node;
  if (health === undefined) return;
  if (node.nodeType === "workload") {
    const workload = workloads.find(({ name }) => name === node.workload);
    health.workloadStatus = workload === undefined ? null : toWorkloadStatus(workload);
  }
  if (node.nodeType === "app") {
    const statuses = workloads.filter(({ app }) => app === node.app).map(toWorkloadStatus);
    // A versioned node shows its own traffic; the replicas of all versions go to the box around it.
    const ofApp = isKnown(node.workload) ? node.appHealth : health;
    if (ofApp !== undefined) ofApp.workloadStatuses = statuses;
  }
  for (const each of [health, node.appHealth]) if (each !== undefined) each.status = toStatus(each);
}

function initHealth(node: GraphNode): void {
  if (node.health !== undefined || node.nodeType === "unknown") return;
  const requests = (): NodeHealth["requests"] => ({ healthAnnotations: {}, inbound: {}, outbound: {} });
  if (node.nodeType === "service") node.health = { requests: requests() };
  if (node.nodeType === "workload") node.health = { requests: requests(), workloadStatus: null };
  if (node.nodeType === "app") {
    node.health = { requests: requests(), workloadStatuses: [] };
    node.appHealth = { requests: requests(), workloadStatuses: [] };
  }
}

function addTraffic(edge: GraphEdge): void {
  // A merged graph's edges may end at nodes that are not in it any more.
  initHealth(edge.source);
  initHealth(edge.dest);
  for (const [code, value] of Object.entries(toCodes(edge))) {
    for (const health of [edge.source.health, edge.source.appHealth]) if (health !== undefined) count(health.requests.outbound, code, value);
    for (const health of [edge.dest.health, edge.dest.appHealth]) if (health !== undefined) count(health.requests.inbound, code, value);
  }
}

function count(requests: Requests, code: string, value: number): void {
  requests.http ??= {};
  requests.http[code] = (requests.http[code] ?? 0) + value;
}

function toCodes({ responses }: GraphEdge): Record<string, number> {
  const codes: Record<string, number> = {};
  for (const [code, { flags }] of [...responses].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const value of flags.values()) codes[code] = (codes[code] ?? 0) + value;
  }
  return codes;
}

function toStatus({ requests, workloadStatus, workloadStatuses = [] }: NodeHealth): NonNullable<NodeHealth["status"]> {
  let worst = judge({}, TOLERANCES);
  let total = 0;
  for (const direction of [requests.inbound, requests.outbound]) {
    const codes = direction.http ?? {};
    for (const rate of Object.values(codes)) total += rate;
    const found = judge(codes, TOLERANCES);
    if (PRIORITY[found.status] > PRIORITY[worst.status]) worst = found;
  }
  let { status } = worst;
  for (const replicas of workloadStatus ? [workloadStatus] : workloadStatuses) status = worse(status, judgeReplicas(replicas));
  return {
    ...(worst.errorRatio === 0 ? {} : { errorRatio: worst.errorRatio }),
    status,
    ...(total === 0 ? {} : { totalRequestRate: total }),
  };
}

/** @returns the worst status that a tolerance gives, with its percentage; NA and -1 without traffic */
function judge(codes: Record<string, number>, tolerances: typeof TOLERANCES): { status: HealthStatus; errorRatio: number } {
  let total = 0;
  for (const rate of Object.values(codes)) total += rate;
  let worst: { status: HealthStatus; errorRatio: number } = { status: "NA", errorRatio: -1 };
  if (total === 0) return worst;
  for (const { code, degraded, failure } of tolerances) {
    let errors = 0;
    for (const [each, rate] of Object.entries(codes)) if (code.test(each)) errors += rate;
    const errorRatio = (errors / total) * 100;
    const status = errorRatio <= 0 ? "Healthy" : errorRatio >= failure ? "Failure" : errorRatio >= degraded ? "Degraded" : "Healthy";
    if (PRIORITY[status] > PRIORITY[worst.status]) worst = { status, errorRatio };
  }
  return worst;
}

export function toWorkloadStatus({ name, replicas }: Workload): WorkloadStatus {
  return {
    availableReplicas: replicas.available,
    currentReplicas: replicas.current,
    desiredReplicas: replicas.desired,
    name,
    // Kiali's word for "not asked": a graph does not read the proxies' sync state.
    syncedProxies: -1,
  };
}

function judgeReplicas({ desiredReplicas: desired, currentReplicas: current, availableReplicas: available }: WorkloadStatus): HealthStatus {
  if (desired === 0) return "NotReady";
  if (available === 0) return "Failure";
  if (current > 0 && (current < desired || available < desired)) return "Degraded";
  if (available !== current) return "Failure";
  return "Healthy";
}
