import { parse } from "yaml";
import { type KubeObject, RESOURCE, type Store } from "../objects";

/** What Kiali knows of the cluster, read afresh from the store at each request. */
export interface Namespace {
  name: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>> | null;
  /** Milliseconds since 1970. */
  createdAt: number;
  isControlPlane: boolean;
  /** The istiod that serves it; none when it is not injected. */
  revision?: string;
}

export interface ControlPlane {
  namespace: string;
  rootNamespace: string;
  revision: string;
  autoMtls: boolean;
  minTls: "TLSV1_2" | "TLSV1_3";
}

export interface Workload {
  name: string;
  namespace: string;
  kind: "Deployment" | "Pod";
  /** Of the pod template. */
  labels: Readonly<Record<string, string>>;
  app?: string;
  version?: string;
  podCount: number;
  /** True also without pods: nothing then proves that one is missing. */
  hasSidecar: boolean;
  isGateway: boolean;
  replicas: { desired: number; current: number; available: number };
  serviceAccountNames: string[];
  object: KubeObject;
}

export interface KubeService {
  name: string;
  namespace: string;
  app?: string;
  labels: Readonly<Record<string, string>>;
  selector: Readonly<Record<string, string>>;
}

export const IDENTITY_DOMAIN = "svc.cluster.local";
export const DEFAULT_REVISION = "default";
const APP_LABELS = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"];
const VERSION_LABELS = ["service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"];
/** Kiali's istio/discovery_selectors.go never shows these. */
const SYSTEM_NAMESPACE = /^(kube-.*|openshift.*|ibm.*|kiali-operator|istio-operator)/;

type Labels = Readonly<Record<string, string>>;
const byName = (a: { metadata: { name: string } }, b: { metadata: { name: string } }) => compare(a.metadata.name, b.metadata.name);
/** Orders by code units, as Go's strings compare for the ASCII names of Kubernetes. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const toAppLabel = (labels: Labels): string | undefined => firstOf(labels, APP_LABELS);
export const toVersionLabel = (labels: Labels): string | undefined => firstOf(labels, VERSION_LABELS);
/** The labels without those that name app and version. */
export function toOtherLabels(labels: Labels): Record<string, string> {
  const drop = [APP_LABELS.find((name) => name in labels), VERSION_LABELS.find((name) => name in labels)];
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([name]) => !drop.includes(name))
      .sort(([a], [b]) => compare(a, b)),
  );
}
const firstOf = (labels: Labels, names: readonly string[]) => names.map((name) => labels[name]).find((value) => value !== undefined);

export function listNamespaces(store: Store): Namespace[] {
  const planes = listControlPlanes(store);
  return store
    .list(RESOURCE.namespaces)
    .filter(({ metadata }) => !SYSTEM_NAMESPACE.test(metadata.name))
    .toSorted(byName)
    .map(({ metadata }) => {
      const labels = metadata.labels ?? {};
      const plane = planes.find(({ namespace }) => namespace === metadata.name);
      const revision = labels["istio.io/rev"] ?? (labels["istio-injection"] === "enabled" ? DEFAULT_REVISION : plane?.revision);
      return {
        name: metadata.name,
        labels,
        annotations: metadata.annotations ?? null,
        createdAt: Date.parse(metadata.creationTimestamp),
        isControlPlane: plane !== undefined,
        ...(revision === undefined ? {} : { revision }),
      };
    });
}

/** Every Deployment labelled `app: istiod`, with the mesh configuration of its revision's ConfigMap. */
export function listControlPlanes(store: Store): ControlPlane[] {
  return store
    .list(RESOURCE.deployments)
    .filter(({ metadata, spec }) => metadata.labels?.app === "istiod" || templateOf(spec).labels.app === "istiod")
    .map(({ metadata, spec }) => {
      const namespace = metadata.namespace ?? "";
      const revision = metadata.labels?.["istio.io/rev"] ?? templateOf(spec).labels["istio.io/rev"] ?? DEFAULT_REVISION;
      const configMap = store.get(RESOURCE.configMaps, namespace, revision === DEFAULT_REVISION ? "istio" : `istio-${revision}`);
      return { namespace, revision, ...parseMeshConfig(configMap?.data?.mesh, namespace) };
    });
}

