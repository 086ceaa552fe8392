import type { KubeObject, ResourceKey } from "../objects";
import { DESTINATION_RULE_SPEC, GATEWAY_SPEC, PEER_AUTHENTICATION_SPEC, VIRTUAL_SERVICE_SPEC } from "./istio-schemas";
import { withSortedKeys } from "./json";
import type { Schema } from "./schema";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

export interface SubresourceDefinition {
  name: string;
  kind: string;
  verbs: readonly Verb[];
}

export interface ResourceDefinition extends ResourceKey {
  /** Served versions; the first is the preferred one, in which objects are stored. */
  versions: readonly [string, ...string[]];
  kind: string;
  singular: string;
  namespaced: boolean;
  shortNames?: readonly string[];
  categories?: readonly string[];
  verbs: readonly Verb[];
  subresources?: readonly SubresourceDefinition[];
  /** Whether metadata.generation counts changes of the desired state. */
  hasGeneration?: boolean;
  /** Present for custom resources: the schema of `spec` in their CRD. */
  customSpec?: Schema;
}

const READ: readonly Verb[] = ["get", "list", "watch"];
// Services and the like follow from the lab's scenario; until something acts on a new or changed one, the API does not pretend to take it.
const READ_AND_EDIT: readonly Verb[] = ["get", "list", "patch", "update", "watch"];
const ALL: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/** The API server lists a custom resource's verbs in this order. */
const CUSTOM_VERBS: readonly Verb[] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

const PROXY: SubresourceDefinition = { name: "proxy", kind: "NodeProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] };

function custom(group: string, kind: string, plural: string, shortNames: string[], category: string, customSpec: Schema): ResourceDefinition {
  return {
    group,
    plural,
    kind,
    singular: kind.toLowerCase(),
    versions: ["v1", "v1beta1"],
    namespaced: true,
    shortNames,
    categories: ["istio-io", category],
    verbs: CUSTOM_VERBS,
    hasGeneration: true,
    customSpec,
  };
}

export const RESOURCES: readonly ResourceDefinition[] = [
  { group: "", plural: "configmaps", kind: "ConfigMap", singular: "configmap", versions: ["v1"], namespaced: true, shortNames: ["cm"], verbs: ALL },
  { group: "", plural: "events", kind: "Event", singular: "event", versions: ["v1"], namespaced: true, shortNames: ["ev"], verbs: READ },
  {
    group: "",
    plural: "namespaces",
    kind: "Namespace",
    singular: "namespace",
    versions: ["v1"],
    namespaced: false,
    shortNames: ["ns"],
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  },
  { group: "", plural: "nodes", kind: "Node", singular: "node", versions: ["v1"], namespaced: false, shortNames: ["no"], verbs: READ },
  {
    group: "",
    plural: "pods",
    kind: "Pod",
    singular: "pod",
    versions: ["v1"],
    namespaced: true,
    shortNames: ["po"],
    categories: ["all"],
    verbs: ALL,
    hasGeneration: true,
    subresources: [
      { name: "exec", kind: "PodExecOptions", verbs: ["create", "get"] },
      { name: "log", kind: "Pod", verbs: ["get"] },
      { ...PROXY, kind: "PodProxyOptions" },
    ],
  },
  { group: "", plural: "secrets", kind: "Secret", singular: "secret", versions: ["v1"], namespaced: true, verbs: ALL },
  {
    group: "",
    plural: "serviceaccounts",
    kind: "ServiceAccount",
    singular: "serviceaccount",
    versions: ["v1"],
    namespaced: true,
    shortNames: ["sa"],
    verbs: ALL,
  },
  {
    group: "",
    plural: "services",
    kind: "Service",
    singular: "service",
    versions: ["v1"],
    namespaced: true,
    shortNames: ["svc"],
    categories: ["all"],
    verbs: READ_AND_EDIT,
    subresources: [{ ...PROXY, kind: "ServiceProxyOptions" }],
  },
  {
    group: "apps",
    plural: "deployments",
    kind: "Deployment",
    singular: "deployment",
    versions: ["v1"],
    namespaced: true,
    shortNames: ["deploy"],
    categories: ["all"],
    verbs: READ,
    hasGeneration: true,
  },
  {
    group: "apps",
    plural: "replicasets",
    kind: "ReplicaSet",
    singular: "replicaset",
    versions: ["v1"],
    namespaced: true,
    shortNames: ["rs"],
    categories: ["all"],
    verbs: READ,
    hasGeneration: true,
  },
  {
    group: "discovery.k8s.io",
    plural: "endpointslices",
    kind: "EndpointSlice",
    singular: "endpointslice",
    versions: ["v1"],
    namespaced: true,
    verbs: READ,
    hasGeneration: true,
  },
  custom("security.istio.io", "PeerAuthentication", "peerauthentications", ["pa"], "security-istio-io", PEER_AUTHENTICATION_SPEC),
  custom("networking.istio.io", "DestinationRule", "destinationrules", ["dr"], "networking-istio-io", DESTINATION_RULE_SPEC),
  custom("networking.istio.io", "Gateway", "gateways", ["gw"], "networking-istio-io", GATEWAY_SPEC),
  custom("networking.istio.io", "VirtualService", "virtualservices", ["vs"], "networking-istio-io", VIRTUAL_SERVICE_SPEC),
];

const BY_KEY = new Map(RESOURCES.map((definition) => [`${definition.group}/${definition.plural}`, definition]));

export function findResource({ group, plural }: ResourceKey): ResourceDefinition | undefined {
  return BY_KEY.get(`${group}/${plural}`);
}

/** `security.istio.io/v1`, or `v1` in the core group. */
export function toGroupVersion(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The object as one version of the API shows it; the versions of these kinds differ in nothing but their name. */
export function toVersion(definition: ResourceDefinition, version: string, object: KubeObject): KubeObject {
  const { resourceVersion, ...metadata } = object.metadata;
  // A dry run's object was never stored and has no resourceVersion.
  const shown = resourceVersion === "" ? metadata : object.metadata;
  const versioned = { ...object, kind: definition.kind, apiVersion: toGroupVersion(definition.group, version), metadata: shown };
  return (definition.customSpec ? withSortedKeys(versioned) : versioned) as KubeObject;
}
