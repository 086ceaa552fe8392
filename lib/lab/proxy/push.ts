import { RESOURCE, type Store } from "../objects";
import { type MeshSnapshot, readMeshSnapshot } from "./mesh-snapshot";

export interface ConfigPush {
  /** Reads the store and delivers now; for the start, when there is nothing to wait for. */
  pushNow(): void;
  close(): void;
}

/** PILOT_DEBOUNCE_AFTER and PILOT_DEBOUNCE_MAX, ms (istio `pilot/pkg/features/tuning.go`). */
const DEBOUNCE_AFTER = 100;
const DEBOUNCE_MAX = 10_000;
/** From istiod's push to listeners in force on the Envoys of a small mesh, ms: what was measured (median 133) less the debounce. */
const DELIVERY = 27;

const PUSHED = new Set(
  [
    RESOURCE.services,
    RESOURCE.pods,
    RESOURCE.endpointSlices,
    RESOURCE.configMaps,
    RESOURCE.peerAuthentications,
    RESOURCE.destinationRules,
    RESOURCE.gateways,
    RESOURCE.virtualServices,
  ].map(({ group, plural }) => `${group}/${plural}`),
);

/** Takes the store's changes to the proxies as istiod does: after 100 ms of quiet, at the latest after 10 s, all in one push. */
export function startConfigPush(options: { store: Store; deliver(snapshot: MeshSnapshot): void }): ConfigPush {
  const { store, deliver } = options;
  let quiet: NodeJS.Timeout | undefined;
  let firstChange = 0;
  const deliveries = new Set<NodeJS.Timeout>();

  function push() {
    quiet = undefined;
    const snapshot = readMeshSnapshot(store);
    const delivery = setTimeout(() => {
      deliveries.delete(delivery);
      deliver(snapshot);
    }, DELIVERY);
    deliveries.add(delivery);
  }

  const unsubscribe = store.subscribe(({ resource }) => {
    if (!PUSHED.has(`${resource.group}/${resource.plural}`)) return;
    const now = performance.now();
    if (quiet) clearTimeout(quiet);
    else firstChange = now;
    quiet = setTimeout(push, Math.max(0, Math.min(DEBOUNCE_AFTER, firstChange + DEBOUNCE_MAX - now)));
  });

  return {
    pushNow: () => {
      if (quiet) clearTimeout(quiet);
      quiet = undefined;
      // What is still on its way is older than what is delivered now.
      for (const delivery of deliveries) clearTimeout(delivery);
      deliveries.clear();
      deliver(readMeshSnapshot(store));
    },
    close: () => {
      unsubscribe();
      if (quiet) clearTimeout(quiet);
      for (const delivery of deliveries) clearTimeout(delivery);
    },
  };
}
