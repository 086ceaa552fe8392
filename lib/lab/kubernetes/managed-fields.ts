import type { KubeObject, ManagedFieldsEntry } from "../objects";
import { compareFields, type FieldSet, fromFieldsV1, toFieldsV1 } from "./field-set";
import { isJsonObject } from "./json";
import { toTimestamp } from "./time";

/** A manager's claim, decoded. */
export interface Claim {
  manager: string;
  operation: ManagedFieldsEntry["operation"];
  apiVersion: string;
  time: string;
  fields: FieldSet;
  subresource?: string;
}

export function toClaims(object: KubeObject | undefined): Claim[] {
  return (object?.metadata.managedFields ?? []).map(({ fieldsV1, fieldsType: _, ...rest }) => ({ ...rest, fields: fromFieldsV1(fieldsV1) }));
}

/** metadata.managedFields in the API server's order: by operation, time, manager; empty claims are dropped. */
export function toManagedFields(claims: readonly Claim[]): ManagedFieldsEntry[] | undefined {
  const entries = claims
    .filter((claim) => claim.fields.size > 0)
    .sort((a, b) => compare(a.operation, b.operation) || compare(a.time, b.time) || compare(a.manager, b.manager) || compare(a.apiVersion, b.apiVersion))
    .map(({ fields, ...rest }): ManagedFieldsEntry => ({ ...rest, fieldsType: "FieldsV1", fieldsV1: toFieldsV1(fields) }));
  return entries.length > 0 ? entries : undefined;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** An applier is one manager whatever version it writes; an updater is one per version. */
export function isSameManager(a: Pick<Claim, "manager" | "operation" | "apiVersion">, b: Pick<Claim, "manager" | "operation" | "apiVersion">): boolean {
  return a.manager === b.manager && a.operation === b.operation && (a.operation === "Apply" || a.apiVersion === b.apiVersion);
}

/**
 * A client may hand in managedFields of its own in a replace or patch (kubectl does, to move from client-side to server-side apply);
 * they are the claims to go on from. One empty entry gives all claims up; what cannot be read is passed over.
 */
export function withGivenClaims(existing: KubeObject, given: unknown): KubeObject {
  if (!Array.isArray(given) || given.length === 0) return existing;
  const isReset = given.length === 1 && isJsonObject(given[0]) && Object.keys(given[0]).length === 0;
  if (!isReset && !given.every(isManagedFieldsEntry)) return existing;
  return { ...existing, metadata: { ...existing.metadata, managedFields: isReset ? undefined : given } };
}

function isManagedFieldsEntry(value: unknown): value is ManagedFieldsEntry {
  if (!isJsonObject(value) || !isJsonObject(value.fieldsV1)) return false;
  return (
    (value.operation === "Apply" || value.operation === "Update") && [value.manager, value.apiVersion, value.time].every((field) => typeof field === "string")
  );
}

export interface Writer {
  manager: string;
  /** The version the request used. */
  apiVersion: string;
  now: Date;
}

/**
 * The claims after an update (create, replace, patch) that brought the object from `before` to `after`: what the writer changed becomes
 * the writer's alone. An object that nobody has claimed stays so until its first apply, as on the real server.
 */
export function trackUpdate(before: KubeObject | undefined, after: KubeObject, writer: Writer): ManagedFieldsEntry[] | undefined {
  const claims = toClaims(before);
  if (before && claims.length === 0) return undefined;
  // A status given to the main endpoint is not stored, so nobody claims it there.
  const { status: _before, ...wasDesired } = before ?? {};
  const { status: _after, ...isDesired } = after;
  const { added, modified, removed } = compareFields(wasDesired, isDesired);
  const changed = new Set([...added, ...modified]);
  const identity = { manager: writer.manager, operation: "Update", apiVersion: writer.apiVersion } as const;
  const own = claims.find((claim) => isSameManager(claim, identity));
  const others = claims.filter((claim) => claim !== own).map((claim) => ({ ...claim, fields: without(claim.fields, changed, removed) }));
  const fields = new Set([...without(own?.fields ?? new Set(), removed), ...changed]);
  const isUnchanged = own !== undefined && isSameSet(own.fields, fields);
  return toManagedFields([...others, { ...identity, time: isUnchanged ? own.time : toTimestamp(writer.now), fields }]);
}

export function isSameSet(a: FieldSet, b: FieldSet): boolean {
  return a.size === b.size && [...a].every((path) => b.has(path));
}

export function without(fields: FieldSet, ...others: readonly FieldSet[]): Set<string> {
  return new Set([...fields].filter((path) => !others.some((other) => other.has(path))));
}
