import { RESOURCES } from "@/lib/kubernetes/paths";
import type { AccessQuestion } from "@/lib/kubernetes/reviews";
import { type ActionPlaces, toQuestions } from "./rights";

/**
 * All that this code asks of an API server, so that what is granted to it can be exactly that. A source file that asks for more fails the
 * test beside it.
 */

export interface Access {
  group: string;
  /** `pods`, `pods/exec`. */
  resource: string;
  verbs: string[];
}

/** Everywhere: who wants less gets a page that says what it could not read. */
export const READS: Access[] = [
  ...Object.values(RESOURCES)
    .filter(({ plural }) => plural !== RESOURCES.configMaps.plural)
    .map(({ group, plural }) => ({ group, resource: plural, verbs: ["list", "watch"] })),
  // Addresses under which a gateway's node port is reached, and where its pods run.
  { group: "", resource: "nodes", verbs: ["list"] },
  { group: "", resource: "pods", verbs: ["get"] },
  { group: "gateway.networking.k8s.io", resource: "gateways", verbs: ["list"] },
  { group: "gateway.networking.k8s.io", resource: "httproutes", verbs: ["list"] },
];

/** In the namespace of the control plane: the mesh's configuration, and the addresses of Kiali. */
export const CONTROL_PLANE_READS: Access[] = [
  { group: "", resource: "configmaps", verbs: ["list", "watch"] },
  { group: "networking.k8s.io", resource: "ingresses", verbs: ["list"] },
];

const PLACES: ActionPlaces = {
  namespace: "lab",
  // On a cluster the mesh-wide policy is left alone.
  meshNamespace: null,
  callers: { "with-sidecar": null, "without-sidecar": null },
  target: null,
  secret: null,
  kubernetesVersion: null,
};

/** In the namespaces that may be changed; `get` is how the policy is read again before it is written. */
export const CHANGES: Access[] = [
  { group: RESOURCES.peerAuthentications.group, resource: RESOURCES.peerAuthentications.plural, verbs: ["get"] },
  ...toAccess(
    (["switch", "reset", "probe-pods"] as const).flatMap((action) => toQuestions(action, PLACES)),
    PLACES.namespace,
  ),
];

/** In the namespaces of the pods that call, and of the workload that is called. */
export const PROBES: Access[] = toAccess(
  (["probe-with-sidecar", "probe-without-sidecar", "read-logs"] as const).flatMap((action) => toQuestions(action, PLACES)),
  PLACES.namespace,
);

/** Ways that are used when the others fail, and that a cluster's owner grants knowingly: they are in no manifest of ours. */
export const NOT_GRANTED: Access[] = [
  { group: "", resource: "secrets", verbs: ["get"] },
  { group: "", resource: "serviceaccounts/token", verbs: ["create"] },
  { group: "", resource: "pods/portforward", verbs: ["get", "create"] },
  { group: "", resource: "services/proxy", verbs: ["get", "create"] },
  { group: "route.openshift.io", resource: "routes", verbs: ["list"] },
];

function toAccess(questions: readonly AccessQuestion[], namespace: string): Access[] {
  return questions
    .filter((question) => question.namespace === namespace)
    .map(({ group, resource, subresource, verb }) => ({ group, resource: subresource === undefined ? resource : `${resource}/${subresource}`, verbs: [verb] }));
}
