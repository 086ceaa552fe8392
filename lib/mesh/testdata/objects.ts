import type { DestinationRule, MeshConfig, PeerAuthentication, Service, Workload } from "../objects";

/** Literals for the table tests: the lab's objects, and builders that fill in what a test does not speak of. */

export const CONFIG: MeshConfig = { rootNamespace: "istio-system", trustDomain: "cluster.local", enableAutoMtls: true, read: true };

export function policy(given: Partial<PeerAuthentication> & Pick<PeerAuthentication, "namespace" | "name">): PeerAuthentication {
  return {
    uid: `uid-${given.namespace}-${given.name}`,
    resourceVersion: "1",
    createdAt: 0,
    labels: {},
    annotations: {},
    selector: null,
    mode: null,
    ports: {},
    owners: [],
    yaml: "",
    ...given,
  };
}

export function rule(given: Partial<DestinationRule> & Pick<DestinationRule, "namespace" | "name" | "host">): DestinationRule {
  return {
    uid: `uid-${given.namespace}-${given.name}`,
    resourceVersion: "1",
    createdAt: 0,
    labels: {},
    annotations: {},
    owners: [],
    exportTo: [],
    hasTrafficPolicy: given.tls !== undefined || given.ports !== undefined,
    tls: null,
    ports: {},
    subsets: [],
    workloadSelector: null,
    ...given,
  };
}

export function workload(given: Partial<Workload> & Pick<Workload, "namespace" | "name">): Workload {
  const app = given.app ?? given.name;
  const sidecar = given.sidecar ?? "sidecar";
  return {
    kind: "Deployment",
    labels: { app },
    app,
    version: null,
    serviceAccount: app,
    sidecar,
    containers: sidecar === "sidecar" ? [app, "istio-proxy"] : [app],
    pods: [{ name: `${given.name}-0`, ip: "10.42.0.1", ready: true }],
    ports: [],
    isGateway: false,
    ...given,
  };
}

export function service(given: Partial<Service> & Pick<Service, "namespace" | "name">): Service {
  return { selector: { app: given.name }, ports: [{ name: "http", port: 8080, targetPort: 8080 }], ...given };
}

export const WEB_API = workload({ namespace: "istioinaction", name: "web-api", labels: { app: "web-api", version: "v1" }, version: "v1", ports: [8081] });
export const RECOMMENDATION = workload({ namespace: "istioinaction", name: "recommendation", labels: { app: "recommendation", version: "v1" }, version: "v1", ports: [8080] });
export const PURCHASE_HISTORY = workload({
  namespace: "istioinaction",
  name: "purchase-history-v1",
  app: "purchase-history",
  labels: { app: "purchase-history", version: "v1" },
  version: "v1",
  ports: [8080],
});
export const MESHED_SLEEP = workload({ namespace: "istioinaction", name: "sleep" });
export const BARE_SLEEP = workload({ namespace: "default", name: "sleep", sidecar: "none" });
export const LEGACY = workload({ namespace: "default", name: "legacy", sidecar: "none", ports: [8080] });
export const GATEWAY = workload({
  namespace: "istio-system",
  name: "istio-ingressgateway",
  labels: { app: "istio-ingressgateway", istio: "ingressgateway" },
  serviceAccount: "istio-ingressgateway-service-account",
  containers: ["istio-proxy"],
  ports: [8080, 8443],
  isGateway: true,
});

export const WEB_API_SERVICE = service({ namespace: "istioinaction", name: "web-api", ports: [{ name: "http", port: 8080, targetPort: 8081 }] });
export const RECOMMENDATION_SERVICE = service({ namespace: "istioinaction", name: "recommendation" });
export const PURCHASE_HISTORY_SERVICE = service({ namespace: "istioinaction", name: "purchase-history" });
export const LEGACY_SERVICE = service({ namespace: "default", name: "legacy" });
