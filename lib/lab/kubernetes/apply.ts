import type { KubeObject, ManagedFieldsEntry } from "../objects";
import { compareFields, type FieldSet, toAppliedFields, toFieldName, withAncestors, withoutFields } from "./field-set";
import { isJsonObject, type JsonObject } from "./json";
import { type Claim, isSameManager, isSameSet, toClaims, toManagedFields, type Writer, without } from "./managed-fields";
import type { Schema } from "./schema";
import { type StatusCause, StatusError } from "./status";
import { toTimestamp } from "./time";

/** Who owns what was there before anybody applied, when nothing says so. */
const BEFORE_FIRST_APPLY = "before-first-apply";

interface Conflict {
  manager: string;
  field: string;
}

/**
 * Server-side apply (structured-merge-diff, `merge.Updater.Apply`): merges the configuration, takes away what its manager applied
 * before and no longer does unless somebody else owns it too, and finds conflicts.
 * @param live the stored object in the version of the request; undefined to create
 * @returns the merged object, still to be validated, and its managedFields
 * @throws StatusError 409 with a cause per field another manager owns with another value, unless `force`
 */
export function applyConfiguration(
  live: KubeObject | undefined,
  configuration: JsonObject,
  schema: Schema | undefined,
  writer: Writer,
  force: boolean,
): { object: JsonObject; managedFields: ManagedFieldsEntry[] | undefined } {
  const before: JsonObject = live ?? {};
  const identity = { manager: writer.manager, operation: "Apply", apiVersion: writer.apiVersion } as const;
  const claims = toClaims(live);
  if (live && claims.length === 0) {
    claims.push({
      manager: BEFORE_FIRST_APPLY,
      operation: "Update",
      apiVersion: writer.apiVersion,
      time: toTimestamp(writer.now),
      fields: compareFields({}, before).added,
    });
  }
  const own = claims.find((claim) => isSameManager(claim, identity));
  const fields = toAppliedFields(configuration, schema);
  const merged = mergeConfiguration(before, configuration);

  const { added, modified } = compareFields(before, merged);
  const changed = new Set([...added, ...modified]);
  const others = claims.filter((claim) => claim !== own);
  const conflicts = others.flatMap((claim) => toConflicts(claim, changed));
  if (conflicts.length > 0 && !force) throw toConflictError(conflicts);
  const kept = others.map((claim) => ({ ...claim, fields: without(claim.fields, changed) }));

  const object = own ? withoutAbandoned(merged, own.fields, [fields, ...kept.map((claim) => claim.fields)]) : merged;
  const { removed } = compareFields(before, object);
  const isUnchanged = own !== undefined && own.apiVersion === identity.apiVersion && isSameSet(own.fields, fields);
  const claim: Claim = { ...identity, time: isUnchanged ? own.time : toTimestamp(writer.now), fields };
  return { object, managedFields: toManagedFields([...kept.map((other) => ({ ...other, fields: without(other.fields, removed) })), claim]) };
}

/** Maps are merged, everything else is replaced; lists are atomic. */
function mergeConfiguration(live: JsonObject, configuration: JsonObject): JsonObject {
  const merged: JsonObject = { ...live };
  for (const [key, value] of Object.entries(configuration)) {
    const current = merged[key];
    merged[key] = isJsonObject(value) && isJsonObject(current) ? mergeConfiguration(current, value) : value;
  }
  return merged;
}

function withoutAbandoned(merged: JsonObject, last: FieldSet, stillOwned: readonly FieldSet[]): JsonObject {
  const abandoned = without(withAncestors(last), ...stillOwned.map(withAncestors));
  return abandoned.size > 0 ? withoutFields(merged, abandoned) : merged;
}

function toConflicts(claim: Claim, changed: FieldSet): Conflict[] {
  const using = claim.operation === "Update" ? ` using ${claim.apiVersion}` : "";
  const manager = `"${claim.manager}"${claim.subresource ? ` with subresource "${claim.subresource}"` : ""}${using}`;
  return [...claim.fields].filter((path) => changed.has(path)).map((path) => ({ manager, field: toFieldName(path) }));
}

function toConflictError(conflicts: readonly Conflict[]): StatusError {
  const causes: StatusCause[] = conflicts.map(({ manager, field }) => ({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field }));
  const [first] = conflicts;
  if (conflicts.length === 1 && first) {
    return new StatusError(409, "Conflict", `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`, { causes });
  }
  const managers = [...new Set(conflicts.map((conflict) => conflict.manager))].sort();
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map((conflict) => `- ${conflict.field}`),
  ]);
  return new StatusError(409, "Conflict", `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`, { causes });
}
