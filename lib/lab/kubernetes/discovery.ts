import { createHash } from "node:crypto";
import { parseMediaTypes, toResponse } from "./negotiation";
import { RESOURCES, type ResourceDefinition, toGroupVersion } from "./resources";
import { REVIEWS } from "./reviews";

interface GroupVersions {
  group: string;
  /** Preferred first. */
  versions: readonly string[];
}

/** The API groups, the core group not among them, each with the versions it serves. */
export const GROUPS: readonly GroupVersions[] = [...new Set([...RESOURCES, ...REVIEWS].map(({ group }) => group))]
  .filter((group) => group !== "")
  .sort()
  .map((group) => ({ group, versions: RESOURCES.find((resource) => resource.group === group)?.versions ?? ["v1"] }));

const servedBy = (group: string, version: string) => RESOURCES.filter((resource) => resource.group === group && resource.versions.includes(version));
const reviewsOf = (group: string) => REVIEWS.filter((review) => review.group === group);

/** `GET /api` in the old form. @param server host and port as the client reached it */
export function toApiVersions(server: string) {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: server }] };
}

function toApiGroup({ group, versions }: GroupVersions) {
  const all = versions.map((version) => ({ groupVersion: toGroupVersion(group, version), version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

/** `GET /apis` in the old form. */
export function toApiGroupList() {
  return { kind: "APIGroupList", apiVersion: "v1", groups: GROUPS.map(toApiGroup) };
}

/** `GET /apis/<group>`; undefined for a group that is not served. */
export function findApiGroup(group: string) {
  const found = GROUPS.find((candidate) => candidate.group === group);
  return found && { kind: "APIGroup", apiVersion: "v1", ...toApiGroup(found) };
}

/** `GET /api/v1` and `GET /apis/<group>/<version>`; undefined for what is not served. */
export function findApiResourceList(group: string, version: string) {
  const resources = servedBy(group, version);
  const reviews = version === "v1" ? reviewsOf(group) : [];
  if (resources.length + reviews.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: toGroupVersion(group, version),
    resources: [
      ...resources.flatMap((resource) => toApiResources(resource)),
      ...reviews.map(({ plural, kind }) => ({ name: plural, singularName: kind.toLowerCase(), namespaced: false, kind, verbs: ["create"] })),
    ],
  };
}

function toApiResources({ group, plural, singular, namespaced, kind, verbs, shortNames, categories, subresources = [] }: ResourceDefinition) {
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames ? { shortNames } : {}),
      ...(categories ? { categories } : {}),
      storageVersionHash: createHash("sha256").update(`${group}/v1/${kind}`).digest("base64").slice(0, 11).concat("="),
    },
    ...subresources.map((subresource) => ({
      name: `${plural}/${subresource.name}`,
      singularName: "",
      namespaced,
      kind: subresource.kind,
      verbs: subresource.verbs,
    })),
  ];
}

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

export function wantsAggregated(accept: string | null): boolean {
  return parseMediaTypes(accept ?? "").some(
    ({ type, parameters }) =>
      type === "application/json" &&
      parameters.get("as") === "APIGroupDiscoveryList" &&
      parameters.get("g") === "apidiscovery.k8s.io" &&
      parameters.get("v") === "v2",
  );
}

/** Everything in one answer (apidiscovery.k8s.io/v2), for `/api` or for `/apis`; clients know it by its content type, to the letter. */
export function toAggregatedResponse(groups: readonly GroupVersions[]): Response {
  const items = groups.map(({ group, versions }) => ({
    metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
    versions: versions.map((version) => ({ version, freshness: "Current", resources: toDiscoveredResources(group, version) })),
  }));
  const response = toResponse(200, { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items });
  response.headers.set("content-type", AGGREGATED);
  return response;
}

function toDiscoveredResources(group: string, version: string) {
  const scopeOf = (namespaced: boolean) => (namespaced ? "Namespaced" : "Cluster");
  const toKind = (kind: string) => ({ group, version, kind });
  const resources = servedBy(group, version).map(({ plural, singular, kind, namespaced, verbs, shortNames, categories, subresources }) => ({
    resource: plural,
    responseKind: toKind(kind),
    scope: scopeOf(namespaced),
    singularResource: singular,
    verbs,
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(subresources
      ? {
          subresources: subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: toKind(subresource.kind),
            verbs: subresource.verbs,
          })),
        }
      : {}),
  }));
  const reviews = version === "v1" ? reviewsOf(group) : [];
  return [
    ...resources,
    ...reviews.map(({ plural, kind }) => ({
      resource: plural,
      responseKind: toKind(kind),
      scope: scopeOf(false),
      singularResource: kind.toLowerCase(),
      verbs: ["create"],
    })),
  ];
}
