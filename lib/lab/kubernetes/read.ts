import type { KubeObject } from "../objects";
import type { ApiContext } from "./api-context";
import { isJsonObject, parseJson } from "./json";
import { type Representation, toResponse } from "./negotiation";
import { parseCount } from "./request";
import { type ResourceDefinition, toGroupVersion, toVersion } from "./resources";
import { type ObjectPredicate, parseFieldSelector, parseLabelSelector } from "./selector";
import { badRequest, expired, notFound, StatusError } from "./status";
import { parseIncludeObject, toPartialMetadata, toTable } from "./table";

/** A request for objects of one kind, as the handler has taken it apart. */
export interface ReadTarget {
  definition: ResourceDefinition;
  version: string;
  namespace?: string;
  name?: string;
  parameters: URLSearchParams;
  representation: Representation;
}

/** @throws StatusError 404 */
export function getObject({ store }: ApiContext, target: ReadTarget): Response {
  const { definition, namespace, name = "" } = target;
  const object = store.get(definition, namespace, name);
  if (!object) throw notFound(definition, name);
  return toObjectResponse(200, object, target, store.now());
}

/** One object as the client wants to see it. */
export function toObjectResponse(status: number, object: KubeObject, target: ReadTarget, now: Date, warnings: readonly string[] = []): Response {
  const { definition, version, parameters, representation } = target;
  const body = {
    object: () => toVersion(definition, version, object),
    metadata: () => toPartialMetadata(object),
    table: () =>
      toTable(
        definition,
        version,
        [object],
        { resourceVersion: object.metadata.resourceVersion },
        { includeObject: parseIncludeObject(parameters.get("includeObject")), withColumns: true, now },
      ),
  }[representation.as]();
  return toResponse(status, body, representation.format, warnings);
}

/** labelSelector, fieldSelector and a name in the path, as one question. @throws StatusError 400 */
export function parseSelectors({ definition, name, parameters }: ReadTarget): ObjectPredicate {
  const byLabel = parseLabelSelector(parameters.get("labelSelector") ?? "");
  const byField = parseFieldSelector(definition, parameters.get("fieldSelector") ?? "");
  return (object) => (name === undefined || object.metadata.name === name) && byLabel(object) && byField(object);
}

/** @throws StatusError 400 for parameters, 410 for a state that is gone, 504 for one that is still to come */
export function listObjects({ store }: ApiContext, target: ReadTarget): Response {
  const { definition, version, namespace, parameters, representation } = target;
  const matches = parseSelectors(target);
  const limit = parseCount(parameters, "limit") ?? 0;
  const position = parseContinue(parameters.get("continue"));
  checkResourceVersion(parameters, store.currentRevision());
  if (position && position.revision < store.currentRevision()) store.eventsAfter(position.revision);

  const all = store.list(definition, namespace).filter((object) => matches(object) && (!position || toListKey(object, namespace) >= position.start));
  const items = limit > 0 ? all.slice(0, limit) : all;
  const last = items.at(-1);
  const revision = position?.revision ?? store.currentRevision();
  const metadata: Record<string, unknown> = { resourceVersion: String(revision) };
  if (last && items.length < all.length) {
    metadata.continue = toContinue(revision, toListKey(last, namespace));
    const isSelection = parameters.get("labelSelector") || parameters.get("fieldSelector");
    if (!isSelection) metadata.remainingItemCount = all.length - items.length;
  } else if (definition.customSpec && representation.as === "object") metadata.continue = "";

  const body = {
    table: () =>
      toTable(definition, version, items, metadata, {
        includeObject: parseIncludeObject(parameters.get("includeObject")),
        withColumns: true,
        now: store.now(),
      }),
    metadata: () => ({ kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items: items.map(toPartialMetadata) }),
    object: () => toList(definition, version, items, metadata),
  }[representation.as]();
  return toResponse(200, body, representation.format);
}

/** Items of a built-in list do not repeat kind and version; those of a custom one do. */
export function toList(definition: ResourceDefinition, version: string, items: readonly KubeObject[], metadata: object) {
  return {
    kind: `${definition.kind}List`,
    apiVersion: toGroupVersion(definition.group, version),
    metadata,
    items: items.map((item) => {
      if (definition.customSpec) return toVersion(definition, version, item);
      const { kind: _kind, apiVersion: _apiVersion, ...rest } = item;
      return rest;
    }),
  };
}

/** The lab keeps only the present state: an exact earlier one is gone. */
function checkResourceVersion(parameters: URLSearchParams, current: number): void {
  const asked = parseCount(parameters, "resourceVersion");
  const match = parameters.get("resourceVersionMatch");
  if (match !== null && match !== "Exact" && match !== "NotOlderThan") throw badRequest(`resourceVersionMatch: Unsupported value: ${JSON.stringify(match)}`);
  if (asked === undefined || asked === 0 || asked === current) return;
  if (asked > current)
    throw new StatusError(504, "Timeout", `Too large resource version: ${asked}, current: ${current}`, {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    });
  if (match === "Exact") throw expired(`The resourceVersion for the provided list is too old.`);
}

const toListKey = ({ metadata }: KubeObject, namespace: string | undefined) =>
  namespace === undefined && metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;

/** The key after the last one, so that a page begins where the one before ended. */
function toContinue(revision: number, lastKey: string): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${lastKey}\u0000` })).toString("base64url");
}

function parseContinue(token: string | null): { revision: number; start: string } | undefined {
  if (!token) return undefined;
  let value: unknown;
  try {
    value = parseJson(Buffer.from(token, "base64url").toString("latin1"));
  } catch (cause) {
    throw badRequest(`invalid continue token: continue key is not valid: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (!isJsonObject(value) || value.v !== "meta.k8s.io/v1")
    throw badRequest("invalid continue token: continue key is not valid: server does not recognize this encoded version");
  const { rv, start } = value;
  if (typeof rv !== "number" || typeof start !== "string" || start === "")
    throw badRequest("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion");
  return { revision: rv, start };
}
