import type { KubeManifest, ManagedFieldsEntry } from "../objects";
import { compareFields } from "./field-set";
import { withSortedKeys } from "./json";
import { toManagedFields } from "./managed-fields";
import { toTimestamp } from "./time";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * A manifest as it would be had `kubectl apply` created the object: with the last applied configuration, so that the next apply does not
 * warn, and with its fields owned by kubectl, so that a server-side apply meets the conflict it would meet on a cluster.
 */
export function asAppliedByKubectl(manifest: KubeManifest, now: Date): KubeManifest {
  const { annotations = {}, ...rest } = manifest.metadata;
  const configuration = withSortedKeys({ ...manifest, metadata: { annotations, ...rest } });
  const applied: KubeManifest = { ...manifest, metadata: { ...rest, annotations: { ...annotations, [LAST_APPLIED]: `${JSON.stringify(configuration)}\n` } } };
  const managedFields = toManagedFields([
    {
      manager: "kubectl-client-side-apply",
      operation: "Update",
      apiVersion: manifest.apiVersion,
      time: toTimestamp(now),
      fields: compareFields({}, applied).added,
    },
  ]);
  const metadata: KubeManifest["metadata"] & { managedFields?: ManagedFieldsEntry[] } = { ...applied.metadata, managedFields };
  return { ...applied, metadata };
}
