import type { SourceStatus } from "@/lib/api/state";
import { DEFAULT_MESH_CONFIG, toMeshConfig, toNamespace, toService } from "@/lib/kubernetes/cluster-objects";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import { createDiscovery, type Discovery, getServerVersion } from "@/lib/kubernetes/discovery";
import { type Gateway, toGateway, toVirtualService, type VirtualService } from "@/lib/kubernetes/gateway-objects";
import { type OutsideService, toOutsideService } from "@/lib/kubernetes/gateway-service";
import type { Change } from "@/lib/kubernetes/object-set";
import { RESOURCES, type ResourceType } from "@/lib/kubernetes/paths";
import { type Pod, toPod, toWorkloads } from "@/lib/kubernetes/pod-objects";
import { toDestinationRule, toPeerAuthentication } from "@/lib/kubernetes/policy-objects";
import { watchResource } from "@/lib/kubernetes/watch";
import type { WatchState } from "@/lib/kubernetes/watch-state";
import type { DestinationRule, MeshConfig, Namespace, PeerAuthentication, Service, Workload } from "@/lib/mesh/objects";

/** What the watches know, as plain lists. `null` = that kind has never been read. */
export interface ClusterObjects {
  config: MeshConfig;
  namespaces: readonly Namespace[];
  workloads: readonly Workload[] | null;
  services: readonly Service[];
  outsideServices: readonly OutsideService[];
  policies: readonly PeerAuthentication[] | null;
  destinationRules: readonly DestinationRule[];
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
}

/** A policy as it was before and is now; null = it was not there, or is gone. */
export interface PolicyChange {
  before: PeerAuthentication | null;
  after: PeerAuthentication | null;
}

