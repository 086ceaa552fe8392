import type { KubeObject, Store } from "../objects";
import { type ControlPlane, DEFAULT_REVISION, IDENTITY_DOMAIN, listControlPlanes, listNamespaces, type Namespace, toRecord } from "./cluster";
import { CLUSTER } from "./metrics";
import { isMutual, listPolicies, listRules, toMode, toPolicyMode, toRuleMode } from "./policies";
import { hasValidationError } from "./validation";

type TableStatus = "MTLS_ENABLED" | "MTLS_PARTIALLY_ENABLED" | "MTLS_NOT_ENABLED" | "MTLS_DISABLED";
export type MtlsStatus = TableStatus | "UNSET" | "UNSET_INHERITED_STRICT" | "UNSET_INHERITED_DISABLED" | "MTLS_VALIDATION_ERROR";

/** Kiali has no such thing; every one of these is a 500 with the message. */
export class TlsStatusError extends Error {
  override readonly name = "TlsStatusError";
}

export interface MeshTls {
  autoMTLSEnabled: boolean;
  minTLS: "TLSV1_2" | "TLSV1_3";
  status: MtlsStatus;
}
export interface NamespaceTls {
  autoMTLSEnabled: boolean;
  cluster: string;
  /** Always empty on a namespace. */
  minTLS: "";
  namespace: string;
  status: MtlsStatus;
}

/**
 * The mesh's word: policies of istiod's namespace, `*.local` rules of the namespaces that this istiod injects (so not of its own).
 * What Kiali says is what is configured, which is not always what the proxies do.
 * @throws TlsStatusError for a cluster or revision that is not there
 */
export function getMeshTls(store: Store, cluster = CLUSTER, revision = DEFAULT_REVISION): MeshTls {
  const planes = listControlPlanes(store);
  if (planes.length === 0) throw new TlsStatusError(`no controlplanes found on cluster [${cluster}]`);
  const plane = cluster === CLUSTER ? planes.find((each) => each.revision === revision) : undefined;
  if (plane === undefined) throw new TlsStatusError(`revision [${revision}] not found on cluster [${cluster}]`);
  return { autoMTLSEnabled: plane.autoMtls, minTLS: plane.minTls, status: toMeshStatus(store, plane, listNamespaces(store)) };
}

/** @throws TlsStatusError for a cluster or namespace that is not there */
export function getNamespaceTls(store: Store, name: string, cluster = CLUSTER): NamespaceTls {
  checkCluster(cluster);
  const namespace = listNamespaces(store).find((each) => each.name === name);
  if (namespace === undefined) throw new TlsStatusError(`namespaces "${name}" not found`);
  return toNamespaceTls(store, namespace);
}

/** @param names only these; the ones that are not there are left out. All namespaces when absent. @throws TlsStatusError */
export function listNamespaceTls(store: Store, names?: readonly string[], cluster = CLUSTER): NamespaceTls[] {
  checkCluster(cluster);
  return listNamespaces(store)
    .filter(({ name }) => names === undefined || names.includes(name))
    .map((namespace) => toNamespaceTls(store, namespace));
}

function checkCluster(cluster: string): void {
  if (cluster !== CLUSTER) throw new TlsStatusError(`kiali ServiceAccount Client for cluster [${cluster}] is not found or is not accessible for Kiali`);
}

function toNamespaceTls(store: Store, namespace: Namespace): NamespaceTls {
  const plane = planeOf(namespace, listControlPlanes(store));
  const autoMTLSEnabled = plane?.autoMtls ?? true;
  return { autoMTLSEnabled, cluster: CLUSTER, minTLS: "", namespace: namespace.name, status: toNamespaceStatus(store, namespace, plane, autoMTLSEnabled) };
}

/** The control plane that manages a namespace; one that is not injected counts to the only one there is. */
function planeOf({ revision }: Namespace, planes: readonly ControlPlane[]): ControlPlane | undefined {
  return planes.find((plane) => plane.revision === revision) ?? (planes.length === 1 ? planes[0] : undefined);
}

function toNamespaceStatus(store: Store, namespace: Namespace, plane: ControlPlane | undefined, autoMtls: boolean): MtlsStatus {
  const isRoot = plane?.rootNamespace === namespace.name;
  // A selector without labels is kept here and gives no mode below, as in Kiali: NOT_ENABLED, though Istio enforces it.
  const policies = isRoot
    ? []
    : listPolicies(store, namespace.name).filter(({ spec }) => Object.keys(toRecord(toRecord(spec?.selector).matchLabels)).length === 0);
  const rules = listRules(store);
  if (policies.some((policy) => hasValidationError(store, policy, autoMtls))) return "MTLS_VALIDATION_ERROR";
  if (policies.some((policy) => isMode(toMode(policy.spec?.mtls)))) {
    return toStatus(firstPolicyMode(policies), firstRuleMode(rules, `*.${namespace.name}.${IDENTITY_DOMAIN}`), autoMtls);
  }
  const revision = namespace.revision ?? DEFAULT_REVISION;
  const meshPlane = listControlPlanes(store).find((each) => each.revision === revision);
  if (meshPlane === undefined) return "UNSET";
  const mesh = toMeshStatus(store, meshPlane, listNamespaces(store));
  if (isRoot) return mesh;
  return mesh === "MTLS_ENABLED" ? "UNSET_INHERITED_STRICT" : mesh === "MTLS_DISABLED" ? "UNSET_INHERITED_DISABLED" : "UNSET";
}

const isMode = (mode: string) => mode !== "" && mode !== "UNSET";

function toMeshStatus(store: Store, plane: ControlPlane, namespaces: readonly Namespace[]): TableStatus {
  const injected = namespaces.filter(({ labels }) => labels["istio.io/rev"] === plane.revision || labels["istio-injection"] === "enabled");
  const rules = listRules(store).filter(({ metadata }) => injected.some(({ name }) => name === metadata.namespace));
  const policy = firstPolicyMode(listPolicies(store, plane.namespace));
  const rule = firstRuleMode(rules, "*.local");
  const status = toStatus(policy, rule, plane.autoMtls);
  if (status !== "MTLS_PARTIALLY_ENABLED") return status;
  // One half alone is enough for the mesh, unlike for a namespace.
  if ((policy === "DISABLE" && rule === "") || (rule === "DISABLE" && policy === "")) return "MTLS_DISABLED";
  if (plane.autoMtls && policy === "" && isMutual(rule)) return "MTLS_ENABLED";
  return status;
}

/** Kiali's table (util/mtls/status.go): both halves must agree; with auto mTLS a rule that is not there agrees with either. */
function toStatus(policy: string, rule: string, autoMtls: boolean): TableStatus {
  const ruleAgrees = rule === "" && autoMtls;
  if (policy === "STRICT" && (isMutual(rule) || ruleAgrees)) return "MTLS_ENABLED";
  if (policy === "DISABLE" && (rule === "DISABLE" || ruleAgrees)) return "MTLS_DISABLED";
  return policy === "" && rule === "" ? "MTLS_NOT_ENABLED" : "MTLS_PARTIALLY_ENABLED";
}

/** The first policy's mode that has one; a selector of any kind, even an empty one, disqualifies. */
function firstPolicyMode(policies: readonly KubeObject[]): string {
  return policies.map(toPolicyMode).find((mode) => mode !== "") ?? "";
}

const firstRuleMode = (rules: readonly KubeObject[], host: string): string => rules.map((rule) => toRuleMode(rule, host)).find((mode) => mode !== "") ?? "";
