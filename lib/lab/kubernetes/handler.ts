import type { ApiContext } from "./api-context";
import { authenticate, authorize, authorizePath, type User } from "./authorization";
import { deleteCollection, deleteObject } from "./delete";
import { findApiGroup, findApiResourceList, GROUPS, toAggregatedResponse, toApiGroupList, toApiVersions, wantsAggregated } from "./discovery";
import { readLog } from "./log";
import { negotiate, toErrorResponse, toResponse, toTextResponse } from "./negotiation";
import { findOpenApiDocument, toOpenApiIndex } from "./openapi";
import { patchObject } from "./patch-object";
import { findPod } from "./pods";
import { proxyRequest } from "./proxy";
import { getObject, listObjects, type ReadTarget } from "./read";
import { parseFlag, parseResourcePath, type ResourcePath, resolveResource } from "./request";
import type { Verb } from "./resources";
import { answerReview, REVIEWS } from "./reviews";
import { badRequest, expired, internalError, methodNotAllowed, StatusError } from "./status";
import { RevisionExpiredError } from "./store";
import { watchObjects } from "./watch";
import { createObject, replaceObject } from "./write";

/** The Kubernetes API as a function; whatever goes wrong becomes an answer. `request.signal` ends a watch or a followed log. */
export function createHandler(context: ApiContext): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      const user = authenticate(request.headers.get("authorization"), context.tokens);
      const url = new URL(request.url);
      const path = parseResourcePath(url.pathname);
      return path ? await answerResource(context, user, path, url, request) : answerPath(context, user, url, request);
    } catch (error) {
      return toErrorResponse(toStatusError(error));
    }
  };
}

export function toStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof RevisionExpiredError)
    return expired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.");
  return internalError(error);
}

const pageNotFound = () => toTextResponse(404, "404 page not found\n");

const METHOD_VERBS: Record<string, { one: Verb; many: Verb }> = {
  GET: { one: "get", many: "list" },
  HEAD: { one: "get", many: "list" },
  POST: { one: "create", many: "create" },
  PUT: { one: "update", many: "update" },
  PATCH: { one: "patch", many: "patch" },
  DELETE: { one: "delete", many: "deletecollection" },
};

/** What is not about an object: discovery, health, version, OpenAPI. */
function answerPath(context: ApiContext, user: User, url: URL, request: Request): Response {
  const path = url.pathname;
  authorizePath(user, METHOD_VERBS[request.method]?.one ?? request.method.toLowerCase(), path);
  if (request.method !== "GET" && request.method !== "HEAD") return pageNotFound();
  const accept = request.headers.get("accept");
  const words = path.split("/").filter((word) => word !== "");
  const [first, second, third, fourth, fifth] = words;
  const answer = (body: unknown) => (body === undefined ? pageNotFound() : toResponse(200, body, negotiate(accept).format));

  if (["healthz", "livez", "readyz"].includes(first ?? "") && words.length === 1) return toTextResponse(200, "ok");
  if (first === "version" && words.length === 1) return answer({ ...context.version, gitTreeState: "clean", platform: `${process.platform}/${process.arch}` });
  if (first === "api" && words.length === 1)
    return wantsAggregated(accept) ? toAggregatedResponse([{ group: "", versions: ["v1"] }]) : answer(toApiVersions(url.host));
  if (first === "apis" && words.length === 1) return wantsAggregated(accept) ? toAggregatedResponse(GROUPS) : answer(toApiGroupList());
  if (first === "api" && second && words.length === 2) return answer(findApiResourceList("", second));
  if (first === "apis" && second && words.length === 2) return answer(findApiGroup(second));
  if (first === "apis" && second && third && words.length === 3) return answer(findApiResourceList(second, third));
  if (first === "openapi" && second === "v3") {
    if (words.length === 2) return answer(toOpenApiIndex());
    if (third === "api" && fourth && words.length === 4) return answer(findOpenApiDocument("", fourth));
    if (third === "apis" && fourth && fifth && words.length === 5) return answer(findOpenApiDocument(fourth, fifth));
  }
  if (words.length === 0) return answer({ paths: ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"] });
  return pageNotFound();
}

async function answerResource(context: ApiContext, user: User, path: ResourcePath, url: URL, request: Request): Promise<Response> {
  const { group, plural: resource, namespace, name, subresource } = path;
  const verb = toVerb(path, url.searchParams, request.method);
  authorize(user, { verb, group, resource, ...(subresource ? { subresource } : {}), ...(namespace ? { namespace } : {}), ...(name ? { name } : {}) });

  const accept = request.headers.get("accept");
  const review = REVIEWS.find((candidate) => candidate.group === group && candidate.plural === resource && path.version === "v1" && name === undefined);
  if (review) {
    if (request.method !== "POST") throw methodNotAllowed();
    return answerReview(context, user, review, request, negotiate(accept));
  }
  const definition = resolveResource(path);
  if (!definition) return pageNotFound();
  const target: ReadTarget = {
    definition,
    version: path.version,
    parameters: url.searchParams,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    representation: { format: "json", as: "object" },
  };
  if (subresource) return answerSubresource(context, target, path, request);
  return answerObjects(context, { ...target, representation: negotiate(accept) }, verb, request);
}

function toVerb({ name, subresource }: ResourcePath, parameters: URLSearchParams, method: string): string {
  const isWatch = parseFlag(parameters, "watch") && (method === "GET" || method === "HEAD") && subresource === undefined;
  if (isWatch) return "watch";
  return METHOD_VERBS[method]?.[name === undefined ? "many" : "one"] ?? method.toLowerCase();
}

async function answerObjects(context: ApiContext, target: ReadTarget, verb: string, request: Request): Promise<Response> {
  const { definition, name } = target;
  const isServed = definition.verbs.some((served) => served === verb);
  // The real server creates on a POST to a custom object's own path too; for built-in kinds it does not.
  if (!isServed || (verb === "create" && name !== undefined && !definition.customSpec)) throw methodNotAllowed();
  switch (verb as Verb) {
    case "get":
      return getObject(context, target);
    case "list":
      return listObjects(context, target);
    case "watch":
      return watchObjects(context, target, request.signal);
    case "create":
      return createObject(context, target, request);
    case "update":
      if (name === undefined) throw methodNotAllowed();
      return replaceObject(context, target, request);
    case "patch":
      if (name === undefined) throw methodNotAllowed();
      return patchObject(context, target, request);
    case "delete":
      return deleteObject(context, target, request);
    case "deletecollection":
      return deleteCollection(context, target, request);
  }
}

async function answerSubresource(context: ApiContext, target: ReadTarget, { subresource, rest }: ResourcePath, request: Request): Promise<Response> {
  const { definition, namespace, name = "" } = target;
  if (!definition.subresources?.some((served) => served.name === subresource)) return pageNotFound();
  if (subresource === "proxy") return proxyRequest(context, target, rest ?? "", request);
  if (subresource === "log" && request.method === "GET") return readLog(context, target, request.signal);
  if (subresource === "exec" && (request.method === "GET" || request.method === "POST")) {
    findPod(context.store, namespace, name);
    throw badRequest("Upgrade request required");
  }
  throw methodNotAllowed();
}
