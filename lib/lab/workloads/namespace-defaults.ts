import { type KubeObject, RESOURCE, type Store } from "../objects";

/** What the controllers of Kubernetes and istiod put into every namespace: the account pods run under, and the root that signs the mesh's identities. */
export function addNamespaceDefaults(store: Store, namespace: KubeObject, meshRoot: string): void {
  const { name } = namespace.metadata;
  if (!store.get(RESOURCE.serviceAccounts, name, "default")) {
    store.put(RESOURCE.serviceAccounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: name } });
  }
  store.put(RESOURCE.configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "istio-ca-root-cert", namespace: name, labels: { "istio.io/config": "true" } },
    data: { "root-cert.pem": meshRoot },
  });
}
