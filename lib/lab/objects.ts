/** The lab's view of a Kubernetes object: open, as JSON came, with the metadata every part of the lab relies on. */

export interface ManagedFieldsEntry {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time: string;
  fieldsType: "FieldsV1";
  fieldsV1: Record<string, unknown>;
  subresource?: string;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  /** RFC 3339, whole seconds, UTC; istiod orders policies by it. */
  creationTimestamp: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean; blockOwnerDeletion?: boolean }[];
  managedFields?: ManagedFieldsEntry[];
  [field: string]: unknown;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  data?: Record<string, string>;
  [field: string]: unknown;
}

/** What a person may write in a scenario file, or a controller makes: everything the server fills in is left out. */
export interface KubeManifest {
  apiVersion: string;
  kind: string;
  metadata: Pick<ObjectMeta, "labels" | "annotations" | "ownerReferences"> & { name: string; namespace?: string };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  data?: Record<string, string>;
  [field: string]: unknown;
}

/** A resource as the API names it; the key of every store operation. The version is not part of it: one object is served in all versions. */
export interface ResourceKey {
  /** "" for the core group. */
  group: string;
  plural: string;
}

export type StoreEventType = "ADDED" | "MODIFIED" | "DELETED";
export interface StoreEvent {
  type: StoreEventType;
  resource: ResourceKey;
  /** The object after the change; for DELETED its last state with the deletion's resourceVersion. */
  object: KubeObject;
}

/**
 * The lab's one source of truth (lib/lab/kubernetes/store.ts implements it). Reads are synchronous and return frozen objects;
 * listeners are called in the order of resourceVersions, after the write is visible to reads.
 */
export interface Store {
  list(resource: ResourceKey, namespace?: string): readonly KubeObject[];
  get(resource: ResourceKey, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Used when the lab starts and by its controllers; the API server has its own, validated path. */
  put(resource: ResourceKey, object: KubeManifest): KubeObject;
  remove(resource: ResourceKey, namespace: string | undefined, name: string): KubeObject | undefined;
  /** @returns a function that ends the subscription */
  subscribe(listener: (event: StoreEvent) => void): () => void;
}

export const RESOURCE = {
  namespaces: { group: "", plural: "namespaces" },
  pods: { group: "", plural: "pods" },
  services: { group: "", plural: "services" },
  serviceAccounts: { group: "", plural: "serviceaccounts" },
  configMaps: { group: "", plural: "configmaps" },
  secrets: { group: "", plural: "secrets" },
  deployments: { group: "apps", plural: "deployments" },
  replicaSets: { group: "apps", plural: "replicasets" },
  endpointSlices: { group: "discovery.k8s.io", plural: "endpointslices" },
  peerAuthentications: { group: "security.istio.io", plural: "peerauthentications" },
  destinationRules: { group: "networking.istio.io", plural: "destinationrules" },
  gateways: { group: "networking.istio.io", plural: "gateways" },
  virtualServices: { group: "networking.istio.io", plural: "virtualservices" },
} as const satisfies Record<string, ResourceKey>;
