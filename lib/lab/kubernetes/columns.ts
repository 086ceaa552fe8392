import type { KubeObject } from "../objects";
import { isJsonObject, type JsonObject } from "./json";
import type { ResourceDefinition } from "./resources";
import { toAge } from "./time";

/** A cell of kubectl's table; text but for the few counts that are numbers. */
export type Cell = string | number;

export interface Column {
  name: string;
  type: "string" | "integer" | "date";
  format?: "name";
  description: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  priority: 0 | 1;
  toCell(object: KubeObject, now: Date): Cell;
}

const NONE = "<none>";

const toObject = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
const toObjects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const toText = (value: unknown, otherwise = ""): string => (typeof value === "string" && value !== "" ? value : otherwise);
const toNumber = (value: unknown): number => (typeof value === "number" ? value : 0);
const toJoined = (values: readonly unknown[], otherwise = NONE) => (values.length > 0 ? values.map(String).join(",") : otherwise);

const column = (name: string, description: string, toCell: Column["toCell"]): Column => ({ name, type: "string", description, priority: 0, toCell });
const wide = (name: string, description: string, toCell: Column["toCell"]): Column => ({ ...column(name, description, toCell), priority: 1 });

const NAME: Column = { ...column("Name", "Name of the object, unique within its namespace.", ({ metadata }) => metadata.name), format: "name" };
const AGE = column("Age", "Time since the object was created.", ({ metadata }, now) => toAge(metadata.creationTimestamp, now));

function toSelector(selector: unknown): string {
  const labels = toObject(toObject(selector).matchLabels ?? selector);
  return toJoined(
    Object.entries(labels)
      .sort()
      .map(([key, value]) => `${key}=${value}`),
  );
}

const templateContainers = ({ spec }: KubeObject) => toObjects(toObject(toObject(spec?.template).spec).containers);
const CONTAINERS = wide("Containers", "Names of the containers of a pod.", (object) => toJoined(templateContainers(object).map(({ name }) => name)));
const IMAGES = wide("Images", "Images of the containers of a pod.", (object) => toJoined(templateContainers(object).map(({ image }) => image)));
const SELECTOR = wide("Selector", "Labels of the pods this is about.", ({ spec }) => toSelector(spec?.selector));

/** Containers that count as running parts of a pod: the ordinary ones and sidecars among the init containers. */
function toPodContainers({ spec, status }: KubeObject): { total: number; statuses: JsonObject[] } {
  const sidecars = toObjects(spec?.initContainers).filter(({ restartPolicy }) => restartPolicy === "Always");
  const sidecarNames = new Set(sidecars.map(({ name }) => name));
  const statuses = [...toObjects(status?.initContainerStatuses).filter(({ name }) => sidecarNames.has(name)), ...toObjects(status?.containerStatuses)];
  return { total: toObjects(spec?.containers).length + sidecars.length, statuses };
}

function toPodStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp) return "Terminating";
  const states = toPodContainers(pod).statuses.map(({ state }) => toObject(state));
  const reason = states.map((state) => toText(toObject(state.waiting).reason) || toText(toObject(state.terminated).reason)).find((text) => text !== "");
  return reason ?? toText(pod.status?.reason, toText(pod.status?.phase, "Unknown"));
}

const POD: Column[] = [
  NAME,
  column("Ready", "Containers that are ready, of all.", (pod) => {
    const { total, statuses } = toPodContainers(pod);
    return `${statuses.filter(({ ready }) => ready === true).length}/${total}`;
  }),
  column("Status", "What the containers are doing, in one word.", toPodStatus),
  column("Restarts", "How often containers were started again.", (pod) =>
    String(toPodContainers(pod).statuses.reduce((sum, { restartCount }) => sum + toNumber(restartCount), 0)),
  ),
  AGE,
  wide("IP", "The pod's address.", ({ status }) => toText(status?.podIP, NONE)),
  wide("Node", "The node the pod runs on.", ({ spec }) => toText(spec?.nodeName, NONE)),
  wide("Nominated Node", "The node being cleared for the pod.", ({ status }) => toText(status?.nominatedNodeName, NONE)),
  wide("Readiness Gates", "Further conditions of readiness.", ({ spec }) =>
    toJoined(toObjects(spec?.readinessGates).map(({ conditionType }) => conditionType)),
  ),
];

function toExternalIp({ spec, status }: KubeObject): string {
  const ingress = toObjects(toObject(status?.loadBalancer).ingress).map(({ ip, hostname }) => ip ?? hostname);
  const external = Array.isArray(spec?.externalIPs) ? spec.externalIPs : [];
  if (spec?.type === "LoadBalancer") return toJoined([...ingress, ...external], "<pending>");
  return spec?.type === "ExternalName" ? toText(spec.externalName, NONE) : toJoined(external);
}

