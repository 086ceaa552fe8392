import { z } from "zod";
import type { KubeObject } from "../objects";

/** What a sidecar's port accepts: plaintext, either, or mutual TLS alone. */
export type MutualTlsMode = "DISABLE" | "PERMISSIVE" | "STRICT";

export interface PeerAuthenticationPolicy {
  name: string;
  namespace: string;
  /** Undefined or empty: the policy is for the whole namespace, or the mesh when it is in the root namespace. */
  selector: Readonly<Record<string, string>> | undefined;
  /** Undefined for UNSET and for no `mtls` at all: inherits. */
  mode: MutualTlsMode | undefined;
  ports: ReadonlyMap<number, MutualTlsMode>;
}

export interface PolicyTarget {
  namespace: string;
  labels: Readonly<Record<string, string>>;
}

const mtls = z.object({ mode: z.enum(["UNSET", "DISABLE", "PERMISSIVE", "STRICT"]).optional() }).nullish();
const specSchema = z.object({
  selector: z.object({ matchLabels: z.record(z.string(), z.string()).nullish() }).nullish(),
  mtls,
  portLevelMtls: z.record(z.string(), mtls).nullish(),
});

/**
 * The policies istiod keeps, oldest first: those of another revision are not seen, and of the selector-less ones in a namespace only the oldest
 * survives, even when its mode is UNSET (istio `pilot/pkg/model/authentication.go`, addPeerAuthentication; order by time, name, namespace: `config.go`).
 */
export function toPeerAuthenticationPolicies(objects: readonly KubeObject[]): PeerAuthenticationPolicy[] {
  const namespacesDone = new Set<string>();
  return objects
    .filter(isSeen)
    .toSorted(oldestFirst)
    .flatMap((object) => {
      const spec = specSchema.safeParse(object.spec ?? {});
      if (!spec.success) return [];
      const namespace = object.metadata.namespace ?? "default";
      const selector = spec.data.selector?.matchLabels ?? undefined;
      if (isEmpty(selector)) {
        if (namespacesDone.has(namespace)) return [];
        namespacesDone.add(namespace);
      }
      const ports = new Map<number, MutualTlsMode>();
      for (const [port, setting] of Object.entries(spec.data.portLevelMtls ?? {})) {
        const mode = toMode(setting?.mode);
        if (mode) ports.set(Number(port), mode);
      }
      return [{ name: object.metadata.name, namespace, selector, mode: toMode(spec.data.mtls?.mode), ports }];
    });
}

/**
 * The mode of a pod's port, counted as the container's (istio `policy_applier.go`, ComposePeerAuthentication). Without a port: the pod's mode where no
 * port exception applies.
 */
export function effectiveMode(policies: readonly PeerAuthenticationPolicy[], rootNamespace: string, target: PolicyTarget, port?: number): MutualTlsMode {
  const workload =
    target.namespace === rootNamespace
      ? undefined
      : policies.find((policy) => policy.namespace === target.namespace && !isEmpty(policy.selector) && selects(policy.selector, target.labels));
  const exception = port === undefined ? undefined : workload?.ports.get(port);
  return exception ?? workload?.mode ?? namespaceMode(policies, rootNamespace, target.namespace);
}

/** What mesh and namespace policies alone say; clients judge a whole service by it (istio `push_context.go`, BestEffortInferServiceMTLSMode). */
export function namespaceMode(policies: readonly PeerAuthenticationPolicy[], rootNamespace: string, namespace: string): MutualTlsMode {
  const ofNamespace = (wanted: string) => policies.find((policy) => policy.namespace === wanted && isEmpty(policy.selector))?.mode;
  return ofNamespace(namespace) ?? ofNamespace(rootNamespace) ?? "PERMISSIVE";
}

/** istiod of a normal install has the revision `default`; a label with another one hides the object from it. */
export function isSeen(object: KubeObject): boolean {
  const revision = object.metadata.labels?.["istio.io/rev"];
  return revision === undefined || revision === "default";
}

/** istiod's order of configuration: by second of creation, then name, then namespace. */
export function oldestFirst(a: KubeObject, b: KubeObject): number {
  const key = ({ metadata }: KubeObject) => [metadata.creationTimestamp, metadata.name, metadata.namespace ?? ""];
  const [left, right] = [key(a), key(b)];
  for (let i = 0; i < left.length; i++) {
    const [x, y] = [left[i] ?? "", right[i] ?? ""];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

export function selects(selector: Readonly<Record<string, string>> | undefined, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}

function isEmpty(selector: Readonly<Record<string, string>> | undefined): boolean {
  return !selector || Object.keys(selector).length === 0;
}

function toMode(mode: string | undefined): MutualTlsMode | undefined {
  return mode === "DISABLE" || mode === "PERMISSIVE" || mode === "STRICT" ? mode : undefined;
}
