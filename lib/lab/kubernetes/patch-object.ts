import type { ApiContext } from "./api-context";
import { applyConfiguration } from "./apply";
import { checkType, readPatch, toMediaType } from "./body";
import { isJsonObject, type JsonObject } from "./json";
import { trackUpdate, withGivenClaims } from "./managed-fields";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch";
import { type ReadTarget, toObjectResponse } from "./read";
import { parseWriteOptions, type WriteOptions } from "./request";
import { type ResourceDefinition, toVersion } from "./resources";
import { badRequest, invalid, modifiedMeanwhile, notFound, plainFailure, StatusError, unsupportedMediaType } from "./status";
import { decodeObject, toObjectSchema } from "./validation";
import { type Candidate, insert, reportUnknownFields, toWriter, update } from "./write";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";

/** PATCH, in the four ways the API server knows. @throws StatusError 400, 404, 409, 415, 422 */
export async function patchObject(context: ApiContext, target: ReadTarget, request: Request): Promise<Response> {
  const mediaType = toMediaType(request);
  const accepted = target.definition.customSpec ? [JSON_PATCH, MERGE_PATCH, APPLY_PATCH] : [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY_PATCH];
  if (!accepted.includes(mediaType)) throw unsupportedMediaType(accepted);
  const options = parseWriteOptions(target.parameters, "PatchOptions");
  const required = (field: string, reason: "FieldValueRequired" | "FieldValueForbidden", message: string) =>
    invalid("PatchOptions", "meta.k8s.io", "", [{ reason, field, message }]);
  if (mediaType === APPLY_PATCH && !options.fieldManager) throw required("fieldManager", "FieldValueRequired", "Required value: is required for apply patch");
  if (mediaType !== APPLY_PATCH && options.force) throw required("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch");
  const patch = await readPatch(request);
  if (mediaType === APPLY_PATCH) return applyPatch(context, target, request, options, patch);

  const { definition, version, namespace, name = "" } = target;
  const existing = context.store.get(definition, namespace, name);
  if (!existing) throw notFound(definition, name);
  const patched = toPatched(mediaType, toVersion(definition, version, existing), patch);
  const body = checkPatchedType(definition, version, patched);
  const { object, unknownFields } = decodeObject(definition, body);
  const warnings = reportUnknownFields(unknownFields, options, (words) => refusedPatch(patched, words));
  const writer = toWriter(context, target, options, request.headers.get("user-agent"));
  const candidate: Candidate = { ...object, metadata: isJsonObject(object.metadata) ? object.metadata : {} };
  const stored = update(context, target, existing, candidate, options, (changed) =>
    trackUpdate(withGivenClaims(existing, candidate.metadata.managedFields), changed, writer),
  );
  return toObjectResponse(200, stored, target, context.store.now(), warnings);
}

function toPatched(mediaType: string, current: unknown, patch: unknown): JsonObject {
  const isJsonPatch = mediaType === JSON_PATCH;
  if (!isJsonPatch && !isJsonObject(patch))
    throw badRequest("error decoding patch: json: cannot unmarshal the patch into Go value of type map[string]interface {}");
  const patched = isJsonPatch ? jsonPatch(current, patch) : mediaType === MERGE_PATCH ? mergePatch(current, patch) : strategicMergePatch(current, patch);
  if (!isJsonObject(patched)) throw refusedPatch(patched, "json: cannot unmarshal the result into an object");
  return patched;
}

/** A patch whose result cannot be decoded: 422 on no object in particular, with the result as the value. */
function refusedPatch(patched: unknown, why: string): StatusError {
  return invalid("", "", "", [{ reason: "FieldValueInvalid", field: "patch", message: `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}` }]);
}

function checkPatchedType(definition: ResourceDefinition, version: string, patched: JsonObject): JsonObject {
  try {
    return checkType(definition, version, patched);
  } catch (error) {
    if (error instanceof StatusError && error.code === 400) throw refusedPatch(patched, error.message);
    throw error;
  }
}

/** Server-side apply: creates what is absent (201), merges into what is there (200). */
function applyPatch(context: ApiContext, target: ReadTarget, request: Request, options: WriteOptions, patch: unknown): Response {
  const { definition, version, namespace, name = "" } = target;
  if (!isJsonObject(patch)) throw badRequest("error decoding YAML: the configuration is not an object");
  const body = checkType(definition, version, patch);
  if (body.metadata.managedFields !== undefined && body.metadata.managedFields !== null) throw badRequest("metadata.managedFields must be nil");
  const { object: configuration, unknownFields } = decodeObject(definition, body);
  const [unknownField] = unknownFields;
  if (unknownField !== undefined) {
    // The typed merge of the real server needs every field in its schema; fieldValidation has no say in it.
    throw plainFailure(
      `failed to create typed patch object (${namespace ?? ""}/${name}; ${String(patch.apiVersion)}, Kind=${definition.kind}): .${unknownField}: field not declared in schema`,
    );
  }
  const schema = toObjectSchema(definition);
  const writer = toWriter(context, target, options, request.headers.get("user-agent"));
  const existing = context.store.get(definition, namespace, name);
  if (!existing && (configuration.metadata as JsonObject).resourceVersion) throw modifiedMeanwhile(definition, name);
  const live = existing && toVersion(definition, version, existing);
  const applied = applyConfiguration(live, configuration, schema, writer, options.force);
  const candidate: Candidate = { ...applied.object, metadata: isJsonObject(applied.object.metadata) ? applied.object.metadata : {} };
  // The live object's resourceVersion came along in the merge; only the configuration's own is a precondition, and the merge let it win.
  const stored = existing
    ? update(context, target, existing, candidate, options, () => applied.managedFields)
    : insert(context, target, candidate, options, () => applied.managedFields);
  return toObjectResponse(existing ? 200 : 201, stored, target, context.store.now());
}
