import type { KubeObject } from "../objects";

/** A pod as the mesh speaks of it. */
export interface Workload {
  namespace: string;
  pod: string;
  /** Name of what made the pod, a Deployment's in this lab. */
  name: string;
  labels: Readonly<Record<string, string>>;
  serviceAccount: string;
  address: string;
  /** The injector's label `security.istio.io/tlsMode: istio`: clients may send mutual TLS. */
  acceptsMutualTls: boolean;
}

/** @returns undefined while the pod has no address */
export function toWorkload(pod: KubeObject): Workload | undefined {
  const address = pod.status?.podIP;
  if (typeof address !== "string") return undefined;
  const labels = pod.metadata.labels ?? {};
  const serviceAccount = pod.spec?.serviceAccountName;
  return {
    namespace: pod.metadata.namespace ?? "default",
    pod: pod.metadata.name,
    name: workloadName(pod),
    labels,
    serviceAccount: typeof serviceAccount === "string" ? serviceAccount : "default",
    address,
    acceptsMutualTls: labels["security.istio.io/tlsMode"] === "istio",
  };
}

/** A Deployment's pods belong to a ReplicaSet named `<deployment>-<pod-template-hash>` (istio `pkg/kube/controllers`, GetDeployMetaFromPod). */
function workloadName(pod: KubeObject): string {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
  const hash = pod.metadata.labels?.["pod-template-hash"];
  if (!owner) return pod.metadata.name;
  return owner.kind === "ReplicaSet" && hash && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name;
}
