import type { GraphInput } from "./graph-input";
import type { Service, Workload } from "./objects";
import type { ObservedNode } from "./observed";

/** Ids of nodes that are no workload; workloads have a slash in theirs. */
export const CLIENT_ID = "client";
export const UNIDENTIFIED_ID = "unidentified";

/** Something that can be an end of a line. */
export interface Place {
  id: string;
  kind: "workload" | "service" | "client" | "unidentified";
  namespace: string | null;
  name: string;
  /** Set when it is in another cluster than the API server's. */
  cluster: string | null;
  /** What the API server knows of it. */
  workload: Workload | null;
  /** What Kiali knows of it. */
  observed: ObservedNode | null;
}

/** Names and places, looked up the same way for Kiali's nodes and for our own calls. */
export interface Places {
  /** @returns null for what cannot be an end: boxes, aggregates, an unknown destination */
  ofObserved(node: ObservedNode): Place | null;
  /** @param name `namespace/name` */
  ofWorkload(name: string): Place;
  /** A service's own word for itself in an answer: a workload, its app label, or a Service that leads to one. */
  ofHop(name: string, namespace: string): Place | null;
}

export function createPlaces(input: GraphInput): Places {
  const workloads = new Map(input.workloads.map((workload) => [`${workload.namespace}/${workload.name}`, workload]));
  const home = input.homeCluster ?? toHomeCluster(input, workloads);

  function ofWorkload(name: string, cluster: string | null = null, observed: ObservedNode | null = null): Place {
    const slash = name.indexOf("/");
    const workload = cluster === null ? (workloads.get(name) ?? null) : null;
    return {
      id: cluster === null ? name : `${name}@${cluster}`,
      kind: "workload",
      namespace: slash < 0 ? null : name.slice(0, slash),
      name: name.slice(slash + 1),
      cluster,
      workload,
      observed,
    };
  }

  // Thousands of calls name the same few places.
  const named = new Map<string, Place>();
  const hops = new Map<string, Map<string, Place | null>>();
  const ofName = (name: string): Place => {
    const place = named.get(name) ?? ofWorkload(name);
    named.set(name, place);
    return place;
  };
  const findHop = (name: string, namespace: string): Place | null => {
    const workload = workloads.get(`${namespace}/${name}`) ?? onlyWorkloadOf(input.workloads, namespace, name) ?? workloadBehind(input, namespace, name);
    return workload === null ? null : ofName(`${workload.namespace}/${workload.name}`);
  };

  return {
    ofWorkload: ofName,
    ofObserved(node) {
      if (node.kind === "unknown")
        return { id: UNIDENTIFIED_ID, kind: "unidentified", namespace: null, name: "unidentified caller", cluster: null, workload: null, observed: node };
      const cluster = node.cluster === home || node.cluster === "unknown" ? null : node.cluster;
      if (node.kind === "service") {
        if (node.service === null || node.service === "unknown") return null;
        const name = `${node.namespace}/${node.service}`;
        return {
          id: `service:${name}${cluster === null ? "" : `@${cluster}`}`,
          kind: "service",
          namespace: node.namespace,
          name: node.service,
          cluster,
          workload: null,
          observed: node,
        };
      }
      const own = node.workload ?? (cluster === null ? onlyWorkloadOf(input.workloads, node.namespace, node.app)?.name : undefined) ?? node.app;
      return node.kind === "other" || own === null || own === undefined ? null : ofWorkload(`${node.namespace}/${own}`, cluster, node);
    },
    ofHop(name, namespace) {
      const inNamespace = hops.get(namespace) ?? new Map<string, Place | null>();
      const known = inNamespace.get(name);
      if (known !== undefined) return known;
      const place = findHop(name, namespace);
      hops.set(namespace, inNamespace.set(name, place));
      return place;
    },
  };
}

/** Kiali may know several clusters; ours is the one that has most of the workloads the API server lists. */
function toHomeCluster({ observed }: GraphInput, workloads: ReadonlyMap<string, Workload>): string | null {
  const counts = new Map<string, number>();
  for (const { cluster, namespace, workload } of observed?.nodes ?? []) {
    if (cluster !== "unknown") counts.set(cluster, (counts.get(cluster) ?? 0) + (workload !== null && workloads.has(`${namespace}/${workload}`) ? 1 : 0));
  }
  const [best] = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return best?.[0] ?? null;
}

function onlyWorkloadOf(workloads: readonly Workload[], namespace: string, app: string | null): Workload | null {
  if (app === null) return null;
  const [first, ...others] = workloads.filter((workload) => workload.namespace === namespace && workload.app === app);
  return others.length === 0 ? (first ?? null) : null;
}

function workloadBehind({ services, workloads }: GraphInput, namespace: string, name: string): Workload | null {
  const service = services.find((candidate) => candidate.namespace === namespace && candidate.name === name);
  if (service === undefined) return null;
  const [first, ...others] = workloads.filter((workload) => leadsTo(service, workload));
  return others.length === 0 ? (first ?? null) : null;
}

export function leadsTo({ namespace, selector }: Service, workload: Workload): boolean {
  const pairs = Object.entries(selector);
  return namespace === workload.namespace && pairs.length > 0 && pairs.every(([key, value]) => workload.labels[key] === value);
}
