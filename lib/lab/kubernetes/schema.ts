import { isJsonObject, type JsonObject } from "./json";
import type { FieldError } from "./status";

/** A rule of a CRD beyond its structure (x-kubernetes-validations); `isValid` sees a value of the right type. */
export interface SchemaRule {
  message: string;
  isValid(value: unknown): boolean;
}

/** The part of a structural schema (apiextensions/v1 JSONSchemaProps) that the lab's kinds need. */
export interface Schema {
  type: "object" | "array" | "string" | "integer" | "boolean";
  description?: string;
  properties?: Record<string, Schema>;
  /** Makes the object a map: its keys are data, not declared fields. */
  additionalProperties?: Schema;
  items?: Schema;
  required?: readonly string[];
  enum?: readonly string[];
  maxLength?: number;
  minProperties?: number;
  /** Whatever is inside is kept and not checked. */
  preserveUnknownFields?: boolean;
  rules?: readonly SchemaRule[];
}

/**
 * What the server does to a decoded custom resource before validation: undeclared fields go, and so do nulls, since no field is nullable.
 * @returns the pruned value and the paths of the undeclared fields
 */
export function pruneToSchema(schema: Schema, value: unknown, path: string): { value: unknown; unknownFields: string[] } {
  if (Array.isArray(value) && schema.items) {
    const items = schema.items;
    const pruned = value.map((item, index) => pruneToSchema(items, item, `${path}[${index}]`));
    return { value: pruned.map((item) => item.value), unknownFields: pruned.flatMap((item) => item.unknownFields) };
  }
  if (!isJsonObject(value) || schema.preserveUnknownFields) return { value, unknownFields: [] };
  const kept: JsonObject = {};
  const unknownFields: string[] = [];
  for (const [key, child] of Object.entries(value)) {
    const childPath = path ? `${path}.${key}` : key;
    const childSchema = toChildSchema(schema, key);
    if (!childSchema) unknownFields.push(childPath);
    else if (child !== null) {
      const pruned = pruneToSchema(childSchema, child, childPath);
      kept[key] = pruned.value;
      unknownFields.push(...pruned.unknownFields);
    }
  }
  return { value: kept, unknownFields };
}

export function toChildSchema(schema: Schema, key: string): Schema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return schema.additionalProperties;
}

/** Types, enumerations and limits, in the texts of kube-openapi's validation. */
export function validateStructure(schema: Schema, value: unknown, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const actual = toTypeName(value);
  if (actual !== schema.type) {
    errors.push({
      reason: "FieldValueTypeInvalid",
      field: path,
      message: `Invalid value: "${actual}": ${path} in body must be of type ${schema.type}: "${actual}"`,
    });
  }
  if (schema.enum && !schema.enum.some((allowed) => allowed === value)) {
    const supported = schema.enum.map((allowed) => `"${allowed}"`).join(", ");
    errors.push({ reason: "FieldValueNotSupported", field: path, message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}` });
  }
  if (actual !== schema.type) return errors;
  if (typeof value === "string" && schema.maxLength !== undefined && [...value].length > schema.maxLength) {
    errors.push({ reason: "FieldValueTooLong", field: path, message: `Too long: may not be more than ${schema.maxLength} bytes` });
  }
  if (Array.isArray(value) && schema.items) {
    const items = schema.items;
    value.forEach((item, index) => {
      errors.push(...validateStructure(items, item, `${path}[${index}]`));
    });
  }
  if (isJsonObject(value)) errors.push(...validateObject(schema, value, path));
  return errors;
}

function validateObject(schema: Schema, value: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) errors.push({ reason: "FieldValueRequired", field: `${path}.${key}`, message: "Required value" });
  }
  const count = Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties) {
    errors.push({
      reason: "FieldValueInvalid",
      field: path,
      message: `Invalid value: ${count}: ${path} in body should have at least ${schema.minProperties} properties`,
    });
  }
  for (const [key, child] of Object.entries(value)) {
    const childSchema = toChildSchema(schema, key);
    if (childSchema) errors.push(...validateStructure(childSchema, child, `${path}.${key}`));
  }
  return errors;
}

/** The CRD's own rules; run only on a value whose structure is right. */
export function validateRules(schema: Schema, value: unknown, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const rule of schema.rules ?? []) {
    if (rule.isValid(value)) continue;
    // The server prints scalars but leaves whole objects out of the text.
    const shown = typeof value === "object" ? "" : `${JSON.stringify(value)}: `;
    errors.push({ reason: "FieldValueInvalid", field: path, message: `Invalid value: ${shown}${rule.message}` });
  }
  if (Array.isArray(value) && schema.items) {
    const items = schema.items;
    errors.push(...value.flatMap((item, index) => validateRules(items, item, `${path}[${index}]`)));
  } else if (isJsonObject(value)) {
    for (const [key, child] of Object.entries(value)) {
      const declared = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
      const childSchema = toChildSchema(schema, key);
      if (childSchema) errors.push(...validateRules(childSchema, child, declared ? `${path}.${key}` : `${path}[${key}]`));
    }
  }
  return errors;
}

function toTypeName(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
