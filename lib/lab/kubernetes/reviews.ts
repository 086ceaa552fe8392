import type { ApiContext } from "./api-context";
import { isAllowed, isPathAllowed, type User } from "./authorization";
import { readObject } from "./body";
import { isJsonObject, type JsonObject } from "./json";
import { type Representation, toResponse } from "./negotiation";
import { RESOURCES, type Verb } from "./resources";
import { badRequest } from "./status";
import { toTimestamp } from "./time";

/** The reviews a user may ask for about himself; they are answered and never stored. */
export interface ReviewDefinition {
  group: string;
  plural: string;
  kind: string;
  toReview(context: ApiContext, user: User, body: JsonObject): JsonObject;
}

const toText = (value: unknown): string => (typeof value === "string" ? value : "");

function toAccessReview(_context: ApiContext, user: User, body: JsonObject): JsonObject {
  const spec = isJsonObject(body.spec) ? body.spec : {};
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (isJsonObject(resource) === isJsonObject(path)) {
    throw badRequest("spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified");
  }
  const allowed = isJsonObject(resource)
    ? isAllowed(user, {
        verb: toText(resource.verb),
        group: toText(resource.group),
        resource: toText(resource.resource),
        ...(resource.subresource ? { subresource: toText(resource.subresource) } : {}),
      })
    : isJsonObject(path) && isPathAllowed(user, toText(path.verb), toText(path.path));
  return { metadata: {}, spec, status: { allowed } };
}

const READ: readonly Verb[] = ["get", "list", "watch"];
const SELF_RULES = [
  { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"] },
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
];
const DISCOVERY_PATHS = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"];

function toRulesReview(_context: ApiContext, user: User, body: JsonObject): JsonObject {
  if (!isJsonObject(body.spec) || toText(body.spec.namespace) === "") throw badRequest("no namespace on request");
  const readable = RESOURCES.filter(({ group, plural }) => isAllowed(user, { verb: "get", group, resource: plural }));
  const groups = [...new Set(readable.map(({ group }) => group))];
  const readRules = groups.map((group) => ({
    verbs: READ,
    apiGroups: [group],
    resources: readable.filter((resource) => resource.group === group).map(({ plural }) => plural),
  }));
  const isAdmin = user.access === "admin";
  return {
    metadata: {},
    spec: {},
    status: {
      resourceRules: isAdmin ? [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, ...SELF_RULES] : [...SELF_RULES, ...readRules],
      nonResourceRules: [...(isAdmin ? [{ verbs: ["*"], nonResourceURLs: ["*"] }] : []), { verbs: ["get"], nonResourceURLs: DISCOVERY_PATHS }],
      incomplete: false,
    },
  };
}

function toSubjectReview({ store }: ApiContext, user: User): JsonObject {
  return { metadata: { creationTimestamp: toTimestamp(store.now()) }, status: { userInfo: { username: user.name, uid: user.name, groups: user.groups } } };
}

export const REVIEWS: readonly ReviewDefinition[] = [
  { group: "authorization.k8s.io", plural: "selfsubjectaccessreviews", kind: "SelfSubjectAccessReview", toReview: toAccessReview },
  { group: "authorization.k8s.io", plural: "selfsubjectrulesreviews", kind: "SelfSubjectRulesReview", toReview: toRulesReview },
  { group: "authentication.k8s.io", plural: "selfsubjectreviews", kind: "SelfSubjectReview", toReview: toSubjectReview },
];

/** @throws StatusError 400 */
export async function answerReview(
  context: ApiContext,
  user: User,
  review: ReviewDefinition,
  request: Request,
  representation: Representation,
): Promise<Response> {
  const body = await readObject(request, review.kind);
  if (body.kind !== review.kind || body.apiVersion !== `${review.group}/v1`)
    throw badRequest(`the object provided is unrecognized (must be of type ${review.kind})`);
  return toResponse(201, { kind: review.kind, apiVersion: `${review.group}/v1`, ...review.toReview(context, user, body) }, representation.format);
}
