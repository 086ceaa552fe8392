import { isSubset } from "./labels";
import type { ClientTls, DestinationRule, MeshConfig, ObjectRef, Service, Workload } from "./objects";

/** Kubernetes' default; a mesh with another cluster domain would need it told. */
const CLUSTER_DOMAIN = "cluster.local";

/** The word that counts for one caller and one Service: merged from all rules of one namespace for one host. */
export interface CountingRule {
  object: ObjectRef;
  /** null when no rule has a traffic policy. */
  trafficPolicy: { object: ObjectRef; tls: ClientTls | null; ports: DestinationRule["ports"] } | null;
  subsets: { name: string; tls: ClientTls | null; object: ObjectRef }[];
}

type Client = Pick<Workload, "namespace" | "labels">;

/**
 * Which DestinationRule counts for a caller (istiod: pilot/pkg/model/push_context.go destinationRule, destination_rule.go). The caller's namespace is
 * searched first, then the Service's, then the root's, and the first that has a matching rule ends the search, however general its host is.
 */
export function findDestinationRule(
  rules: readonly DestinationRule[],
  config: MeshConfig,
  client: Client,
  service: Pick<Service, "namespace" | "name">,
): CountingRule | null {
  const host = `${service.name}.${service.namespace}.svc.${CLUSTER_DOMAIN}`;
  const own = rules.filter(
    (rule) => rule.namespace === client.namespace && (client.namespace === config.rootNamespace ? isPrivate(rule) : isVisibleAtHome(rule)),
  );
  const exported = (namespace: string) => rules.filter((rule) => rule.namespace === namespace && isExportedTo(rule, client.namespace));
  for (const candidates of [own, exported(service.namespace), exported(config.rootNamespace)]) {
    const matching = mostSpecific(candidates, host);
    if (matching.length > 0) return merge(matching, client);
  }
  return null;
}

/** All rules whose host is the most specific one that names `host`: exact before wildcard, longer wildcards before shorter ones. */
function mostSpecific(rules: readonly DestinationRule[], host: string): DestinationRule[] {
  let best: DestinationRule[] = [];
  let bestRank = -1;
  for (const rule of rules) {
    const rank = toRank(toFullHost(rule), host);
    if (rank === null || rank < bestRank) continue;
    if (rank > bestRank) best = [];
    bestRank = rank;
    best.push(rule);
  }
  return best;
}

/** @returns null when the pattern does not name the host */
function toRank(pattern: string, host: string): number | null {
  if (pattern === host) return Number.POSITIVE_INFINITY;
  return pattern.startsWith("*") && host.endsWith(pattern.slice(1)) ? pattern.length : null;
}

/** A name without a dot is completed with the rule's own namespace; `*` is whole already. */
function toFullHost(rule: DestinationRule): string {
  const host = rule.host.toLowerCase();
  return host.includes(".") || host.startsWith("*") ? host : `${host}.${rule.namespace}.svc.${CLUSTER_DOMAIN}`;
}

/**
 * The older rule's traffic policy is used alone, the younger's only when the older has none; subsets add up. A rule with a workloadSelector replaces
 * the others for the pods it selects, in its own namespace only, and does not exist for everybody else.
 */
function merge(rules: readonly DestinationRule[], client: Client): CountingRule | null {
  const sorted = rules.toSorted((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const selected = sorted.find(
    ({ namespace, workloadSelector }) => workloadSelector !== null && namespace === client.namespace && isSubset(workloadSelector, client.labels),
  );
  const counting = selected === undefined ? sorted.filter(({ workloadSelector }) => workloadSelector === null) : [selected];
  const [oldest] = counting;
  if (oldest === undefined) return null;
  const speaking = counting.find(({ hasTrafficPolicy }) => hasTrafficPolicy);
  return {
    object: toRef(speaking ?? oldest),
    trafficPolicy: speaking === undefined ? null : { object: toRef(speaking), tls: speaking.tls, ports: speaking.ports },
    subsets: counting.flatMap((rule) => rule.subsets.map(({ name, tls }) => ({ name, tls, object: toRef(rule) }))),
  };
}

function isPrivate({ exportTo }: DestinationRule): boolean {
  return exportTo.length > 0 && exportTo.every((to) => to === ".");
}

function isVisibleAtHome({ namespace, exportTo }: DestinationRule): boolean {
  return exportTo.length === 0 || exportTo.some((to) => to === "." || to === "*" || to === namespace);
}

function isExportedTo({ namespace, exportTo }: DestinationRule, clientNamespace: string): boolean {
  return exportTo.length === 0 || exportTo.some((to) => to === "*" || to === clientNamespace || (to === "." && namespace === clientNamespace));
}

function toRef({ namespace, name }: DestinationRule): ObjectRef {
  return { kind: "DestinationRule", namespace, name };
}