/** @param text MeshConfig as YAML; a text that cannot be read counts as empty, as istiod keeps its defaults then */
function parseMeshConfig(text: string | undefined, namespace: string): Pick<ControlPlane, "autoMtls" | "minTls" | "rootNamespace"> {
  let config: unknown;
  try {
    config = parse(text ?? "");
  } catch {
    config = undefined;
  }
  const mesh = toRecord(config);
  return {
    autoMtls: mesh.enableAutoMtls !== false,
    minTls: toRecord(mesh.meshMTLS).minProtocolVersion === "TLSV1_3" ? "TLSV1_3" : "TLSV1_2",
    rootNamespace: typeof mesh.rootNamespace === "string" ? mesh.rootNamespace : namespace,
  };
}

/** Deployments, and pods that nothing owns. */
export function listWorkloads(store: Store, namespace: string): Workload[] {
  const pods = store.list(RESOURCE.pods, namespace);
  const deployments = store.list(RESOURCE.deployments, namespace).map((object): Workload => {
    const template = templateOf(object.spec);
    const selector = toStrings(toRecord(object.spec?.selector).matchLabels);
    const own = pods.filter(({ metadata }) => selects(selector, metadata.labels ?? {}));
    const spec = object.spec ?? {};
    const status = object.status ?? {};
    return {
      ...toWorkload(object, "Deployment", template.labels, template.annotations, own),
      replicas: { desired: toNumber(spec.replicas, 1), current: toNumber(status.replicas, 0), available: toNumber(status.availableReplicas, 0) },
      serviceAccountNames: [template.serviceAccount],
    };
  });
  const bare = pods
    .filter(({ metadata }) => (metadata.ownerReferences ?? []).length === 0)
    .map((pod): Workload => {
      const ready = pod.status?.phase === "Running" ? 1 : 0;
      return {
        ...toWorkload(pod, "Pod", pod.metadata.labels ?? {}, pod.metadata.annotations ?? {}, [pod]),
        replicas: { desired: 1, current: ready, available: ready },
        serviceAccountNames: [toText(pod.spec?.serviceAccountName, "default")],
      };
    });
  return [...deployments, ...bare].toSorted((a, b) => compare(a.name, b.name));
}

function toWorkload(object: KubeObject, kind: Workload["kind"], labels: Labels, annotations: Labels, pods: readonly KubeObject[]) {
  const app = toAppLabel(labels);
  const version = toVersionLabel(labels);
  const [first] = pods;
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? "",
    kind,
    labels,
    ...(app === undefined ? {} : { app }),
    ...(version === undefined ? {} : { version }),
    podCount: pods.length,
    hasSidecar: first === undefined || hasProxy(first),
    isGateway: isGateway(labels, annotations),
    object,
  };
}

function hasProxy({ spec }: KubeObject): boolean {
  const named = (list: unknown) => Array.isArray(list) && list.some((container) => toRecord(container).name === "istio-proxy");
  return named(spec?.containers) || named(spec?.initContainers);
}

/** Each way of installing gateways labels them differently; Kiali tries them all (config.IsGateway). */
function isGateway(labels: Labels, annotations: Labels): boolean {
  return (
    /^(In|E)gressGateways$/.test(labels["operator.istio.io/component"] ?? "") ||
    /gateway/.test(labels.istio ?? "") ||
    "gateway.networking.k8s.io/gateway-name" in labels ||
    annotations["inject.istio.io/templates"] === "gateway"
  );
}

export function listServices(store: Store, namespace: string): KubeService[] {
  return store
    .list(RESOURCE.services, namespace)
    .toSorted(byName)
    .map(({ metadata, spec }) => {
      const labels = metadata.labels ?? {};
      const app = toAppLabel(labels);
      return { name: metadata.name, namespace, ...(app === undefined ? {} : { app }), labels, selector: toStrings(spec?.selector) };
    });
}

/** @returns whether every label of a selector is there; an empty selector selects nothing here */
export function selects(selector: Labels, labels: Labels): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

function templateOf(spec: KubeObject["spec"]): { labels: Labels; annotations: Labels; serviceAccount: string } {
  const template = toRecord(spec?.template);
  const metadata = toRecord(template.metadata);
  return {
    labels: toStrings(metadata.labels),
    annotations: toStrings(metadata.annotations),
    serviceAccount: toText(toRecord(template.spec).serviceAccountName, "default"),
  };
}

/** The value as an object to look fields up in; anything else has none. */
export function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
export function toStrings(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(toRecord(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
const toNumber = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);
const toText = (value: unknown, otherwise: string) => (typeof value === "string" ? value : otherwise);
