import type { Call } from "./calls";
import type { ObserverStatus } from "./edge-facts";
import type { DestinationRule, MeshConfig, Namespace, PeerAuthentication, Service, Workload } from "./objects";
import type { ObservedGraph } from "./observed";

/** Everything the graph is made of. A source that could not be read is null, never an empty list: an empty list is a statement. */
export interface GraphInput {
  now: number;
  /** Which namespaces have a frame, and how far back own calls count. */
  view: { namespaces: readonly string[]; windowSeconds: number };
  config: MeshConfig;
  /** Where another control plane than `config`'s decides, by namespace; absent = nowhere. */
  configs?: ReadonlyMap<string, MeshConfig>;
  namespaces: readonly Namespace[];
  /** Of all namespaces that could be read. */
  workloads: readonly Workload[];
  services: readonly Service[];
  policies: readonly PeerAuthentication[] | null;
  destinationRules: readonly DestinationRule[] | null;
  /** Kiali's last good answer. */
  observed: ObservedGraph | null;
  kiali: ObserverStatus;
  /**
   * Padlock's own, from the last two minutes and the window before them, if so many are kept: those that are older than the window are not drawn, but Kiali's figures, which lag
   * behind, still hold them, and without them here they would look like somebody else's.
   */
  calls: readonly Call[];
  /**
   * Who our callers are: `namespace/name` of a workload, for the gateway of the one behind its address. They are drawn also when they are idle.
   */
  callers: { gateway: string | null; "with-sidecar": string | null; "without-sidecar": string | null };
  /**
   * When plaintext of ours that is not shown was *answered*: enforcement checks, and calls that a reset has cleared. By `namespace/name` of the
   * workload; epoch ms of their start.
   */
  checkTimesByTarget: ReadonlyMap<string, readonly number[]>;
  /** When a policy of the namespace last changed; the root namespace's entry stands for the mesh. */
  lastChangeByNamespace: ReadonlyMap<string, number>;
  /** The same for DestinationRules; absent = none known. */
  lastRuleChangeByNamespace?: ReadonlyMap<string, number>;
  /** How often Prometheus asks the proxies: 15 on the Istio addon, 1 on the lab. */
  scrapeSeconds: number;
  /** Kiali's name for the cluster the API server is of; absent = the one that most known workloads are in. */
  homeCluster?: string;
  formatTime: (at: number) => string;
}

/** The configuration that holds in a namespace; what has none is outside and follows the main one. */
export function toConfig({ config, configs }: Pick<GraphInput, "config" | "configs">, namespace: string | null): MeshConfig {
  return (namespace === null ? undefined : configs?.get(namespace)) ?? config;
}
