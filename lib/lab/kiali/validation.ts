import type { KubeObject, Store } from "../objects";
import { IDENTITY_DOMAIN, toRecord, toStrings } from "./cluster";
import { isMutual, listPolicies, listRules, toPolicyMode, toRuleMode } from "./policies";

/**
 * Whether Kiali's validation finds an error in a namespace-wide PeerAuthentication (business/checkers): KIA0002 another one beside it,
 * KIA0501 STRICT that no rule matches without auto mTLS, KIA0505 DISABLE under a rule that demands mutual TLS.
 * The real one looks once a minute, in the background; this one looks at once, so its word never lags behind the policies.
 */
export function hasValidationError(store: Store, policy: KubeObject, autoMtls: boolean): boolean {
  return hasTwin(store, policy) || lacksRule(store, policy, autoMtls) || contradictsRule(store, policy);
}

const selectorOf = ({ spec }: KubeObject) => toStrings(toRecord(spec?.selector).matchLabels);
const others = (store: Store, { metadata }: KubeObject) => listPolicies(store, metadata.namespace).filter((other) => other.metadata.name !== metadata.name);

function hasTwin(store: Store, policy: KubeObject): boolean {
  const isForAll = (each: KubeObject) => Object.keys(selectorOf(each)).length === 0;
  return isForAll(policy) && others(store, policy).some(isForAll);
}

function lacksRule(store: Store, policy: KubeObject, autoMtls: boolean): boolean {
  if (autoMtls || toPolicyMode(policy) !== "STRICT") return false;
  return !listRules(store).some((rule) => hostsOf(policy).some((host) => toRuleMode(rule, host) === "ISTIO_MUTUAL"));
}

/** The first rule for the namespace decides; those for the mesh count only when it has none. */
function contradictsRule(store: Store, policy: KubeObject): boolean {
  if (toPolicyMode(policy) !== "DISABLE") return false;
  const [namespaceModes = [], meshModes = []] = hostsOf(policy).map((host) => listRules(store).map((rule) => toRuleMode(rule, host)));
  const decisive = namespaceModes.find((mode) => mode === "DISABLE" || isMutual(mode));
  return decisive === undefined ? meshModes.some(isMutual) : isMutual(decisive);
}

const hostsOf = ({ metadata }: KubeObject) => [`*.${metadata.namespace}.${IDENTITY_DOMAIN}`, "*.local"];
