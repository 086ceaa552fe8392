import { randomBytes, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ManagedFieldsEntry } from "../objects";
import type { ApiContext } from "./api-context";
import { checkType, readObject } from "./body";
import { withServerDefaults } from "./defaults";
import type { JsonObject } from "./json";
import { trackUpdate, type Writer, withGivenClaims } from "./managed-fields";
import { type ReadTarget, toObjectResponse } from "./read";
import { parseWriteOptions, type WriteOptions } from "./request";
import { type ResourceDefinition, toGroupVersion } from "./resources";
import { alreadyExists, badRequest, invalid, modifiedMeanwhile, notFound, plainFailure, StatusError } from "./status";
import { toGeneration } from "./store";
import { toTimestamp } from "./time";
import { decodeObject, validateObject } from "./validation";

/** A decoded object on its way into the store; what the server owns is still missing or the client's. */
export type Candidate = JsonObject & { metadata: JsonObject };

/** Where unknown fields of a body are reported: refused, warned of, or passed over. @returns the warnings @throws StatusError 400 */
export function reportUnknownFields(unknownFields: readonly string[], options: WriteOptions, refuse: (words: string) => StatusError): string[] {
  const words = unknownFields.map((field) => `unknown field "${field}"`);
  if (words.length === 0 || options.fieldValidation === "Ignore") return [];
  if (options.fieldValidation === "Strict") throw refuse(`strict decoding error: ${words.join(", ")}`);
  return words;
}

/** Without a fieldManager it is the program's name, from its User-Agent. */
export function toWriter({ store }: ApiContext, target: ReadTarget, options: WriteOptions, userAgent: string | null): Writer {
  const program = (userAgent ?? "").split("/")[0]?.slice(0, 128) || "unknown";
  return { manager: options.fieldManager || program, apiVersion: toGroupVersion(target.definition.group, target.version), now: store.now() };
}

/** POST. @throws StatusError 400, 404 without the namespace, 409 for a name that is taken, 422 */
export async function createObject(context: ApiContext, target: ReadTarget, request: Request): Promise<Response> {
  const { definition, version } = target;
  const options = parseWriteOptions(target.parameters, "CreateOptions");
  const body = checkType(definition, version, await readObject(request, definition.kind));
  const { object, unknownFields } = decodeObject(definition, body);
  const warnings = reportUnknownFields(unknownFields, options, (words) =>
    badRequest(`${definition.kind} in version "${version}" cannot be handled as a ${definition.kind}: ${words}`),
  );
  const candidate: Candidate = { ...object, metadata: asObject(object.metadata) };
  if (candidate.metadata.resourceVersion) throw plainFailure("resourceVersion should not be set on objects to be created");
  const stored = insert(context, target, candidate, options, (created) =>
    trackUpdate(undefined, created, toWriter(context, target, options, request.headers.get("user-agent"))),
  );
  return toObjectResponse(201, stored, target, context.store.now(), warnings);
}

const asObject = (value: unknown): JsonObject => (typeof value === "object" && value !== null ? { ...value } : {});
const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** Completes, validates and stores a new object. @throws StatusError */
export function insert(
  { store, admit }: ApiContext,
  target: ReadTarget,
  candidate: Candidate,
  options: WriteOptions,
  toManaged: (object: KubeObject) => ManagedFieldsEntry[] | undefined,
): KubeObject {
  const { definition } = target;
  const namespace = toCheckedNamespace(target, candidate);
  const prefix = asText(candidate.metadata.generateName);
  const name = asText(candidate.metadata.name) || target.name || (prefix && `${prefix}${randomBytes(3).toString("hex").slice(0, 5)}`);
  if (target.name !== undefined && name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  if (namespace !== undefined && !store.get(NAMESPACES, undefined, namespace)) throw notFound(NAMESPACES, namespace);

  const { status, ...desired } = candidate;
  const completed = withServerDefaults(
    definition,
    toKubeObject(definition, definition.customSpec ? desired : { ...desired, ...(status ? { status } : {}) }, {
      ...withoutServerFields(candidate.metadata),
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: randomUUID(),
      creationTimestamp: toTimestamp(store.now()),
      ...(definition.hasGeneration ? { generation: 1 } : {}),
    }),
  );
  const object = admit?.(definition, completed) ?? completed;
  // A manager owns what it sent, not what admission added.
  const managedFields = toManaged(completed);
  if (managedFields) object.metadata.managedFields = managedFields;
  checkValid(definition, object);
  if (store.get(definition, namespace, name)) throw alreadyExists(definition, name);
  return options.dryRun ? object : store.save(definition, object);
}

const NAMESPACES = { group: "", plural: "namespaces" };

function toCheckedNamespace({ definition, namespace }: ReadTarget, candidate: Candidate): string | undefined {
  if (!definition.namespaced) return undefined;
  const given = asText(candidate.metadata.namespace);
  if (namespace === undefined) throw badRequest("an empty namespace may not be set during creation");
  if (given !== "" && given !== namespace) throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  return namespace;
}

function withoutServerFields(metadata: JsonObject): JsonObject {
  const {
    uid: _u,
    resourceVersion: _r,
    creationTimestamp: _c,
    generation: _g,
    managedFields: _m,
    selfLink: _s,
    deletionTimestamp: _d,
    generateName: _n,
    ...rest
  } = metadata;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
}

/** Objects are kept in the preferred version of their group, whichever they came in. */
function toKubeObject(
  definition: ResourceDefinition,
  content: JsonObject,
  metadata: JsonObject & { name: string; uid: string; creationTimestamp: string },
): KubeObject {
  const { labels, annotations, ...rest } = metadata;
  return {
    ...content,
    apiVersion: toGroupVersion(definition.group, definition.versions[0]),
    kind: definition.kind,
    metadata: { ...rest, ...toStringMap("labels", labels), ...toStringMap("annotations", annotations), resourceVersion: "" },
  } as KubeObject;
}

/** checkType has seen to it that the values are strings. An empty map is the same as none. */
function toStringMap(field: string, map: unknown): Record<string, Record<string, string>> {
  if (typeof map !== "object" || map === null || Object.keys(map).length === 0) return {};
  return { [field]: Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)])) };
}

