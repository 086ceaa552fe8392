/** Where objects of one kind live. */
export interface ResourceType {
  /** "" for the core group. */
  group: string;
  kind: string;
  plural: string;
  /** Versions this code understands, best first. */
  versions: readonly string[];
}

export const RESOURCES = {
  namespaces: { group: "", kind: "Namespace", plural: "namespaces", versions: ["v1"] },
  pods: { group: "", kind: "Pod", plural: "pods", versions: ["v1"] },
  services: { group: "", kind: "Service", plural: "services", versions: ["v1"] },
  configMaps: { group: "", kind: "ConfigMap", plural: "configmaps", versions: ["v1"] },
  peerAuthentications: { group: "security.istio.io", kind: "PeerAuthentication", plural: "peerauthentications", versions: ["v1", "v1beta1"] },
  destinationRules: { group: "networking.istio.io", kind: "DestinationRule", plural: "destinationrules", versions: ["v1", "v1beta1", "v1alpha3"] },
  gateways: { group: "networking.istio.io", kind: "Gateway", plural: "gateways", versions: ["v1", "v1beta1", "v1alpha3"] },
  virtualServices: { group: "networking.istio.io", kind: "VirtualService", plural: "virtualservices", versions: ["v1", "v1beta1", "v1alpha3"] },
} as const satisfies Record<string, ResourceType>;

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

export interface ObjectPath {
  group: string;
  version: string;
  plural: string;
  namespace?: string;
  name?: string;
  subresource?: string;
}

/** Builds a path of the API from unencoded parts; no part can leave its segment. */
export function toPath({ group, version, plural, namespace, name, subresource }: ObjectPath, query: Query = {}): string {
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const parts = [...root, ...(namespace === undefined ? [] : ["namespaces", namespace]), plural];
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return withQuery(`/${parts.map(encodeSegment).join("/")}`, query);
}

export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) search.append(key, String(each));
  }
  const text = search.toString();
  return text === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${text}`;
}

/** `.` and `..` would be resolved away by a URL parser even in encoded form, so they are refused. */
function encodeSegment(part: string): string {
  if (part === "" || part === "." || part === "..") throw new RangeError(`"${part}" cannot be a name in the Kubernetes API`);
  return encodeURIComponent(part);
}
