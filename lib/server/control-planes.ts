import { DEFAULT_MESH_CONFIG } from "@/lib/kubernetes/cluster-objects";
import { type ControlPlanePlace, DEFAULT_PLACE, DEFAULT_REVISION, findControlPlanes, findRevision } from "@/lib/kubernetes/control-plane";
import type { Pod } from "@/lib/kubernetes/pod-objects";
import type { ControlPlane, MeshConfig, Namespace } from "@/lib/mesh/objects";

interface Options {
  /** Follows one ConfigMap until the signal fires. */
  watch(place: ControlPlanePlace, take: (config: MeshConfig | null) => void, signal: AbortSignal): void;
}

/** The mesh's configuration, by revision: one ConfigMap is followed for each istiod there is. */
export function createControlPlanes({ watch }: Options) {
  const followed = new Map<string, { stop: AbortController; config: MeshConfig | null }>();
  let places: ControlPlanePlace[] = [DEFAULT_PLACE];
  const toKey = ({ namespace, configMap }: ControlPlanePlace) => `${namespace}/${configMap}`;

  const toConfig = (place: ControlPlanePlace): MeshConfig => {
    // Istio's own charts write istiod's namespace into the ConfigMap, so that is the guess while it cannot be read.
    const config = followed.get(toKey(place))?.config ?? { ...DEFAULT_MESH_CONFIG, rootNamespace: place.namespace };
    return place.revision === DEFAULT_REVISION ? config : { ...config, revision: place.revision };
  };
  const follow = () => {
    const keys = new Set(places.map(toKey));
    for (const [key, { stop }] of followed) {
      if (keys.has(key)) continue;
      stop.abort();
      followed.delete(key);
    }
    for (const place of places) {
      const key = toKey(place);
      if (followed.has(key)) continue;
      const stop = new AbortController();
      followed.set(key, { stop, config: null });
      watch(
        place,
        (config) => {
          if (!stop.signal.aborted) followed.set(key, { stop, config });
        },
        stop.signal,
      );
    }
  };
  const all = (): ControlPlane[] =>
    places.map((place) => ({ revision: place.revision, namespace: place.namespace, pods: place.pods, ready: place.ready, config: toConfig(place) }));

  return {
    /** The pods changed: istiods may have come or gone. @param pods null = they could not be read */
    reconsider(pods: readonly Pod[] | null): void {
      const found = findControlPlanes(pods ?? []);
      places = found.length > 0 ? found : [DEFAULT_PLACE];
      follow();
    },
    all,
    close(): void {
      for (const { stop } of followed.values()) stop.abort();
    },
  };
}

/** The control plane that decides where nothing names another: the one without a name, else the only one, else the first by name. */
export function findMainPlane(planes: readonly ControlPlane[]): ControlPlane | undefined {
  return planes.find(({ revision }) => revision === DEFAULT_REVISION) ?? planes[0];
}

/**
 * The configuration that holds in each namespace that follows another control plane than the main one.
 * A tag (a label that names no revision) is only known by the pods that were injected through it.
 */
export function toConfigsByNamespace(planes: readonly ControlPlane[], namespaces: readonly Namespace[], pods: readonly Pod[]): Map<string, MeshConfig> {
  const configs = new Map<string, MeshConfig>();
  const main = findMainPlane(planes);
  if (planes.length < 2) return configs;
  const podsOf = new Map<string, Pod[]>();
  for (const pod of pods) podsOf.set(pod.namespace, [...(podsOf.get(pod.namespace) ?? []), pod]);
  const labels = new Map(namespaces.map(({ name, revision }) => [name, revision]));
  for (const name of new Set([...labels.keys(), ...podsOf.keys()])) {
    const revision = findRevision(podsOf.get(name) ?? [], labels.get(name));
    const plane = planes.find((each) => each.revision === revision);
    if (plane !== undefined && plane !== main) configs.set(name, plane.config);
  }
  return configs;
}
