import { type KubeObject, RESOURCE, type Store } from "../objects";
import { compare, toRecord } from "./cluster";

/** @returns the mode of a policy without selector; "" when it has none; UNSET for `mtls: {}` */
export function toPolicyMode({ spec }: KubeObject): string {
  return spec?.selector === undefined || spec.selector === null ? toMode(spec?.mtls) : "";
}

/** @returns the TLS mode of a rule for exactly this host; "" when it has no tls; DISABLE for `tls: {}`, the first of its words */
export function toRuleMode({ spec }: KubeObject, host: string): string {
  const tls = toRecord(spec?.trafficPolicy).tls;
  if (spec?.host !== host || typeof tls !== "object" || tls === null) return "";
  const { mode } = toRecord(tls);
  return typeof mode === "string" ? mode : "DISABLE";
}

/** @returns the mode in a policy's `mtls`; UNSET for one without, "" without `mtls` */
export function toMode(mtls: unknown): string {
  if (typeof mtls !== "object" || mtls === null) return "";
  const { mode } = toRecord(mtls);
  return typeof mode === "string" ? mode : "UNSET";
}

/** Kiali reads from caches in no order; by name is at least the same every time. */
const inOrder = (a: KubeObject, b: KubeObject): number =>
  compare(a.metadata.namespace ?? "", b.metadata.namespace ?? "") || compare(a.metadata.name, b.metadata.name);
export const listPolicies = (store: Store, namespace?: string): KubeObject[] => store.list(RESOURCE.peerAuthentications, namespace).toSorted(inOrder);
export const listRules = (store: Store): KubeObject[] => store.list(RESOURCE.destinationRules).toSorted(inOrder);
/** The two modes of a rule that ask for mutual TLS. */
export const isMutual = (mode: string): boolean => mode === "ISTIO_MUTUAL" || mode === "MUTUAL";
