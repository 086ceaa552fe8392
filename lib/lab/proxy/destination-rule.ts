import { z } from "zod";
import { serviceHost } from "../network/cluster-dns";
import type { KubeObject } from "../objects";
import { isSeen, oldestFirst, selects } from "./peer-authentication";

export type ClientTlsMode = "DISABLE" | "SIMPLE" | "MUTUAL" | "ISTIO_MUTUAL";
export interface ClientTlsSettings {
  mode: ClientTlsMode;
  sni?: string;
  insecureSkipVerify?: boolean;
}

interface TrafficPolicy {
  tls?: ClientTlsSettings;
  /** By Service port (not container port). */
  ports: ReadonlyMap<number, { tls?: ClientTlsSettings }>;
}

export interface DestinationRule {
  name: string;
  namespace: string;
  host: string;
  exportTo: readonly string[];
  workloadSelector: Readonly<Record<string, string>> | undefined;
  trafficPolicy?: TrafficPolicy;
}

/**
 * What the one DestinationRule that counts says about a service port.
 * `cluster`: TLS settings of the cluster, undefined = auto mutual TLS. `endpointMode`: the mode by which endpoints are marked; it differs from `cluster`
 * when a port entry has no `tls` while the rule's top has (istio `pilot/pkg/xds/endpoints/mtls_checker.go`).
 */
export interface RuleTls {
  cluster: ClientTlsSettings | undefined;
  endpointMode: ClientTlsMode | undefined;
}

const tlsSchema = z
  // A `tls` without mode is DISABLE: the enum's zero value.
  .object({
    mode: z.enum(["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"]).default("DISABLE"),
    sni: z.string().optional(),
    insecureSkipVerify: z.boolean().optional(),
  })
  .nullish();
const specSchema = z.object({
  host: z.string(),
  exportTo: z.array(z.string()).nullish(),
  workloadSelector: z.object({ matchLabels: z.record(z.string(), z.string()).nullish() }).nullish(),
  trafficPolicy: z
    .object({ tls: tlsSchema, portLevelSettings: z.array(z.object({ port: z.object({ number: z.number() }), tls: tlsSchema })).nullish() })
    .nullish(),
});

/** All rules istiod sees, oldest first, hosts completed. */
export function toDestinationRules(objects: readonly KubeObject[]): DestinationRule[] {
  return objects
    .filter(isSeen)
    .toSorted(oldestFirst)
    .flatMap((object) => {
      const spec = specSchema.safeParse(object.spec);
      if (!spec.success) return [];
      const { host, exportTo, workloadSelector, trafficPolicy } = spec.data;
      const namespace = object.metadata.namespace ?? "default";
      const selector = workloadSelector?.matchLabels ?? undefined;
      return [
        {
          name: object.metadata.name,
          namespace,
          // A host without a dot means a Service of the rule's own namespace.
          host: host.includes(".") || host.includes("*") ? host : serviceHost(host, namespace),
          exportTo: exportTo?.length ? exportTo : ["*"],
          workloadSelector: selector && Object.keys(selector).length > 0 ? selector : undefined,
          ...(trafficPolicy && {
            trafficPolicy: {
              tls: trafficPolicy.tls ?? undefined,
              ports: new Map((trafficPolicy.portLevelSettings ?? []).map(({ port, tls }) => [port.number, { tls: tls ?? undefined }])),
            },
          }),
        },
      ];
    });
}

/**
 * Finds the rule that counts for a client and a service: client's namespace, service's namespace, root namespace, the first one that has a match; there
 * the most specific host; there the oldest rule with a traffic policy (istio `push_context.go` destinationRule, `destination_rule.go`).
 */
export function ruleTls(
  rules: readonly DestinationRule[],
  rootNamespace: string,
  client: { namespace: string; labels: Readonly<Record<string, string>> },
  service: { host: string; namespace: string },
  servicePort: number,
): RuleTls {
  const isExported = (rule: DestinationRule) =>
    rule.exportTo.includes("*") || rule.exportTo.includes(client.namespace) || (rule.exportTo.includes(".") && rule.namespace === client.namespace);
  const searches = [
    rules.filter((rule) => rule.namespace === client.namespace && (client.namespace !== rootNamespace || rule.exportTo.join() === ".")),
    rules.filter((rule) => rule.namespace === service.namespace && isExported(rule)),
    rules.filter((rule) => rule.namespace === rootNamespace && isExported(rule)),
  ];
  for (const visible of searches) {
    const found = mostSpecific(visible, service.host, client);
    if (found) return tlsForPort(found.find((rule) => rule.trafficPolicy)?.trafficPolicy, servicePort);
  }
  return { cluster: undefined, endpointMode: undefined };
}

/** The rules of the most specific host that matches, oldest first; a rule whose workloadSelector matches the client stands alone. */
function mostSpecific(
  rules: readonly DestinationRule[],
  host: string,
  client: { namespace: string; labels: Readonly<Record<string, string>> },
): DestinationRule[] | undefined {
  const matching = rules.filter((rule) => hostMatches(rule.host, host)).toSorted((a, b) => specificity(b.host) - specificity(a.host));
  for (const hostName of new Set(matching.map((rule) => rule.host))) {
    const sameHost = matching.filter((rule) => rule.host === hostName);
    const selected = sameHost.filter((rule) => rule.workloadSelector && rule.namespace === client.namespace && selects(rule.workloadSelector, client.labels));
    if (selected.length > 0) return selected;
    const general = sameHost.filter((rule) => !rule.workloadSelector);
    if (general.length > 0) return general;
  }
  return undefined;
}

function tlsForPort(policy: TrafficPolicy | undefined, port: number): RuleTls {
  const entry = policy?.ports.get(port);
  return { cluster: entry ? entry.tls : policy?.tls, endpointMode: (entry?.tls ?? policy?.tls)?.mode };
}

function hostMatches(pattern: string, host: string): boolean {
  return pattern.startsWith("*") ? host.endsWith(pattern.slice(1)) : pattern === host;
}

/** An exact host beats every wildcard; of wildcards the longer one. */
function specificity(host: string): number {
  return host.startsWith("*") ? host.length : Number.MAX_SAFE_INTEGER;
}
