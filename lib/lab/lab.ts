import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { openHandover } from "./handover";
import { createMetrics } from "./kiali/metrics";
import { createKiali } from "./kiali/server";
import { asAppliedByKubectl } from "./kubernetes/client-side-apply";
import { createKubernetesApi } from "./kubernetes/server";
import { createStore } from "./kubernetes/store";
import { createLabCertificates } from "./network/certificates";
import { serviceHost } from "./network/cluster-dns";
import { createLabNetwork, type LabNetwork } from "./network/lab-network";
import { RESOURCE, type Store } from "./objects";
import { loadScenario, parseScenario, ScenarioError, type ScenarioObject } from "./scenarios/scenario";
import { startDataPlane } from "./workloads/data-plane";
import { admitPod } from "./workloads/pod-template";
import { primeTraffic } from "./workloads/prime-traffic";

export interface LabOptions {
  /** The checkout; its `.lab` folder is written, and its path decides which addresses the lab takes. */
  directory: string;
  /** A file of manifests; the checkout's own scenario when left out. */
  scenario?: string;
  /** Behave as on a machine whose only loopback address is 127.0.0.1 (macOS). */
  singleAddress?: boolean;
}

/** A running lab and what its users need to reach it. */
export interface Lab {
  /** Absolute paths of the files that were handed over. */
  kubeconfig: string;
  environment: string;
  kubernetesUrl: string;
  kialiUrl: string;
  gateway: { ip: string; port: number; caFile: string };
  /** First calls that were not served, in words; the paths concerned are the scenario's business. */
  unserved: readonly string[];
  /** Notes the page's address for whoever reads lab.env. @throws TypeError for something that is no http address */
  setPadlockUrl(url: string): Promise<void>;
  /** Takes the handed over files away and ends every listener and connection; well under 2 s. */
  close(): Promise<void>;
}

/** The scenario opens no HTTPS port at an ingress gateway, so there is no gateway to hand over. */
export class NoGatewayError extends Error {
  override readonly name = "NoGatewayError";
}

const DEFAULT_SCENARIO = "lib/lab/scenarios/istioinaction.yaml";
/** Last numbers of the lab's addresses for what is not a pod; the gateway's load balancer has .2. */
const KUBERNETES = { last: 1, port: 6443 };
const KIALI = { last: 3, port: 20_001 };
/** The release whose answers the lab gives; the suffix says that it is not one. */
const VERSION = { major: "1", minor: "35", gitVersion: "v1.35.4+padlock-lab" };

/**
 * Starts the whole stand-in cluster and hands it over.
 * @throws LabAlreadyRunsError while one runs in the checkout; HandoverFolderError, ScenarioError, NoGatewayError, NoLoopbackNetworkError
 */
