import type { KubeObject } from "../objects";
import { isJsonObject, type JsonObject } from "./json";
import type { ResourceDefinition } from "./resources";
import { pruneToSchema, type Schema, validateRules, validateStructure } from "./schema";
import type { FieldError } from "./status";

const SUBDOMAIN = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  limit: 253,
  text: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
};
const LABEL = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  limit: 63,
  text: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const QUALIFIED_NAME_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** Rules of a CRD are not evaluated on an object whose structure is wrong in one of these ways. */
const BLOCKING: ReadonlySet<FieldError["reason"]> = new Set([
  "FieldValueTypeInvalid",
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
]);
const RULES_NOT_CHECKED: FieldError = {
  reason: "FieldValueInvalid",
  field: "<nil>",
  message: "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};

const stringMap: Schema = { type: "object", additionalProperties: { type: "string" } };
const METADATA: Schema = {
  type: "object",
  properties: {
    ...Object.fromEntries(
      ["name", "generateName", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "selfLink"].map((field) => [
        field,
        { type: "string" },
      ]),
    ),
    generation: { type: "integer" },
    deletionGracePeriodSeconds: { type: "integer" },
    labels: stringMap,
    annotations: stringMap,
    finalizers: { type: "array", items: { type: "string" } },
    ownerReferences: { type: "array", items: { type: "object", preserveUnknownFields: true } },
    managedFields: { type: "array", items: { type: "object", preserveUnknownFields: true } },
  },
};

/** The schema of a whole object; undefined for built-in kinds, whose content the lab takes as it comes. */
export function toObjectSchema(definition: ResourceDefinition): Schema | undefined {
  if (!definition.customSpec) return undefined;
  return {
    type: "object",
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: METADATA,
      spec: definition.customSpec,
      status: { type: "object", preserveUnknownFields: true },
    },
  };
}

/** Decoding as the server does it: undeclared fields of a custom resource are dropped and named. */
export function decodeObject(definition: ResourceDefinition, object: JsonObject): { object: JsonObject; unknownFields: string[] } {
  const schema = toObjectSchema(definition);
  if (!schema) return { object, unknownFields: [] };
  const { value, unknownFields } = pruneToSchema(schema, object, "");
  return { object: isJsonObject(value) ? value : {}, unknownFields };
}

/** Everything wrong with an object that is about to be stored; empty when it may be. */
export function validateObject(definition: ResourceDefinition, object: KubeObject): FieldError[] {
  const errors = validateMetadata(definition, object);
  const schema = toObjectSchema(definition);
  if (!schema) return errors;
  for (const field of ["spec", "status"]) {
    const value = object[field];
    const fieldSchema = schema.properties?.[field];
    if (value !== undefined && fieldSchema) errors.push(...validateStructure(fieldSchema, value, field));
  }
  if (errors.some((error) => BLOCKING.has(error.reason))) return [...errors, RULES_NOT_CHECKED];
  if (object.spec !== undefined && definition.customSpec) errors.push(...validateRules(definition.customSpec, object.spec, "spec"));
  return errors;
}

function validateMetadata(definition: ResourceDefinition, { metadata }: KubeObject): FieldError[] {
  if (!metadata.name) return [{ reason: "FieldValueRequired", field: "metadata.name", message: "Required value: name or generateName is required" }];
  const rule = ["namespaces", "services"].includes(definition.plural) && definition.group === "" ? LABEL : SUBDOMAIN;
  const errors: FieldError[] = [];
  const invalid = (field: string, value: string, why: string) =>
    errors.push({ reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` });
  if (metadata.name.length > rule.limit) invalid("metadata.name", metadata.name, `must be no more than ${rule.limit} bytes`);
  if (!rule.pattern.test(metadata.name)) invalid("metadata.name", metadata.name, rule.text);
  for (const [field, map] of Object.entries({ "metadata.labels": metadata.labels, "metadata.annotations": metadata.annotations })) {
    for (const [key, value] of Object.entries(map ?? {})) {
      const name = key.slice(key.indexOf("/") + 1);
      if (!QUALIFIED_NAME.test(name)) invalid(field, key, QUALIFIED_NAME_TEXT);
      if (name.length > 63) invalid(field, key, "name part must be no more than 63 bytes");
      if (field === "metadata.annotations") continue;
      if (String(value).length > 63) invalid(field, value, "must be no more than 63 bytes");
      if (!LABEL_VALUE.test(String(value))) invalid(field, value, LABEL_VALUE_TEXT);
    }
  }
  return errors;
}