function checkValid(definition: ResourceDefinition, object: KubeObject): void {
  const errors = validateObject(definition, object);
  if (errors.length > 0) throw invalid(definition.kind, definition.group, object.metadata.name, errors);
}

/**
 * Completes, validates and stores a new state of an existing object.
 * What did not change is not written: the resourceVersion stays.
 * @throws StatusError 400, 409 for a stale resourceVersion or another uid, 422
 */
export function update(
  { store }: ApiContext,
  target: ReadTarget,
  existing: KubeObject,
  candidate: Candidate,
  options: WriteOptions,
  toManaged: (object: KubeObject) => ManagedFieldsEntry[] | undefined,
): KubeObject {
  const { definition } = target;
  const { metadata } = existing;
  const name = asText(candidate.metadata.name) || metadata.name;
  if (name !== metadata.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${metadata.name})`);
  const namespace = asText(candidate.metadata.namespace) || metadata.namespace;
  if (namespace !== metadata.namespace) throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  checkPreconditions(definition, existing, candidate);

  const { status: _theirs, ...desired } = candidate;
  const object = withServerDefaults(
    definition,
    toKubeObject(
      definition,
      { ...desired, ...(existing.status ? { status: existing.status } : {}) },
      {
        ...withoutServerFields(candidate.metadata),
        name,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        uid: metadata.uid,
        creationTimestamp: metadata.creationTimestamp,
        ...(metadata.generation === undefined ? {} : { generation: metadata.generation }),
      },
    ),
  );
  object.metadata.resourceVersion = metadata.resourceVersion;
  const managedFields = toManaged(object);
  if (managedFields) object.metadata.managedFields = managedFields;
  if (definition.hasGeneration) object.metadata.generation = toGeneration(existing, object);
  checkValid(definition, object);
  if (isDeepStrictEqual(object, existing)) return existing;
  return options.dryRun ? object : store.save(definition, object);
}

function checkPreconditions(definition: ResourceDefinition, existing: KubeObject, candidate: Candidate): void {
  const { name, resourceVersion, uid } = existing.metadata;
  const [wantedVersion, wantedUid] = [asText(candidate.metadata.resourceVersion), asText(candidate.metadata.uid)];
  if (wantedUid !== "" && wantedUid !== uid) {
    throw new StatusError(
      409,
      "Conflict",
      `Operation cannot be fulfilled on ${definition.plural}${definition.group ? `.${definition.group}` : ""} "${name}": Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid}`,
      {
        name,
        ...(definition.group ? { group: definition.group } : {}),
        kind: definition.plural,
      },
    );
  }
  if (wantedVersion !== "" && wantedVersion !== resourceVersion) throw modifiedMeanwhile(definition, name);
}

/** PUT. A custom resource must name the resourceVersion it replaces. @throws StatusError 404, 409, 422 */
export async function replaceObject(context: ApiContext, target: ReadTarget, request: Request): Promise<Response> {
  const { definition, version, namespace, name = "" } = target;
  const options = parseWriteOptions(target.parameters, "UpdateOptions");
  const body = checkType(definition, version, await readObject(request, definition.kind));
  const { object, unknownFields } = decodeObject(definition, body);
  const warnings = reportUnknownFields(unknownFields, options, (words) =>
    badRequest(`${definition.kind} in version "${version}" cannot be handled as a ${definition.kind}: ${words}`),
  );
  const existing = context.store.get(definition, namespace, name);
  if (!existing) throw notFound(definition, name);
  const candidate: Candidate = { ...object, metadata: asObject(object.metadata) };
  if (definition.customSpec && !candidate.metadata.resourceVersion) {
    throw invalid(definition.plural, definition.group, name, [
      { reason: "FieldValueInvalid", field: "metadata.resourceVersion", message: "Invalid value: 0: must be specified for an update" },
    ]);
  }
  const writer = toWriter(context, target, options, request.headers.get("user-agent"));
  const stored = update(context, target, existing, candidate, options, (changed) =>
    trackUpdate(withGivenClaims(existing, candidate.metadata.managedFields), changed, writer),
  );
  return toObjectResponse(200, stored, target, context.store.now(), warnings);
}
