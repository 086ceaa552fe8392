import type { KubeObject } from "../objects";
import type { ApiContext } from "./api-context";
import { readObject } from "./body";
import { isJsonObject, type JsonObject } from "./json";
import { toResponse } from "./negotiation";
import { parseSelectors, type ReadTarget, toList } from "./read";
import { parseWriteOptions } from "./request";
import { RESOURCES, type ResourceDefinition } from "./resources";
import { notFound, preconditionFailed, type Status } from "./status";
import type { LabStore } from "./store";

interface DeleteOptions {
  uid?: string;
  resourceVersion?: string;
  dryRun: boolean;
}

/** meta/v1 DeleteOptions: from the body when there is one, else from the query, as the API server does (seen). @throws StatusError 400, 413, 415, 422 */
async function readDeleteOptions(target: ReadTarget, request: Request): Promise<DeleteOptions> {
  const { dryRun } = parseWriteOptions(target.parameters, "DeleteOptions");
  // Go's http.Request says so too: a body without a length is still a body, one of length zero is none.
  const hasBody = request.body !== null && request.headers.get("content-length") !== "0";
  const body: JsonObject = hasBody ? await readObject(request, "DeleteOptions") : {};
  const preconditions = isJsonObject(body.preconditions) ? body.preconditions : {};
  return {
    ...(typeof preconditions.uid === "string" ? { uid: preconditions.uid } : {}),
    ...(typeof preconditions.resourceVersion === "string" ? { resourceVersion: preconditions.resourceVersion } : {}),
    dryRun: hasBody ? Array.isArray(body.dryRun) && body.dryRun.includes("All") : dryRun,
  };
}

function checkPreconditions({ kind, group }: ResourceDefinition, { metadata }: KubeObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw preconditionFailed(kind, group, name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw preconditionFailed(kind, group, name, why);
  }
}

/** DELETE of one object; at once, since nothing in the lab sets finalizers. @throws StatusError 404, 409 when a precondition fails */
export async function deleteObject({ store }: ApiContext, target: ReadTarget, request: Request): Promise<Response> {
  const { definition, namespace, name = "", representation } = target;
  const options = await readDeleteOptions(target, request);
  const existing = store.get(definition, namespace, name);
  if (!existing) throw notFound(definition, name);
  checkPreconditions(definition, existing, options);
  if (!options.dryRun) remove(store, definition, existing);
  const details = { name, ...(definition.group ? { group: definition.group } : {}), kind: definition.plural, uid: existing.metadata.uid };
  const status: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
  return toResponse(200, status, representation.format);
}

/** DELETE of all that match the selectors; answers with what was deleted. */
export async function deleteCollection({ store }: ApiContext, target: ReadTarget, request: Request): Promise<Response> {
  const { definition, version, namespace, representation } = target;
  const options = await readDeleteOptions(target, request);
  const doomed = store.list(definition, namespace).filter(parseSelectors(target));
  for (const object of doomed) checkPreconditions(definition, object, options);
  if (!options.dryRun) for (const object of doomed) remove(store, definition, object);
  return toResponse(200, toList(definition, version, doomed, { resourceVersion: String(store.currentRevision()) }), representation.format);
}

/** A namespace takes everything in it along. */
function remove(store: LabStore, definition: ResourceDefinition, { metadata }: KubeObject): void {
  if (definition.group === "" && definition.plural === "namespaces") {
    for (const resource of RESOURCES.filter(({ namespaced }) => namespaced)) {
      for (const object of store.list(resource, metadata.name)) store.remove(resource, metadata.name, object.metadata.name);
    }
  }
  store.remove(definition, metadata.namespace, metadata.name);
}
