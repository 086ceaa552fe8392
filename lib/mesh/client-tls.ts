import { decideNamespacePolicy, decidePortMode, decideWorkloadPolicy } from "./decide-policy";
import { type CountingRule, findDestinationRule } from "./destination-rule";
import type { PolicyScope } from "./effective-policy";
import type { DestinationRule, MeshConfig, ObjectRef, PeerAuthentication, Service, TlsMode, Workload } from "./objects";

/**
 * What a caller's side puts on the wire. `simple-tls` and `own-mutual-tls` are a DestinationRule's SIMPLE and MUTUAL; `unknown` = the rules
 * Padlock knows do not tell (ambient, or pods that could not be read).
 */
export type ClientSends = "mutual-tls" | "plaintext" | "simple-tls" | "own-mutual-tls" | "unknown";

export type ClientTlsCause =
  | { kind: "caller-without-sidecar" }
  | { kind: "destination-rule"; object: ObjectRef; mode: TlsMode; at: "traffic-policy" | "port" | "subset" }
  | { kind: "auto-mtls" }
  | { kind: "auto-mtls-off" }
  | { kind: "server-policy"; scope: PolicyScope; object: ObjectRef | null }
  | { kind: "server-without-sidecar" }
  | { kind: "not-known" };

export interface ClientTlsDecision {
  sends: ClientSends;
  because: ClientTlsCause;
  /** The DestinationRule that counts for this caller and host, also when it says nothing of TLS; null when none matches. */
  rule: ObjectRef | null;
}

export interface ClientTlsInput {
  rules: readonly DestinationRule[];
  policies: readonly PeerAuthentication[];
  config: MeshConfig;
  client: Pick<Workload, "namespace" | "labels" | "sidecar" | "isGateway">;
  service: Pick<Service, "namespace" | "name">;
  /** The Service's port (DestinationRules speak of it). */
  servicePort: number;
  /** The pods behind it and their container port (policies speak of that one). */
  target: { workload: Pick<Workload, "namespace" | "labels" | "sidecar">; port: number };
  /** A route chose this subset; absent = none. */
  subset?: string;
}

/**
 * What the caller's sidecar or gateway sends to a Service: a DestinationRule's word first, else auto mutual TLS as istiod infers it
 * (pilot/pkg/model/push_context.go BestEffortInferServiceMTLSMode, pilot/pkg/xds/endpoints/mtls_checker.go).
 */
export function decideClientTls(input: ClientTlsInput): ClientTlsDecision {
  const { client, config, target } = input;
  if (!client.isGateway && client.sidecar === "none") return { sends: "plaintext", because: { kind: "caller-without-sidecar" }, rule: null };
  if (!client.isGateway && client.sidecar !== "sidecar") return { sends: "unknown", because: { kind: "not-known" }, rule: null };
  // To ambient pods a sidecar may tunnel (HBONE) whatever a rule for sidecars says, or not; that depends on versions Padlock does not see.
  if (target.workload.sidecar === "ambient") return { sends: "unknown", because: { kind: "not-known" }, rule: null };

  const rule = findDestinationRule(input.rules, config, client, input.service);
  const object = rule === null ? null : rule.object;
  const said = rule === null ? null : toRuleWord(rule, input.servicePort, input.subset);
  if (said !== null) return { sends: TLS_MODE_SENDS[said.mode], because: { kind: "destination-rule", ...said }, rule: object };

  if (!config.enableAutoMtls) return { sends: "plaintext", because: { kind: "auto-mtls-off" }, rule: object };
  // The cluster's mode is inferred from mesh and namespace alone; a workload or port policy only marks endpoints. Hence the known trap:
  // namespace DISABLE + workload STRICT makes every meshed caller send plaintext to a server that refuses it.
  const namespacePolicy = decideNamespacePolicy(input.policies, config, input.service.namespace);
  if (namespacePolicy.mode === "DISABLE") {
    return {
      sends: "plaintext",
      because: { kind: "server-policy", scope: namespacePolicy.from === "mesh" ? "mesh" : "namespace", object: namespacePolicy.object },
      rule: object,
    };
  }
  if (target.workload.sidecar === "none") return { sends: "plaintext", because: { kind: "server-without-sidecar" }, rule: object };
  if (target.workload.sidecar !== "sidecar") return { sends: "unknown", because: { kind: "not-known" }, rule: object };
  const port = decidePortMode(decideWorkloadPolicy(input.policies, config, target.workload), target.port);
  if (port.mode === "DISABLE") {
    return {
      sends: "plaintext",
      because: { kind: "server-policy", scope: port.from === "default" ? "workload" : port.from, object: port.object },
      rule: object,
    };
  }
  return { sends: "mutual-tls", because: { kind: "auto-mtls" }, rule: object };
}

const TLS_MODE_SENDS: Record<TlsMode, ClientSends> = { DISABLE: "plaintext", SIMPLE: "simple-tls", MUTUAL: "own-mutual-tls", ISTIO_MUTUAL: "mutual-tls" };

/** @returns null when the rule leaves it to auto mutual TLS */
function toRuleWord(
  rule: CountingRule,
  servicePort: number,
  subset: string | undefined,
): { object: ObjectRef; mode: TlsMode; at: "traffic-policy" | "port" | "subset" } | null {
  const chosen = rule.subsets.find(({ name }) => name === subset);
  if (chosen?.tls) return { object: chosen.object, mode: chosen.tls.mode, at: "subset" };
  const traffic = rule.trafficPolicy;
  if (traffic === null) return null;
  if (Object.hasOwn(traffic.ports, servicePort)) {
    const port = traffic.ports[servicePort];
    if (port) return { object: traffic.object, mode: port.mode, at: "port" };
    // A port entry without tls takes the cluster back to auto mutual TLS, but the top-level word still unmarks the endpoints: plaintext.
    return traffic.tls === null || traffic.tls.mode === "ISTIO_MUTUAL" ? null : { object: traffic.object, mode: "DISABLE", at: "traffic-policy" };
  }
  return traffic.tls === null ? null : { object: traffic.object, mode: traffic.tls.mode, at: "traffic-policy" };
}
