import type { ControlPlane } from "@/lib/mesh/objects";
import { findMainPlane } from "./control-planes";
import { quote } from "./shell-commands";

/**
 * What is seen of the istiod that tells a namespace's proxies what holds, and where to look on. Readiness is what its pods say: that it
 * runs elsewhere, or runs and pushes nothing, cannot be seen from here.
 * @param revision that the namespace follows; null = the one without a name
 */
export function toIstiodWords(planes: readonly ControlPlane[], revision: string | null): string {
  const plane = planes.find((each) => each.revision === revision) ?? findMainPlane(planes);
  const namespace = plane?.namespace ?? "istio-system";
  return `istiod tells the proxies, and ${toSeen(plane, namespace)}. Look with kubectl get pods -n ${quote(namespace)} -l app=istiod.`;
}

function toSeen(plane: ControlPlane | undefined, namespace: string): string {
  if (plane === undefined || plane.pods === 0) return `no pod of it is seen in ${namespace}`;
  const { pods, ready } = plane;
  if (ready === 0) return `${pods === 1 ? "its only pod" : `none of its ${pods} pods`} in ${namespace} is ${pods === 1 ? "not " : ""}ready`;
  return `${ready} of ${pods} pods of it ${ready === 1 ? "is" : "are"} ready in ${namespace}`;
}
