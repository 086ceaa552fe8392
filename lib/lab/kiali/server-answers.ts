import type { Store } from "../objects";
import { IDENTITY_DOMAIN, listControlPlanes, listNamespaces, listServices, listWorkloads, selects, type Workload } from "./cluster";
import { TOLERANCES, toWorkloadStatus } from "./health";
import { CLUSTER } from "./metrics";

/** What the answers below say of the programs around Kiali. */
export interface Surroundings {
  /** Kiali's own; `unknown` is what a locally built one says. */
  version: string;
  kubernetesVersion: string;
  /** The API server as Kiali reaches it. */
  apiEndpoint: string;
  scrapeIntervalSeconds: number;
}

/** `GET /api` and `/api/status`. */
export function toStatusInfo({ version, kubernetesVersion }: Surroundings): unknown {
  return {
    status: {
      "Disabled features": "",
      "Kiali commit hash": "unknown",
      "Kiali container version": version,
      "Kiali state": "running",
      "Kiali version": version,
    },
    externalServices: [
      { name: `Kubernetes-${CLUSTER}`, version: kubernetesVersion, tempoConfig: {} },
      { name: "Prometheus", tempoConfig: {} },
    ],
    warningMessages: [],
    istioEnvironment: { istioAPIEnabled: false },
  };
}

/** `GET /api/config`: what a companion needs; Kiali's settings of its own console are left out. */
export function toConfig(store: Store, { apiEndpoint, scrapeIntervalSeconds }: Surroundings): unknown {
  const [plane] = listControlPlanes(store);
  return {
    authStrategy: "anonymous",
    clusters: { [CLUSTER]: { accessible: true, apiEndpoint, isKialiHome: true, kialiInstances: null, name: CLUSTER, secretName: "" } },
    clusterWideAccess: true,
    controlPlanes: plane === undefined ? {} : { [CLUSTER]: plane.namespace },
    deployment: {},
    healthConfig: {
      rate: [{ tolerance: TOLERANCES.map(({ name, degraded, failure }) => ({ code: name, degraded, failure, protocol: "http", direction: ".*" })) }],
    },
    istioAPIInstalled: true,
    istioGatewayInstalled: true,
    istioIdentityDomain: IDENTITY_DOMAIN,
    istioLabels: { appLabelName: "", versionLabelName: "" },
    istioStatusEnabled: true,
    prometheus: { enabled: true, globalScrapeInterval: scrapeIntervalSeconds, storageTsdbRetention: 1200 },
    runMode: "app",
  };
}

/** `GET /api/namespaces`. */
export function toNamespaceList(store: Store): unknown {
  return listNamespaces(store).map(({ name, isControlPlane, labels, annotations, revision }) => ({
    name,
    cluster: CLUSTER,
    isAmbient: false,
    isControlPlane,
    labels,
    annotations,
    ...(revision === undefined ? {} : { revision }),
  }));
}

/** `GET /api/clusters/workloads`; health holds replicas only, and only when asked for. */
export function toWorkloadList(store: Store, namespaces: readonly string[], withHealth: boolean): unknown {
  const workloads = namespaces.flatMap((namespace) => listWorkloads(store, namespace));
  return {
    cluster: CLUSTER,
    workloads: workloads.map((workload) => toWorkloadListItem(workload, withHealth)),
    validations: { workload: toValidations(workloads) },
  };
}

function toWorkloadListItem(workload: Workload, withHealth: boolean): unknown {
  const { metadata } = workload.object;
  return {
    name: workload.name,
    namespace: workload.namespace,
    cluster: CLUSTER,
    gvk: { Group: workload.kind === "Deployment" ? "apps" : "", Version: "v1", Kind: workload.kind },
    createdAt: metadata.creationTimestamp,
    resourceVersion: metadata.resourceVersion,
    istioSidecar: workload.hasSidecar,
    isAmbient: false,
    isGateway: workload.isGateway,
    isWaypoint: false,
    isZtunnel: false,
    additionalDetailSample: null,
    labels: workload.labels,
    appLabel: workload.app !== undefined,
    versionLabel: workload.version !== undefined,
    podCount: workload.podCount,
    annotations: metadata.annotations ?? {},
    healthAnnotations: {},
    istioReferences: [],
    dashboardAnnotations: null,
    serviceAccountNames: workload.serviceAccountNames,
    health: { requests: emptyRequests(), workloadStatus: withHealth ? toWorkloadStatus(workload) : null },
    waypointWorkloads: null,
    ValidationKey: "",
    ValidationVersion: "",
  };
}

const emptyRequests = () => ({ healthAnnotations: {}, inbound: {}, outbound: {} });

function toValidations(workloads: readonly Workload[]): unknown {
  const validation = ({ name, namespace }: Workload) => ({
    name,
    namespace,
    cluster: CLUSTER,
    objectGVK: { Group: "", Version: "", Kind: "workload" },
    valid: true,
    checks: [],
    references: null,
  });
  return Object.fromEntries(workloads.map((workload) => [`${workload.name}.${workload.namespace}`, validation(workload)]));
}

/** `GET /api/clusters/services`. */
export function toServiceList(store: Store, namespaces: readonly string[]): unknown {
  const services = namespaces.flatMap((namespace) => {
    const workloads = listWorkloads(store, namespace);
    return listServices(store, namespace).map((service) => ({ service, behind: workloads.filter(({ labels }) => selects(service.selector, labels)) }));
  });
  return {
    cluster: CLUSTER,
    services: services.map(({ service, behind }) => ({
      name: service.name,
      namespace: service.namespace,
      istioSidecar: behind.length > 0 && behind.every(({ hasSidecar }) => hasSidecar),
      cluster: CLUSTER,
      isAmbient: false,
      appLabel: service.app !== undefined,
      additionalDetailSample: null,
      annotations: null,
      healthAnnotations: {},
      ports: null,
      labels: service.labels,
      selector: service.selector,
      istioReferences: [],
      kialiWizard: "",
      serviceRegistry: "Kubernetes",
      health: { requests: emptyRequests() },
    })),
    validations: {},
  };
}
