import { parse } from "yaml";
import { z } from "zod";
import type { MeshConfig, Namespace, Service } from "@/lib/mesh/objects";
import { labelShape, metaShape, toEpoch } from "./meta";

const namespaceShape = z.object({ metadata: metaShape });

/** @returns null when the object is no Namespace */
export function toNamespace(object: unknown): Namespace | null {
  const parsed = namespaceShape.safeParse(object);
  if (!parsed.success) return null;
  const { name, labels, creationTimestamp } = parsed.data.metadata;
  // istio-injection wins over istio.io/rev (Istio's injection webhooks exclude each other that way).
  const injection = labels["istio-injection"];
  return {
    name,
    createdAt: toEpoch(creationTimestamp),
    injection: injection === "enabled" || (injection === undefined && (labels["istio.io/rev"] ?? "") !== ""),
    ambient: labels["istio.io/dataplane-mode"] === "ambient",
    ...(labels["istio.io/rev"] ? { revision: labels["istio.io/rev"] } : {}),
  };
}

const serviceShape = z.object({
  metadata: metaShape,
  spec: z.object({
    selector: labelShape,
    ports: z.array(z.object({ name: z.string().catch(""), port: z.number(), targetPort: z.union([z.number(), z.string()]).optional() })).nullish(),
  }),
});

/** @returns null when the object is no Service Padlock can read */
export function toService(object: unknown): Service | null {
  const parsed = serviceShape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    selector: spec.selector,
    // The API server fills in targetPort = port where it is left out.
    ports: (spec.ports ?? []).map(({ name, port, targetPort = port }) => ({ name, port, targetPort })),
  };
}

/** Istio's defaults (MeshConfig reference); they hold while the ConfigMap cannot be read. */
export const DEFAULT_MESH_CONFIG: MeshConfig = { rootNamespace: "istio-system", trustDomain: "cluster.local", enableAutoMtls: true, read: false };

const configMapShape = z.object({ data: z.object({ mesh: z.string() }) });
const meshShape = z.object({
  rootNamespace: z.string().min(1).catch(DEFAULT_MESH_CONFIG.rootNamespace),
  trustDomain: z.string().min(1).catch(DEFAULT_MESH_CONFIG.trustDomain),
  enableAutoMtls: z.boolean().catch(DEFAULT_MESH_CONFIG.enableAutoMtls),
});

/** Reads the ConfigMap `istio` (or `istio-<revision>`), key `mesh` (YAML). @returns null when it holds no mesh configuration */
export function toMeshConfig(object: unknown): MeshConfig | null {
  const configMap = configMapShape.safeParse(object);
  if (!configMap.success) return null;
  const mesh = meshShape.safeParse(parse(configMap.data.data.mesh) ?? {});
  return mesh.success ? { ...mesh.data, read: true } : null;
}
