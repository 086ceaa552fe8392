import { z } from "zod";
import { isMode, type Mode } from "@/lib/mesh/modes";
import { type ClientTls, type DestinationRule, type FieldOwner, type PeerAuthentication, TLS_MODES } from "@/lib/mesh/objects";
import { toKubectlYaml } from "./kubectl-yaml";
import { labelShape, metaShape, toEpoch } from "./meta";

/** Selectors: absent, null, `{}` and empty matchLabels all mean "no selector" (Istio: ComposePeerAuthentication). */
const selectorShape = z
  .object({ matchLabels: labelShape })
  .nullish()
  .transform((selector) => (selector && Object.keys(selector.matchLabels).length > 0 ? selector.matchLabels : null));

const modeShape = z
  .object({ mode: z.unknown().optional() })
  .nullish()
  .transform((mtls) => (isMode(mtls?.mode) ? mtls.mode : null));

const ownerShape = z.object({
  manager: z.string().catch(""),
  operation: z.enum(["Apply", "Update"]),
  time: z.string().catch(""),
  subresource: z.string().optional(),
  fieldsV1: z.unknown().optional(),
});

const ownedMetaShape = metaShape.extend({ managedFields: z.array(z.unknown()).catch([]) });

const peerAuthenticationShape = z.object({
  metadata: ownedMetaShape,
  spec: z.object({ selector: selectorShape, mtls: modeShape, portLevelMtls: z.record(z.string(), modeShape).nullish() }).nullish(),
});

/** @returns null when the object is no PeerAuthentication Padlock can read */
export function toPeerAuthentication(object: unknown): PeerAuthentication | null {
  const parsed = peerAuthenticationShape.safeParse(object);
  if (!parsed.success || typeof object !== "object" || object === null) return null;
  const { metadata, spec } = parsed.data;
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata;
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    createdAt: toEpoch(metadata.creationTimestamp),
    labels,
    annotations,
    selector: spec?.selector ?? null,
    mode: spec?.mtls ?? null,
    ports: toPorts(spec?.portLevelMtls ?? {}),
    owners: toOwners(metadata.managedFields),
    yaml: toKubectlYaml({ ...object }),
  };
}

function toPorts(portLevelMtls: Record<string, Mode | null>): Record<number, Mode> {
  const ports = Object.entries(portLevelMtls).map(([port, mode]): [number, Mode] => [Number(port), mode ?? "UNSET"]);
  return Object.fromEntries(ports.filter(([port]) => Number.isInteger(port) && port > 0 && port <= 65_535));
}

function toOwners(managedFields: readonly unknown[]): FieldOwner[] {
  const entries = managedFields.flatMap((entry) => ownerShape.safeParse(entry).data ?? []);
  return entries
    .filter(({ subresource }) => subresource === undefined)
    .map(({ manager, operation, time, fieldsV1 }) => ({ manager, operation, at: toEpoch(time), ownsMode: ownsField(fieldsV1, ["f:spec", "f:mtls", "f:mode"]) }))
    .sort((a, b) => a.at - b.at);
}

function ownsField(fields: unknown, path: readonly string[]): boolean {
  let at = fields;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = Reflect.get(at, key);
  }
  return true;
}

/** `tls: {}` without mode is DISABLE, as Istio reads it; a mode that is none of Istio's is taken the same way, as the proto's zero value. */
const tlsShape = z
  .object({ mode: z.unknown().optional() })
  .nullish()
  .transform((tls): ClientTls | null => (tls ? { mode: TLS_MODES.find((mode) => mode === tls.mode) ?? "DISABLE" } : null));

const portSettingsShape = z.array(z.object({ port: z.object({ number: z.number() }), tls: tlsShape })).nullish();
const trafficPolicyShape = z.object({ tls: tlsShape, portLevelSettings: portSettingsShape }).nullish();

const destinationRuleShape = z.object({
  metadata: ownedMetaShape,
  spec: z.object({
    host: z.string(),
    exportTo: z.array(z.string()).nullish(),
    trafficPolicy: trafficPolicyShape,
    subsets: z.array(z.object({ name: z.string(), trafficPolicy: trafficPolicyShape })).nullish(),
    workloadSelector: selectorShape,
  }),
});

/** @returns null when the object is no DestinationRule Padlock can read */
export function toDestinationRule(object: unknown): DestinationRule | null {
  const parsed = destinationRuleShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    createdAt: toEpoch(metadata.creationTimestamp),
    labels: metadata.labels,
    annotations: metadata.annotations,
    owners: toOwners(metadata.managedFields),
    host: spec.host,
    exportTo: spec.exportTo ?? [],
    hasTrafficPolicy: spec.trafficPolicy != null,
    tls: spec.trafficPolicy?.tls ?? null,
    ports: Object.fromEntries((spec.trafficPolicy?.portLevelSettings ?? []).map(({ port, tls }) => [port.number, tls])),
    subsets: (spec.subsets ?? []).map(({ name, trafficPolicy }) => ({ name, tls: trafficPolicy?.tls ?? null })),
    workloadSelector: spec.workloadSelector,
  };
}
