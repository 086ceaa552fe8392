import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject } from "./json";
import { badRequest, StatusError } from "./status";

/** RFC 7396. The inputs are left as they are. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * A strategic merge of a built-in kind: maps are merged, lists of named objects by their name, other lists are replaced.
 * Of the directives, `$patch: delete|replace` and `$retainKeys`/`$setElementOrder` (ignored) are known.
 */
export function strategicMergePatch(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return Array.isArray(target) ? mergeNamedLists(target, patch) : patch;
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) && patch.$patch !== "replace" ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) continue;
    if (value === null) delete result[key];
    else result[key] = strategicMergePatch(result[key], value);
  }
  return result;
}

function mergeNamedLists(target: unknown[], patch: unknown[]): unknown[] {
  const toName = (item: unknown) => (isJsonObject(item) && typeof item.name === "string" ? item.name : undefined);
  if (patch.some((item) => toName(item) === undefined)) return patch;
  const result = [...target];
  for (const item of patch) {
    const index = result.findIndex((candidate) => toName(candidate) === toName(item));
    const isDeletion = isJsonObject(item) && item.$patch === "delete";
    if (isDeletion) {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicMergePatch(result[index], item);
    else result.push(strategicMergePatch(undefined, item));
  }
  return result;
}

/** An operation of a JSON patch that cannot be carried out; the API server does not say which. */
const refused = () => new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});

/** RFC 6902. @throws StatusError 400 when it is no patch, 422 when an operation fails */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${isJsonObject(patch) ? "object" : typeof patch} into Go value of type jsonpatch.Patch`);
  }
  let document: unknown = structuredClone(target);
  for (const operation of patch) document = applyOperation(document, operation);
  return document;
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isJsonObject(operation) || typeof operation.path !== "string") throw refused();
  const { op, path, value } = operation;
  const from = typeof operation.from === "string" ? operation.from : "";
  switch (op) {
    case "add":
      return setAt(document, path, structuredClone(value), "add");
    case "replace":
      return setAt(document, path, structuredClone(value), "replace");
    case "remove":
      return removeAt(document, path);
    case "test":
      if (!isDeepStrictEqual(getAt(document, path), value)) throw refused();
      return document;
    case "copy":
      return setAt(document, path, structuredClone(getAt(document, from)), "add");
    case "move": {
      const moved = getAt(document, from);
      return setAt(removeAt(document, from), path, moved, "add");
    }
    default:
      throw refused();
  }
}

function toKeys(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw refused();
  return pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function toIndex(key: string, last: number): number {
  if (!/^(0|[1-9]\d*)$/.test(key) || Number(key) > last) throw refused();
  return Number(key);
}

function child(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[toIndex(key, container.length - 1)];
  if (isJsonObject(container) && Object.hasOwn(container, key)) return container[key];
  throw refused();
}

const getAt = (document: unknown, pointer: string) => toKeys(pointer).reduce(child, document);

function toParent(document: unknown, pointer: string): { parent: unknown; key: string } {
  const keys = toKeys(pointer);
  const key = keys.pop();
  if (key === undefined || key === "__proto__") throw refused();
  return { parent: keys.reduce(child, document), key };
}

function setAt(document: unknown, pointer: string, value: unknown, how: "add" | "replace"): unknown {
  if (pointer === "") return value;
  const { parent, key } = toParent(document, pointer);
  if (Array.isArray(parent)) {
    if (how === "replace") parent[toIndex(key, parent.length - 1)] = value;
    else parent.splice(key === "-" ? parent.length : toIndex(key, parent.length), 0, value);
  } else if (isJsonObject(parent) && (how === "add" || Object.hasOwn(parent, key))) parent[key] = value;
  else throw refused();
  return document;
}

function removeAt(document: unknown, pointer: string): unknown {
  const { parent, key } = toParent(document, pointer);
  if (Array.isArray(parent)) parent.splice(toIndex(key, parent.length - 1), 1);
  else if (isJsonObject(parent) && Object.hasOwn(parent, key)) delete parent[key];
  else throw refused();
  return document;
}
