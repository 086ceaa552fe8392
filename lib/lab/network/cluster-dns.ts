import type { KubeObject } from "../objects";

/** The cluster's DNS domain, as every kubelet and istiod default has it. */
export const CLUSTER_DOMAIN = "cluster.local";

export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`;
}

/**
 * The names that mean a Service for a pod of `namespace`: what the pod's resolv.conf search list (`<ns>.svc.cluster.local svc.cluster.local
 * cluster.local`) completes to the Service's full name.
 */
export function serviceNames(service: { name: string; namespace: string }, namespace: string): string[] {
  const { name, namespace: own } = service;
  const names = [`${name}.${own}`, `${name}.${own}.svc`, serviceHost(name, own)];
  return own === namespace ? [name, ...names] : names;
}

/** @returns the Service a name means in a pod of `namespace`; undefined when the cluster's DNS does not know it */
export function lookUpService(services: readonly KubeObject[], namespace: string, host: string): KubeObject | undefined {
  const wanted = host.toLowerCase().replace(/\.$/, "");
  return services.find(({ metadata }) => serviceNames({ name: metadata.name, namespace: metadata.namespace ?? "default" }, namespace).includes(wanted));
}