export async function startLab({ directory, scenario, singleAddress }: LabOptions): Promise<Lab> {
  const handover = await openHandover(directory);
  const started: (() => Promise<void> | void)[] = [];
  let closed: Promise<void> | undefined;
  const endAll = async () => {
    await handover.withdraw();
    for (const end of started.reverse()) await end();
    await handover.close();
  };
  const close = () => {
    closed ??= endAll();
    return closed;
  };
  try {
    const objects = await readScenario(scenario ?? path.join(directory, DEFAULT_SCENARIO));
    const [network, certificates] = await Promise.all([createLabNetwork({ seed: path.resolve(directory), singleAddress }), createLabCertificates()]);
    started.push(() => network.close());
    const store = createStore();
    loadScenario(store, objects.map(withOwner));
    const metrics = createMetrics();
    started.push(() => metrics.close());
    const dataPlane = await startDataPlane({ store, telemetry: metrics, network, certificates });
    started.push(() => dataPlane.close());
    const gateway = dataPlane.gateway();
    if (!gateway) throw new NoGatewayError("The scenario opens no HTTPS port at an ingress gateway.");

    const adminToken = createToken();
    const viewToken = createToken();
    const kubernetesAt = wishedAddress(network, KUBERNETES);
    const names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", serviceHost("kubernetes", "default"), "localhost"];
    const kubernetes = createKubernetesApi({
      store,
      dataPlane,
      tokens: new Map([
        [adminToken, { user: "padlock", groups: ["system:masters"], access: "admin" }],
        [viewToken, { user: "padlock-viewer", groups: [], access: "view" }],
      ]),
      tls: await certificates.kubernetes.issueServer({ commonName: "kube-apiserver", dns: names, ip: [kubernetesAt.host] }),
      version: VERSION,
      admit: (resource, object) =>
        resource.plural === "pods" && resource.group === ""
          ? admitPod(object, store.get(RESOURCE.namespaces, undefined, object.metadata.namespace ?? ""))
          : object,
    });
    const { port } = await listenNear(kubernetes.listen, kubernetesAt);
    started.push(() => kubernetes.close());
    const kubernetesUrl = `https://${kubernetesAt.host}:${port}`;

    const kiali = createKiali({ store, metrics, kubernetesVersion: VERSION.gitVersion, apiEndpoint: kubernetesUrl });
    const kialiAt = wishedAddress(network, KIALI);
    const { url: kialiUrl, port: kialiPort } = await listenNear(kiali.listen, kialiAt);
    started.push(() => kiali.close());
    publishKiali(store, { host: kialiAt.host, port: kialiPort });

    // The first scrape follows the first calls: it is the birth of every counter.
    const unserved = await primeTraffic({ dataPlane, store, gatewayCa: certificates.gateway.certificate });
    metrics.scrape();
    metrics.start();

    await handover.publish({
      kubernetes: { server: kubernetesUrl, ca: certificates.kubernetes.certificate, adminToken, viewToken },
      kialiUrl,
      gateway: { ip: gateway.host, port: gateway.port, ca: certificates.gateway.certificate },
    });
    const { kubeconfig, environment, gatewayCa } = handover.paths;
    return {
      kubeconfig,
      environment,
      kubernetesUrl,
      kialiUrl,
      gateway: { ip: gateway.host, port: gateway.port, caFile: gatewayCa },
      unserved,
      setPadlockUrl: handover.setPadlockUrl,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readScenario(file: string): Promise<ScenarioObject[]> {
  try {
    return parseScenario(await readFile(file, "utf8"));
  } catch (error) {
    throw new ScenarioError(`The scenario ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** What a person brings into a cluster carries kubectl's marks; the control plane and the namespaces come from elsewhere. */
function withOwner(object: ScenarioObject): ScenarioObject {
  const { resource, manifest } = object;
  const { namespace } = manifest.metadata;
  const isPersons = resource.group.endsWith(".istio.io") || (namespace !== undefined && namespace !== "istio-system");
  return isPersons ? { resource, manifest: asAppliedByKubectl(manifest, new Date()) } : object;
}

/** 256 random bits. */
function createToken(): string {
  return randomBytes(32).toString("base64url");
}

function wishedAddress(network: LabNetwork, { last, port }: { last: number; port: number }): { host: string; port: number } {
  return network.hasOwnAddresses ? { host: network.fixedAddress(last), port } : { host: "127.0.0.1", port: 0 };
}

/** Listens on the wished port, or on a free one when another program holds it on every address. */
async function listenNear<T>(listen: (port: number, host: string) => Promise<T>, { host, port }: { host: string; port: number }): Promise<T> {
  try {
    return await listen(port, host);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    return listen(0, host);
  }
}

/** Kiali runs in no pod of the lab; its Service leads to where it is, as a Service without selector does. */
function publishKiali(store: Store, { host, port }: { host: string; port: number }): void {
  const service = store.list(RESOURCE.services, "istio-system").find(({ metadata }) => metadata.name === "kiali");
  if (!service) return;
  store.put(RESOURCE.endpointSlices, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "kiali-lab", namespace: "istio-system", labels: { "kubernetes.io/service-name": "kiali" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [host], conditions: { ready: true, serving: true, terminating: false } }],
    ports: [{ name: "http", port, protocol: "TCP" }],
  });
}
