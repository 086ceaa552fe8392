import type { EffectivePolicy, PolicyScope } from "@/lib/mesh/effective-policy";
import type { ObjectRef, PeerAuthentication } from "@/lib/mesh/objects";

export interface SpeakingObject {
  scope: PolicyScope;
  object: ObjectRef;
}

/** The objects that say something for a workload: of each step and port, once each, from mesh to port. */
export function toSpeakingObjects(policy: EffectivePolicy | null): SpeakingObject[] {
  const steps = (policy?.steps ?? []).flatMap(({ scope, object }) => (object === null ? [] : [{ scope, object }]));
  const ports = (policy?.ports ?? []).map(({ object }) => ({ scope: "port" as const, object }));
  return [...steps, ...ports].filter(({ object }, index, all) => all.findIndex((other) => isSame(object, other.object)) === index);
}

/** Those of the policies that are among the objects, in the objects' order. */
export function toSpeakingPolicies(policy: EffectivePolicy | null, policies: readonly PeerAuthentication[]): PeerAuthentication[] {
  return toSpeakingObjects(policy).flatMap(({ object }) => policies.find((candidate) => isSame(candidate, object)) ?? []);
}

function isSame(a: Pick<ObjectRef, "namespace" | "name">, b: Pick<ObjectRef, "namespace" | "name">): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}
