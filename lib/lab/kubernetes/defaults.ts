import type { KubeObject, ResourceKey } from "../objects";

/** What the API server itself adds to an object on every write; for most kinds nothing. */
export function withServerDefaults({ group, plural }: ResourceKey, object: KubeObject): KubeObject {
  if (group !== "" || plural !== "namespaces") return object;
  const { labels } = object.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...labels, "kubernetes.io/metadata.name": object.metadata.name } },
    spec: object.spec ?? { finalizers: ["kubernetes"] },
    status: object.status ?? { phase: "Active" },
  };
}
