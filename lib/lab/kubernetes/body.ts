import { parse as parseYaml } from "yaml";
import { isJsonObject, type JsonObject, JsonSyntaxError, parseJson } from "./json";
import { parseMediaTypes } from "./negotiation";
import { decodeProtobuf } from "./protobuf";
import { type ResourceDefinition, toGroupVersion } from "./resources";
import { badRequest, type FieldError, invalid, tooLarge, unsupportedMediaType } from "./status";

/** The API server's own limit of a request body (MaxRequestBodyBytes). */
export const BODY_LIMIT = 3 * 1024 * 1024;

const OBJECT_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/** @throws StatusError 413 as soon as more than the limit has come, without reading the rest */
export async function readBody(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT) throw tooLarge(BODY_LIMIT);
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (request.body) {
    for await (const chunk of request.body) {
      length += chunk.byteLength;
      if (length > BODY_LIMIT) throw tooLarge(BODY_LIMIT);
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks);
}

export function toMediaType(request: Request): string {
  return parseMediaTypes(request.headers.get("content-type") ?? "")[0]?.type ?? "";
}

/**
 * The object a client sends to create or replace one; JSON when nothing says otherwise.
 * @throws StatusError 400 when it cannot be read, 415 for another media type
 */
export async function readObject(request: Request, kind: string): Promise<JsonObject> {
  const mediaType = toMediaType(request) || "application/json";
  const body = await readBody(request);
  if (mediaType === "application/vnd.kubernetes.protobuf") return decodeProtobuf(body);
  if (mediaType !== "application/json" && mediaType !== "application/yaml") throw unsupportedMediaType(OBJECT_TYPES);
  const text = new TextDecoder().decode(body);
  const unrecognized = (why: string, cause?: unknown) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${toSummary(text)})`, { cause });
  let value: unknown;
  try {
    value = mediaType === "application/yaml" ? readYaml(text) : parseJson(text);
  } catch (cause) {
    if (cause instanceof JsonSyntaxError) throw unrecognized(`couldn't get version/kind; json parse error: ${cause.message}`, cause);
    throw cause;
  }
  if (!isJsonObject(value))
    throw unrecognized(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${toGoTypeName(value)} into Go value of type struct { APIVersion string; Kind string }`,
    );
  return value;
}

/** YAML by way of JSON, so that what JSON cannot hold does not come in. @throws JsonSyntaxError */
function readYaml(text: string): unknown {
  try {
    return parseJson(JSON.stringify(parseYaml(text) ?? null));
  } catch (cause) {
    if (cause instanceof JsonSyntaxError) throw cause;
    throw new JsonSyntaxError(`error converting YAML to JSON: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`, { cause });
  }
}

/** The body of a patch; an apply patch may be YAML, and JSON is YAML. @throws StatusError 400 */
export async function readPatch(request: Request): Promise<unknown> {
  const text = new TextDecoder().decode(await readBody(request));
  const isYaml = toMediaType(request) === "application/apply-patch+yaml";
  try {
    return isYaml && !text.trimStart().startsWith("{") ? readYaml(text) : parseJson(text);
  } catch (cause) {
    if (cause instanceof JsonSyntaxError) throw badRequest(`error decoding ${isYaml ? "YAML" : "patch"}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** What a Go error shows of a body it could not read. */
function toSummary(text: string): string {
  if (text === "") return "<empty>";
  if (!text.startsWith("{")) return Buffer.from(text.slice(0, 30)).toString("hex");
  return text.length > 30 ? `${text.slice(0, 30)} ...` : text;
}

function toGoTypeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : value === null ? "null" : typeof value;
}

/**
 * Checks that a decoded body is an object of the kind and version of the path, and gives it metadata to rely on.
 * @throws StatusError 400 for the version and for metadata of the wrong types, 422 for the kind of a custom resource
 */
export function checkType(definition: ResourceDefinition, version: string, body: JsonObject): JsonObject & { metadata: JsonObject } {
  const expected = toGroupVersion(definition.group, version);
  const { kind, apiVersion } = body;
  if (typeof kind !== "string" || kind === "") throw badRequest(`Object 'Kind' is missing in '${toSummary(JSON.stringify(body))}'`);
  if (typeof apiVersion !== "string" || apiVersion === "") throw badRequest(`Object 'apiVersion' is missing in '${toSummary(JSON.stringify(body))}'`);
  if (apiVersion !== expected) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`);
  if (kind !== definition.kind) throw toWrongKind(definition, kind, version, body);
  const metadata = body.metadata ?? {};
  const cannotUnmarshal = (value: unknown, field: string, type: string) =>
    badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal ${toGoTypeName(value)} into Go struct field ObjectMeta.${field} of type ${type}`,
    );
  if (!isJsonObject(metadata)) throw cannotUnmarshal(metadata, "metadata", "v1.ObjectMeta");
  for (const field of ["name", "generateName", "namespace", "uid", "resourceVersion"]) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== "string") throw cannotUnmarshal(value, `metadata.${field}`, "string");
  }
  for (const field of ["labels", "annotations"]) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    if (!isJsonObject(map)) throw cannotUnmarshal(map, `metadata.${field}`, "map[string]string");
    const wrong = Object.values(map).find((value) => typeof value !== "string");
    if (wrong !== undefined) throw cannotUnmarshal(wrong, `metadata.${field}`, "string");
  }
  return { ...body, metadata };
}

function toWrongKind(definition: ResourceDefinition, kind: string, version: string, body: JsonObject) {
  if (!definition.customSpec) {
    return badRequest(
      `${kind} in version "${version}" cannot be handled as a ${definition.kind}: converting (${kind}) to (${definition.kind}): unknown conversion`,
    );
  }
  const error: FieldError = { reason: "FieldValueInvalid", field: "kind", message: `Invalid value: ${JSON.stringify(kind)}: must be ${definition.kind}` };
  const name = isJsonObject(body.metadata) && typeof body.metadata.name === "string" ? body.metadata.name : "";
  return invalid(kind, definition.group, name, [error]);
}