const SERVICE: Column[] = [
  NAME,
  column("Type", "How the service is exposed.", ({ spec }) => toText(spec?.type, "ClusterIP")),
  column("Cluster-IP", "The service's address inside the cluster.", ({ spec }) => toText(spec?.clusterIP, NONE)),
  column("External-IP", "Addresses from outside the cluster.", toExternalIp),
  column("Port(s)", "Ports, with the node's port where there is one.", ({ spec }) =>
    toJoined(toObjects(spec?.ports).map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ""}/${toText(protocol, "TCP")}`)),
  ),
  AGE,
  SELECTOR,
];

const desiredReplicas = ({ spec }: KubeObject) => (typeof spec?.replicas === "number" ? spec.replicas : 1);

const DEPLOYMENT: Column[] = [
  NAME,
  column("Ready", "Ready pods, of those wanted.", (object) => `${toNumber(object.status?.readyReplicas)}/${desiredReplicas(object)}`),
  column("Up-to-date", "Pods that follow the present template.", ({ status }) => toNumber(status?.updatedReplicas)),
  column("Available", "Pods that have been ready for long enough.", ({ status }) => toNumber(status?.availableReplicas)),
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];

const REPLICA_SET: Column[] = [
  NAME,
  { ...column("Desired", "Pods wanted.", desiredReplicas), type: "integer" },
  { ...column("Current", "Pods there are.", ({ status }) => toNumber(status?.replicas)), type: "integer" },
  { ...column("Ready", "Pods that are ready.", ({ status }) => toNumber(status?.readyReplicas)), type: "integer" },
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];

function toNodeStatus({ status }: KubeObject): string {
  const ready = toObjects(status?.conditions).find(({ type }) => type === "Ready");
  return ready?.status === "True" ? "Ready" : "NotReady";
}

function toNodeRoles({ metadata }: KubeObject): string {
  const prefix = "node-role.kubernetes.io/";
  return toJoined(
    Object.keys(metadata.labels ?? {})
      .filter((label) => label.startsWith(prefix))
      .map((label) => label.slice(prefix.length)),
  );
}

const nodeAddress = (wanted: string) => (node: KubeObject) => toText(toObjects(node.status?.addresses).find(({ type }) => type === wanted)?.address, NONE);
const nodeInfo = (field: string) => (node: KubeObject) => toText(toObject(node.status?.nodeInfo)[field], "<unknown>");

const NODE: Column[] = [
  NAME,
  column("Status", "Whether the node takes pods.", toNodeStatus),
  column("Roles", "What the node is for.", toNodeRoles),
  AGE,
  column("Version", "Version of the node's kubelet.", nodeInfo("kubeletVersion")),
  wide("Internal-IP", "The node's address inside the cluster.", nodeAddress("InternalIP")),
  wide("External-IP", "The node's address from outside.", nodeAddress("ExternalIP")),
  wide("OS-Image", "The node's operating system.", nodeInfo("osImage")),
  wide("Kernel-Version", "The node's kernel.", nodeInfo("kernelVersion")),
  wide("Container-Runtime", "What runs the containers.", nodeInfo("containerRuntimeVersion")),
];

const ENDPOINT_SLICE: Column[] = [
  NAME,
  column("AddressType", "Kind of addresses.", ({ addressType }) => toText(addressType)),
  column("Ports", "Ports of the endpoints.", ({ ports }) => toJoined(toObjects(ports).map(({ port }) => port))),
  column("Endpoints", "Addresses of the endpoints.", ({ endpoints }) =>
    toJoined(toObjects(endpoints).flatMap(({ addresses }) => (Array.isArray(addresses) ? addresses : []))),
  ),
  AGE,
];

const countKeys = (value: unknown) => Object.keys(toObject(value)).length;

const BUILT_IN: Record<string, Column[]> = {
  pods: POD,
  services: SERVICE,
  deployments: DEPLOYMENT,
  replicasets: REPLICA_SET,
  nodes: NODE,
  endpointslices: ENDPOINT_SLICE,
  namespaces: [NAME, column("Status", "Active, or on its way out.", ({ status }) => toText(status?.phase)), AGE],
  configmaps: [NAME, column("Data", "Number of entries.", ({ data }) => countKeys(data)), AGE],
  secrets: [
    NAME,
    column("Type", "What the data is for.", ({ type }) => toText(type, "Opaque")),
    column("Data", "Number of entries.", ({ data }) => countKeys(data)),
    AGE,
  ],
  serviceaccounts: [NAME, column("Secrets", "Number of secrets.", ({ secrets }) => toObjects(secrets).length), AGE],
  events: [
    column("Last Seen", "When it last happened.", ({ metadata }, now) => toAge(metadata.creationTimestamp, now)),
    column("Type", "Normal or Warning.", ({ type }) => toText(type)),
    column("Reason", "Why, in one word.", ({ reason }) => toText(reason)),
    column(
      "Object",
      "What it happened to.",
      ({ involvedObject }) => `${toText(toObject(involvedObject).kind).toLowerCase()}/${toText(toObject(involvedObject).name)}`,
    ),
    column("Message", "What happened.", ({ message }) => toText(message)),
  ],
};

/** A list in a custom resource's cell is printed as JSON. */
const fromSpec = (...path: string[]) => {
  return ({ spec }: KubeObject): string => {
    const value = path.reduce<unknown>((at, key) => toObject(at)[key], spec);
    return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  };
};

/** additionalPrinterColumns of Istio's CRDs; a kind without any gets only its name and age. */
const CUSTOM: Record<string, Column[]> = {
  peerauthentications: [column("Mode", "Defines the mTLS mode used for peer authentication.", fromSpec("mtls", "mode"))],
  destinationrules: [column("Host", "The name of a service from the service registry.", fromSpec("host"))],
  virtualservices: [
    column("Gateways", "The names of gateways and sidecars that apply these routes.", fromSpec("gateways")),
    column("Hosts", "The destination hosts to which traffic is being sent.", fromSpec("hosts")),
  ],
};

export function toColumns(definition: ResourceDefinition): readonly Column[] {
  if (definition.customSpec) return [NAME, ...(CUSTOM[definition.plural] ?? []), { ...AGE, type: "date" }];
  return BUILT_IN[definition.plural] ?? [NAME, AGE];
}