export interface Cluster {
  readonly connection: KubernetesConnection;
  readonly discovery: Discovery;
  readonly objects: ClusterObjects;
  readonly source: SourceStatus;
  readonly version: string | null;
  /** When a DestinationRule of a namespace last changed, epoch ms; what was there at the start is no change. */
  readonly ruleChanges: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface ClusterOptions {
  kubeconfig: string;
  context?: string;
  onChange(): void;
  /** Changes of policies after the first list; the first list is no change. */
  onPolicies(changes: readonly PolicyChange[]): void;
}

/** One watch per kind, however many pages look. @throws KubeconfigError */
export async function createCluster({ kubeconfig, context, onChange, onPolicies }: ClusterOptions): Promise<Cluster> {
  const connection = await connectKubernetes({ kubeconfigPath: kubeconfig, ...(context === undefined ? {} : { context }) });
  const discovery = createDiscovery(connection);
  const closing = new AbortController();
  const states = new Map<string, WatchState>();
  const ruleChanges = new Map<string, number>();
  let rulesRead = false;
  let version: string | null = null;

  const kinds = {
    namespaces: [] as readonly Namespace[],
    pods: null as readonly Pod[] | null,
    services: [] as readonly Service[],
    outsideServices: [] as readonly OutsideService[],
    policies: null as readonly PeerAuthentication[] | null,
    destinationRules: [] as readonly DestinationRule[],
    gateways: [] as readonly Gateway[],
    virtualServices: [] as readonly VirtualService[],
    config: DEFAULT_MESH_CONFIG,
  };
  let objects = toObjects(kinds);

  const changed = () => {
    objects = toObjects(kinds);
    onChange();
  };
  const watch = <T>(
    resource: ResourceType,
    toDomain: (object: unknown) => T | null,
    take: (items: readonly T[], changes: readonly Change<T>[]) => void,
    more: { namespace?: string; fieldSelector?: string } = {},
  ) => {
    void watchResource<T>({
      connection,
      discovery,
      resource,
      toDomain,
      signal: closing.signal,
      ...more,
      onChange(items, changes) {
        take([...items.values()], changes);
        changed();
      },
      onState(state) {
        states.set(resource.kind, withLastGood(states.get(resource.kind), state));
        if (state.state === "ok" && version === null) void learnVersion();
        onChange();
      },
    });
  };
  const learnVersion = async () => {
    version = await getServerVersion(connection, closing.signal).catch(() => null);
    if (version !== null) onChange();
  };

  watch(RESOURCES.namespaces, toNamespace, (items) => {
    kinds.namespaces = items;
  });
  watch(RESOURCES.pods, toPod, (items) => {
    kinds.pods = items;
  });
  watch(RESOURCES.services, toServices, (items) => {
    kinds.services = items.map(({ service }) => service);
    kinds.outsideServices = items.map(({ outside }) => outside);
  });
  watch(RESOURCES.peerAuthentications, toPeerAuthentication, (items) => {
    const before = kinds.policies;
    kinds.policies = items;
    if (before !== null) {
      objects = toObjects(kinds);
      const changes = diffPolicies(before, items);
      if (changes.length > 0) onPolicies(changes);
    }
  });
  watch(RESOURCES.destinationRules, toDestinationRule, (items, changes) => {
    for (const { item } of rulesRead ? changes : []) ruleChanges.set(item.namespace, Date.now());
    rulesRead = true;
    kinds.destinationRules = items;
  });
  watch(RESOURCES.gateways, toGateway, (items) => {
    kinds.gateways = items;
  });
  watch(RESOURCES.virtualServices, toVirtualService, (items) => {
    kinds.virtualServices = items;
  });
  watch(
    RESOURCES.configMaps,
    toMeshConfig,
    ([config]) => {
      kinds.config = config ?? DEFAULT_MESH_CONFIG;
    },
    { namespace: DEFAULT_MESH_CONFIG.rootNamespace, fieldSelector: "metadata.name=istio" },
  );

  return {
    connection,
    discovery,
    get objects() {
      return objects;
    },
    get source() {
      return toSourceStatus(states);
    },
    get version() {
      return version;
    },
    ruleChanges,
    async close() {
      closing.abort();
      await connection.close();
    },
  };
}

interface Kinds extends Omit<ClusterObjects, "workloads"> {
  pods: readonly Pod[] | null;
}

function toObjects({ pods, ...kinds }: Kinds): ClusterObjects {
  const ambient = new Set(kinds.namespaces.filter((namespace) => namespace.ambient).map((namespace) => namespace.name));
  return { ...kinds, workloads: pods === null ? null : toWorkloads(pods, kinds.gateways, ambient) };
}

/** A Service from inside and from outside: one watch tells both. */
function toServices(object: unknown): { service: Service; outside: OutsideService } | null {
  const service = toService(object);
  const outside = toOutsideService(object);
  return service === null || outside === null ? null : { service, outside };
}

function diffPolicies(before: readonly PeerAuthentication[], after: readonly PeerAuthentication[]): PolicyChange[] {
  const key = (policy: PeerAuthentication) => `${policy.namespace}/${policy.name}/${policy.uid}`;
  const old = new Map(before.map((policy) => [key(policy), policy]));
  const changes: PolicyChange[] = [];
  for (const policy of after) {
    const previous = old.get(key(policy)) ?? null;
    old.delete(key(policy));
    if (previous?.resourceVersion !== policy.resourceVersion) changes.push({ before: previous, after: policy });
  }
  return [...changes, ...[...old.values()].map((gone) => ({ before: gone, after: null }))];
}

/** A watch that stood open was good until it broke, however long ago its last event was. */
export function withLastGood(before: WatchState | undefined, state: WatchState): WatchState {
  const known = Math.max(state.lastGood ?? 0, before?.lastGood ?? 0, before?.state === "ok" && state.state !== "ok" ? state.since : 0);
  return { ...state, lastGood: known === 0 ? null : known };
}

/** Kinds without which there is no policy side; the others are told of, and done without. */
const NEEDED = new Set(["PeerAuthentication", "Pod", "Namespace"]);
const ORDER: WatchState["state"][] = ["ok", "connecting", "stale", "absent", "forbidden", "down"];

/** The worst state among the kinds that are needed, with its reason. */
function toSourceStatus(states: ReadonlyMap<string, WatchState>): SourceStatus {
  const needed = [...states].filter(([kind]) => NEEDED.has(kind)).map(([, state]) => state);
  if (needed.length < NEEDED.size && needed.every((state) => state.state === "ok")) {
    return { state: "connecting", reason: null, since: Date.now(), lastGood: null, nextTry: null };
  }
  const worst = needed.reduce((bad, state) => (ORDER.indexOf(state.state) > ORDER.indexOf(bad.state) ? state : bad));
  const lastGood = needed.reduce<number | null>(
    (least, state) => (state.lastGood === null || least === null ? null : Math.min(least, state.lastGood)),
    Number.POSITIVE_INFINITY,
  );
  return { state: worst.state, reason: worst.reason, since: worst.since, lastGood, nextTry: worst.nextTry };
}
