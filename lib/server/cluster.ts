import type { UnreadKind } from "@/lib/api/rights";
import type { SourceStatus } from "@/lib/api/state";
import { DEFAULT_MESH_CONFIG, toMeshConfig, toNamespace, toService } from "@/lib/kubernetes/cluster-objects";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import type { KubeconfigChoice } from "@/lib/kubernetes/credentials";
import { createDiscovery, type Discovery, getServerVersion } from "@/lib/kubernetes/discovery";
import { type Gateway, toGateway, toVirtualService, type VirtualService } from "@/lib/kubernetes/gateway-objects";
import { type OutsideService, toOutsideService } from "@/lib/kubernetes/gateway-service";
import type { Change } from "@/lib/kubernetes/object-set";
import { RESOURCES, type ResourceType } from "@/lib/kubernetes/paths";
import { type Pod, toPod, toWorkloads } from "@/lib/kubernetes/pod-objects";
import { toDestinationRule, toPeerAuthentication } from "@/lib/kubernetes/policy-objects";
import { watchResource } from "@/lib/kubernetes/watch";
import type { WatchState } from "@/lib/kubernetes/watch-state";
import type { ControlPlane, DestinationRule, MeshConfig, Namespace, PeerAuthentication, Service, Workload } from "@/lib/mesh/objects";
import { createControlPlanes, findMainPlane, toConfigsByNamespace } from "./control-planes";
import { toSourceStatus, toUnreadKinds, withLastGood } from "./unread-kinds";

/** What the watches know, as plain lists. `null` = that kind has never been read; empty lists of the others may be unread, which `unread` tells. */
export interface ClusterObjects {
  /** Of the main control plane. */
  config: MeshConfig;
  /** Where another control plane decides, by namespace. */
  configs: ReadonlyMap<string, MeshConfig>;
  controlPlanes: readonly ControlPlane[];
  namespaces: readonly Namespace[];
  workloads: readonly Workload[] | null;
  services: readonly Service[];
  outsideServices: readonly OutsideService[];
  policies: readonly PeerAuthentication[] | null;
  destinationRules: readonly DestinationRule[] | null;
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
  /** Kinds whose list has come at least once: only of these an empty list says something. */
  read: ReadonlySet<string>;
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
  readonly unread: UnreadKind[];
  readonly version: string | null;
  /** When a DestinationRule of a namespace last changed, epoch ms; what was there at the start is no change. */
  readonly ruleChanges: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface ClusterOptions {
  choice: KubeconfigChoice;
  onChange(): void;
  /** Changes of policies after the first list; the first list is no change. */
  onPolicies(changes: readonly PolicyChange[]): void;
}

/** One watch per kind, however many pages look. @throws KubeconfigError */
export async function createCluster({ choice, onChange, onPolicies }: ClusterOptions): Promise<Cluster> {
  const connection = await connectKubernetes(choice);
  const discovery = createDiscovery(connection);
  const closing = new AbortController();
  const states = new Map<string, WatchState>();
  const ruleChanges = new Map<string, number>();
  let rulesRead = false;
  let version: string | null = null;

  const kinds = {
    namespaces: null as readonly Namespace[] | null,
    pods: null as readonly Pod[] | null,
    services: [] as readonly Service[],
    outsideServices: [] as readonly OutsideService[],
    policies: null as readonly PeerAuthentication[] | null,
    destinationRules: null as readonly DestinationRule[] | null,
    gateways: null as readonly Gateway[] | null,
    virtualServices: [] as readonly VirtualService[],
    read: new Set<string>(),
    planes: [] as readonly ControlPlane[],
  };
  /** Made when it is asked for: thousands of pods change more often than anybody looks. */
  let objects: ClusterObjects | null = null;

  const changed = () => {
    objects = null;
    onChange();
  };
  const watch = <T>(
    resource: ResourceType,
    toDomain: (object: unknown) => T | null,
    take: (items: readonly T[], changes: readonly Change<T>[]) => void,
    one?: { namespace: string; name: string; until: AbortSignal },
  ) => {
    const key = one === undefined ? resource.kind : `${resource.kind} ${one.namespace}/${one.name}`;
    const until = one?.until ?? closing.signal;
    until.addEventListener("abort", () => states.delete(key), { once: true });
    void watchResource<T>({
      connection,
      discovery,
      resource,
      toDomain,
      signal: until,
      ...(one === undefined ? {} : { namespace: one.namespace, fieldSelector: `metadata.name=${one.name}` }),
      onChange(items, changes) {
        kinds.read.add(resource.kind);
        take([...items.values()], changes);
        changed();
      },
      onState(state) {
        if (until.aborted) return;
        states.set(key, withLastGood(states.get(key), state));
        if (state.state === "ok" && version === null) void learnVersion();
        onChange();
      },
    });
  };
  const learnVersion = async () => {
    version = await getServerVersion(connection, closing.signal).catch(() => null);
    if (version !== null) onChange();
  };

  const planes = createControlPlanes({
    watch({ namespace, configMap: name }, take, until) {
      const onConfig = ([config]: readonly MeshConfig[]) => {
        take(config ?? null);
        kinds.planes = planes.all();
      };
      watch(RESOURCES.configMaps, toMeshConfig, onConfig, { namespace, name, until });
    },
  });

  watch(RESOURCES.namespaces, toNamespace, (items) => {
    kinds.namespaces = items;
  });
  watch(RESOURCES.pods, toPod, (items) => {
    kinds.pods = items;
    planes.reconsider(items);
    kinds.planes = planes.all();
  });
  watch(RESOURCES.services, toServices, (items) => {
    kinds.services = items.map(({ service }) => service);
    kinds.outsideServices = items.map(({ outside }) => outside);
  });
  watch(RESOURCES.peerAuthentications, toPeerAuthentication, (items) => {
    const before = kinds.policies;
    kinds.policies = items;
    if (before !== null) {
      objects = null;
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
  planes.reconsider(null);
  kinds.planes = planes.all();

  return {
    connection,
    discovery,
    get objects() {
      objects ??= toObjects(kinds);
      return objects;
    },
    get unread() {
      return toUnreadKinds(states);
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
      planes.close();
      await connection.close();
    },
  };
}

interface Kinds extends Omit<ClusterObjects, "workloads" | "namespaces" | "gateways" | "config" | "configs" | "controlPlanes"> {
  pods: readonly Pod[] | null;
  namespaces: readonly Namespace[] | null;
  gateways: readonly Gateway[] | null;
  planes: readonly ControlPlane[];
}

function toObjects({ pods, namespaces, gateways, planes, ...kinds }: Kinds): ClusterObjects {
  const ambient = namespaces === null ? null : new Set(namespaces.filter((namespace) => namespace.ambient).map((namespace) => namespace.name));
  return {
    ...kinds,
    config: findMainPlane(planes)?.config ?? DEFAULT_MESH_CONFIG,
    configs: toConfigsByNamespace(planes, namespaces ?? [], pods ?? []),
    controlPlanes: planes,
    namespaces: namespaces ?? [],
    gateways: gateways ?? [],
    workloads: pods === null ? null : toWorkloads(pods, gateways, ambient),
  };
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
