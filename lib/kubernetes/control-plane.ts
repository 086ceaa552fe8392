import { DEFAULT_MESH_CONFIG } from "./cluster-objects";
import type { Pod } from "./pod-objects";

/** Where one revision of istiod runs and which ConfigMap tells it about its mesh. */
export interface ControlPlanePlace {
  revision: string;
  namespace: string;
  configMap: string;
  pods: number;
  ready: number;
}

export const DEFAULT_REVISION = "default";

/** Where an install without a name of its own keeps everything; looked at also while no istiod can be seen. */
export const DEFAULT_PLACE: ControlPlanePlace = {
  revision: DEFAULT_REVISION,
  namespace: DEFAULT_MESH_CONFIG.rootNamespace,
  configMap: "istio",
  pods: 0,
  ready: 0,
};

/**
 * Finds the control planes by istiod's pods (label `app=istiod`, its revision in `istio.io/rev`; charts istio-control/istio-discovery).
 * @returns in order of revision and namespace; empty when no istiod is there or the pods could not be read
 */
export function findControlPlanes(pods: Iterable<Pod>): ControlPlanePlace[] {
  const places = new Map<string, ControlPlanePlace>();
  for (const { namespace, labels, ready } of pods) {
    if (labels.app !== "istiod") continue;
    const revision = labels["istio.io/rev"] || DEFAULT_REVISION;
    const key = `${revision} ${namespace}`;
    const place = places.get(key) ?? { revision, namespace, configMap: toConfigMapName(revision), pods: 0, ready: 0 };
    places.set(key, { ...place, pods: place.pods + 1, ready: place.ready + (ready ? 1 : 0) });
  }
  return [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}

function toConfigMapName(revision: string): string {
  return revision === DEFAULT_REVISION ? "istio" : `istio-${revision}`;
}

/** Which revision a namespace's sidecars are of: most of its pods say so; before there are any, its label does. null = nothing says. */
export function findRevision(pods: readonly Pod[], label: string | undefined): string | null {
  const counts = new Map<string, number>();
  for (const { revision, sidecar } of pods) if (sidecar === "sidecar" && revision !== null) counts.set(revision, (counts.get(revision) ?? 0) + 1);
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return most?.[0] ?? label ?? null;
}
