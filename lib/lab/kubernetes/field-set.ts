import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject } from "./json";
import { type Schema, toChildSchema } from "./schema";

/**
 * Sets of fields, as sigs.k8s.io/structured-merge-diff counts them. A path is the chain of FieldsV1 keys (`f:spec`, `f:mtls`) joined by a
 * character that no key holds. Lists are atomic here: CRDs without list types say so, and nobody applies the lab's built-in kinds.
 */
export type FieldPath = string;
export type FieldSet = ReadonlySet<FieldPath>;

const SEPARATOR = "\u0000";

/** Fields the server owns; nobody can, so nobody's set holds them. */
const SERVER_FIELDS: FieldSet = new Set(
  [
    ["apiVersion"],
    ["kind"],
    ["metadata"],
    ...["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields"].map((field) => ["metadata", field]),
  ].map((keys) => keys.map((key) => `f:${key}`).join(SEPARATOR)),
);

const join = (path: FieldPath, key: string) => (path === "" ? `f:${key}` : `${path}${SEPARATOR}f:${key}`);

const isServerField = (path: FieldPath) => SERVER_FIELDS.has(path) || path.startsWith(`f:metadata${SEPARATOR}f:managedFields`);

/** `.spec.mtls.mode`, as conflicts name a field. */
export function toFieldName(path: FieldPath): string {
  return path
    .split(SEPARATOR)
    .map((key) => (key.startsWith("f:") ? `.${key.slice(2)}` : `[${key.slice(2)}]`))
    .join("");
}

/** The fields an applied configuration claims: its leaves, and entries of maps even when they have something inside. */
export function toAppliedFields(object: JsonObject, schema: Schema | undefined): Set<FieldPath> {
  const fields = new Set<FieldPath>();
  const visit = (value: JsonObject, at: Schema | undefined, path: FieldPath) => {
    for (const [key, child] of Object.entries(value)) {
      const childPath = join(path, key);
      const isMapEntry = at?.additionalProperties !== undefined && !(at.properties && Object.hasOwn(at.properties, key));
      const isInner = isJsonObject(child) && Object.keys(child).length > 0;
      if ((!isInner || isMapEntry) && !isServerField(childPath)) fields.add(childPath);
      if (isInner) visit(child, at && toChildSchema(at, key), childPath);
    }
  };
  visit(object, schema, "");
  return fields;
}

/** Every path of an object, inner ones too, with the value of the leaves. */
function toValues(object: JsonObject): Map<FieldPath, unknown> {
  const values = new Map<FieldPath, unknown>();
  const visit = (value: JsonObject, path: FieldPath) => {
    for (const [key, child] of Object.entries(value)) {
      const childPath = join(path, key);
      if (!isServerField(childPath)) values.set(childPath, isJsonObject(child) ? undefined : child);
      if (isJsonObject(child)) visit(child, childPath);
    }
  };
  visit(object, "");
  return values;
}

export interface FieldChanges {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

export function compareFields(before: JsonObject, after: JsonObject): FieldChanges {
  const [old, current] = [toValues(before), toValues(after)];
  return {
    added: new Set([...current.keys()].filter((path) => !old.has(path))),
    modified: new Set([...current.keys()].filter((path) => old.has(path) && !isDeepStrictEqual(old.get(path), current.get(path)))),
    removed: new Set([...old.keys()].filter((path) => !current.has(path))),
  };
}

/** The set with every ancestor of its members. */
export function withAncestors(fields: FieldSet): Set<FieldPath> {
  const all = new Set<FieldPath>();
  for (const path of fields) {
    const keys = path.split(SEPARATOR);
    for (let length = 1; length <= keys.length; length++) all.add(keys.slice(0, length).join(SEPARATOR));
  }
  return all;
}

/**
 * The object without some fields. A map that loses its last entry this way becomes null rather than vanish; that is how the
 * real server comes to refuse an apply of `spec: {}` by the sole owner of what was in it.
 */
export function withoutFields(object: JsonObject, fields: FieldSet): JsonObject {
  const remove = (value: JsonObject, path: FieldPath): JsonObject | null => {
    const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
      const childPath = join(path, key);
      if (fields.has(childPath) && isOnlyMadeOf(child, childPath, fields)) return [];
      return [[key, isJsonObject(child) && Object.keys(child).length > 0 ? remove(child, childPath) : child]];
    });
    return entries.length > 0 ? Object.fromEntries(entries) : null;
  };
  return remove(object, "") ?? {};
}

/** Fields nobody claimed must survive the removal of the map around them. */
function isOnlyMadeOf(value: unknown, path: FieldPath, fields: FieldSet): boolean {
  if (!isJsonObject(value)) return true;
  return Object.entries(value).every(([key, child]) => fields.has(join(path, key)) && isOnlyMadeOf(child, join(path, key), fields));
}

/** Reads metadata.managedFields[].fieldsV1. */
export function fromFieldsV1(fieldsV1: JsonObject): Set<FieldPath> {
  const fields = new Set<FieldPath>();
  const visit = (node: JsonObject, path: FieldPath) => {
    const children = Object.entries(node).filter(([key]) => key !== ".");
    if (path !== "" && (children.length === 0 || node["."] !== undefined)) fields.add(path);
    for (const [key, child] of children) visit(isJsonObject(child) ? child : {}, path === "" ? key : `${path}${SEPARATOR}${key}`);
  };
  visit(fieldsV1, "");
  return fields;
}

export function toFieldsV1(fields: FieldSet): JsonObject {
  const root: JsonObject = {};
  for (const path of [...fields].sort()) {
    let node = root;
    for (const key of path.split(SEPARATOR)) {
      const next = node[key];
      const entered: JsonObject = isJsonObject(next) ? next : {};
      node[key] = entered;
      node = entered;
    }
    node["."] = {};
  }
  return withoutDotsOfLeaves(root);
}

/** A member without children is written `{}`; only one with children needs its own `.`. */
function withoutDotsOfLeaves(node: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(node).map(([key, child]) => {
      if (!isJsonObject(child) || key === ".") return [key, child];
      const isLeaf = Object.keys(child).length === 1 && child["."] !== undefined;
      return [key, isLeaf ? {} : withoutDotsOfLeaves(child)];
    }),
  );
}
