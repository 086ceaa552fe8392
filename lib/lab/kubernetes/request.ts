import { findResource, type ResourceDefinition } from "./resources";
import { badRequest, type FieldError, invalid } from "./status";

/** A path below /api/v1 or /apis/<group>/<version>, taken apart. */
export interface ResourcePath {
  group: string;
  version: string;
  plural: string;
  namespace?: string;
  name?: string;
  subresource?: string;
  /** What follows the subresource; for `proxy` the path at the other end, without its leading slash. */
  rest?: string;
}

/** @returns undefined for a path that names no resource @throws StatusError 400 for a broken percent escape */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const match = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(.+)$/.exec(pathname);
  if (!match) return undefined;
  const [, coreVersion, group = "", groupVersion, path = ""] = match;
  const version = coreVersion ?? groupVersion ?? "";
  const segments = path.split("/").map(decodeSegment);
  const [first = "", second, third] = segments;
  // `namespaces/x` is a Namespace, `namespaces/x/pods` a resource in it; the few subresources of a Namespace are no resources.
  const isNamespaced =
    first === "namespaces" && second !== undefined && second !== "" && third !== undefined && third !== "" && !["status", "finalize"].includes(third);
  const [plural = "", name, subresource] = isNamespaced ? segments.slice(2) : segments;
  const restStart = (isNamespaced ? 2 : 0) + 3;
  const rest = path.split("/").slice(restStart).join("/");
  return {
    group,
    version,
    plural,
    ...(isNamespaced ? { namespace: second } : {}),
    ...(name ? { name } : {}),
    ...(subresource ? { subresource } : {}),
    ...(segments.length > restStart ? { rest } : {}),
  };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw badRequest(`invalid URL escape in "${segment}"`, { cause });
  }
}

/** The definition a path leads to, when the group serves that version and the scope fits. */
export function resolveResource(path: ResourcePath): ResourceDefinition | undefined {
  const definition = findResource(path);
  if (!definition?.versions.includes(path.version)) return undefined;
  if (path.namespace !== undefined && !definition.namespaced) return undefined;
  // A namespaced object cannot be named without its namespace.
  if (path.name !== undefined && definition.namespaced && path.namespace === undefined) return undefined;
  return definition;
}

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface WriteOptions {
  dryRun: boolean;
  fieldValidation: FieldValidation;
  fieldManager: string | undefined;
  force: boolean;
}

const FIELD_MANAGER_LIMIT = 128;

/** @param kind the options' kind, which names them in an error: CreateOptions, UpdateOptions, PatchOptions @throws StatusError 422 */
export function parseWriteOptions(parameters: URLSearchParams, kind: string): WriteOptions {
  const errors: FieldError[] = [];
  const unsupported = (field: string, value: string, supported: string) =>
    errors.push({ reason: "FieldValueNotSupported", field, message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}` });
  const dryRun = parameters.get("dryRun") ?? "";
  if (dryRun !== "" && dryRun !== "All") unsupported("dryRun", dryRun, '"All"');
  const validation = parameters.get("fieldValidation") || "Warn";
  if (!isFieldValidation(validation)) unsupported("fieldValidation", validation, '"Ignore", "Strict", "Warn"');
  const fieldManager = parameters.get("fieldManager") ?? undefined;
  if (fieldManager !== undefined && fieldManager.length > FIELD_MANAGER_LIMIT) {
    errors.push({ reason: "FieldValueTooLong", field: "fieldManager", message: `Too long: may not be more than ${FIELD_MANAGER_LIMIT} bytes` });
  }
  if (errors.length > 0) throw invalid(kind, "meta.k8s.io", "", errors);
  return {
    dryRun: dryRun === "All",
    fieldValidation: isFieldValidation(validation) ? validation : "Warn",
    fieldManager,
    force: parseFlag(parameters, "force"),
  };
}

function isFieldValidation(value: string): value is FieldValidation {
  return value === "Ignore" || value === "Warn" || value === "Strict";
}

export function parseFlag(parameters: URLSearchParams, name: string): boolean {
  const value = parameters.get(name);
  return value !== null && value !== "false" && value !== "0";
}

/** @throws StatusError 400 for what is no whole number of zero or more */
export function parseCount(parameters: URLSearchParams, name: string): number | undefined {
  const value = parameters.get(name);
  if (value === null || value === "") return undefined;
  if (!/^\d{1,18}$/.test(value))
    throw badRequest(`${name}: Invalid value: ${JSON.stringify(value)}: strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}
