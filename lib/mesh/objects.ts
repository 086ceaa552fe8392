import type { Mode } from "./modes";

/** The mesh's objects as Padlock thinks of them. lib/kubernetes makes them from what the API server sent; nothing here knows wire formats. */

export interface ObjectRef {
  kind: string;
  /** Absent for objects of the whole cluster. */
  namespace?: string;
  name: string;
}

/** Who wrote a field (metadata.managedFields), newest last. */
export interface FieldOwner {
  manager: string;
  operation: "Apply" | "Update";
  /** Epoch ms. */
  at: number;
  /** Whether this manager owns `.spec.mtls.mode`. */
  ownsMode: boolean;
}

export interface PeerAuthentication {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  /** Epoch ms, whole seconds, as the API server stamps it. */
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** null when the policy has no selector; `{}` and empty matchLabels count as none, so they are null as well. */
  selector: Record<string, string> | null;
  /** null when `spec.mtls` or its mode is absent. */
  mode: Mode | null;
  /** spec.portLevelMtls by container port; a value without mode is UNSET. */
  ports: Record<number, Mode>;
  owners: FieldOwner[];
  /** As `kubectl get -o yaml` prints it. */
  yaml: string;
}

export const TLS_MODES = ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** A traffic policy's word on TLS: null = no `tls` block; `tls: {}` without mode is DISABLE, as Istio reads it. */
export interface ClientTls {
  mode: TlsMode;
}

export interface DestinationRule {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  owners: FieldOwner[];
  host: string;
  /** Empty = everywhere (`*`). */
  exportTo: string[];
  hasTrafficPolicy: boolean;
  tls: ClientTls | null;
  /** By Service port; a present entry with null has a port setting without `tls`. */
  ports: Record<number, ClientTls | null>;
  subsets: { name: string; tls: ClientTls | null }[];
  /** Client pods it is limited to; null = all. */
  workloadSelector: Record<string, string> | null;
}

/** `unknown` when the pods could not be read; ambient pods are neither "with sidecar" nor "without". */
export type SidecarState = "sidecar" | "none" | "ambient" | "unknown";

export interface Workload {
  namespace: string;
  name: string;
  kind: string;
  labels: Record<string, string>;
  /** `app` and `version` labels, or the canonical-name ones. */
  app: string;
  version: string | null;
  serviceAccount: string;
  sidecar: SidecarState;
  /** Container names of one of its pods, for *why*. */
  containers: string[];
  pods: { name: string; ip: string | null; ready: boolean }[];
  /** Declared container ports. */
  ports: number[];
  /** It is selected by an Istio Gateway. */
  isGateway: boolean;
}

export interface Service {
  namespace: string;
  name: string;
  selector: Record<string, string>;
  ports: { name: string; port: number; targetPort: number | string }[];
}

export interface Namespace {
  name: string;
  /** Epoch ms, whole seconds; 0 when it is not known. */
  createdAt: number;
  /** `istio-injection=enabled` or an `istio.io/rev` label. */
  injection: boolean;
  ambient: boolean;
  /** The label `istio.io/rev`: a revision of Istio or a tag for one; absent without the label. */
  revision?: string;
}

/** One istiod (or several pods of the same) and what it was told. */
export interface ControlPlane {
  /** `default` where the install has no name of its own. */
  revision: string;
  /** Where istiod runs. */
  namespace: string;
  /** istiod pods, and how many of them are ready. */
  pods: number;
  ready: number;
  config: MeshConfig;
}

/** From the ConfigMap `istio` (`istio-<revision>`) beside istiod; the defaults hold when it cannot be read, and `read` says so. */
export interface MeshConfig {
  rootNamespace: string;
  trustDomain: string;
  enableAutoMtls: boolean;
  /** The revision of the istiod that is asked about; absent = `default`, a normal install's. */
  revision?: string;
  read: boolean;
}
