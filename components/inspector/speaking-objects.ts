import type { EffectivePolicy } from "@/lib/mesh/effective-policy";
import type { ObjectRef, PeerAuthentication } from "@/lib/mesh/objects";

/** The objects that say something for a workload: of each step and port, once each, from mesh to port. */
export function toSpeakingObjects(policy: EffectivePolicy | null): ObjectRef[] {
  const objects = [...(policy?.steps ?? []).flatMap(({ object }) => object ?? []), ...(policy?.ports ?? []).map(({ object }) => object)];
  return objects.filter((object, index) => objects.findIndex((other) => isSame(object, other)) === index);
}

/** Those of the policies that are among the objects, in the objects' order. */
export function toSpeakingPolicies(policy: EffectivePolicy | null, policies: readonly PeerAuthentication[]): PeerAuthentication[] {
  return toSpeakingObjects(policy).flatMap((object) => policies.find((candidate) => isSame(candidate, object)) ?? []);
}

function isSame(a: Pick<ObjectRef, "namespace" | "name">, b: Pick<ObjectRef, "namespace" | "name">): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}
