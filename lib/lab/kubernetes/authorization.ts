import type { TokenOwner } from "./api-context";
import { findResource } from "./resources";
import { type StatusDetails, StatusError, toQualifiedResource, unauthorized } from "./status";

export interface User {
  name: string;
  groups: readonly string[];
  access: TokenOwner["access"] | "none";
}

/** What is asked for, as an authorizer sees it (authorization.k8s.io ResourceAttributes). */
export interface ResourceAttributes {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"], access: "none" };

/** Open to everybody on a real cluster too (ClusterRole system:public-info-viewer). */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz", "/version", "/version/"]);

const SELF_REVIEWS: ReadonlySet<string> = new Set([
  "authorization.k8s.io/selfsubjectaccessreviews",
  "authorization.k8s.io/selfsubjectrulesreviews",
  "authentication.k8s.io/selfsubjectreviews",
]);

/** @throws StatusError 401 for a token nobody has; no token at all is the anonymous user */
export function authenticate(authorization: string | null | undefined, tokens: ReadonlyMap<string, TokenOwner>): User {
  const token = /^Bearer\s+(.*)$/i.exec(authorization ?? "")?.[1]?.trim();
  if (token === undefined) return ANONYMOUS;
  const owner = tokens.get(token);
  if (!owner) throw unauthorized();
  return { name: owner.user, groups: [...owner.groups, "system:authenticated"], access: owner.access };
}

export function isAllowed(user: User, attributes: ResourceAttributes): boolean {
  if (user.access === "admin") return true;
  if (user.access === "none") return false;
  if (attributes.verb === "create" && SELF_REVIEWS.has(`${attributes.group}/${attributes.resource}`)) return true;
  const isRead = ["get", "list", "watch"].includes(attributes.verb);
  const isReadable = attributes.subresource === undefined || attributes.subresource === "log" || attributes.subresource === "status";
  return isRead && isReadable && attributes.resource !== "secrets" && findResource({ group: attributes.group, plural: attributes.resource }) !== undefined;
}

export function isPathAllowed(user: User, verb: string, path: string): boolean {
  return user.access === "admin" || (verb === "get" && (user.access === "view" || PUBLIC_PATHS.has(path)));
}

/** @throws StatusError 403 */
export function authorize(user: User, attributes: ResourceAttributes): void {
  if (isAllowed(user, attributes)) return;
  const { group, resource: plural, subresource, namespace, name } = attributes;
  const what = subresource ? `${plural}/${subresource}` : plural;
  const where = namespace ? ` in the namespace "${namespace}"` : " at the cluster scope";
  const target = name ? `${toQualifiedResource({ group, plural })} "${name}"` : toQualifiedResource({ group, plural });
  const details: StatusDetails = { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: plural };
  const message = `${target} is forbidden: User "${user.name}" cannot ${attributes.verb} resource "${what}" in API group "${group}"${where}`;
  throw new StatusError(403, "Forbidden", message, details);
}

/** @throws StatusError 403 */
export function authorizePath(user: User, verb: string, path: string): void {
  if (isPathAllowed(user, verb, path)) return;
  throw new StatusError(403, "Forbidden", `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
}
