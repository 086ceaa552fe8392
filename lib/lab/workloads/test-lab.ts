import { readFileSync } from "node:fs";
import { request } from "node:https";
import { fileURLToPath } from "node:url";
import { createStore } from "../kubernetes/store";
import { createLabCertificates, type LabCertificates } from "../network/certificates";
import { createLabNetwork, type LabNetwork } from "../network/lab-network";
import { RESOURCE, type Store } from "../objects";
import type { DrainTimes } from "../proxy/drain";
import { loadScenario, parseScenario } from "../scenarios/scenario";
import type { RequestReport } from "../telemetry";
import { type LabDataPlane, startDataPlane } from "./data-plane";

/** A lab's data plane over real sockets, for tests: the scenario as it ships, the store as the Kubernetes API uses it, reports kept in a list. */
export interface TestLab {
  store: Store;
  network: LabNetwork;
  certificates: LabCertificates;
  dataPlane: LabDataPlane;
  reports: RequestReport[];
  close(): Promise<void>;
}

export async function startTestLab(options: { seed: string; singleAddress?: boolean; drainTimes?: DrainTimes; now?: () => Date }): Promise<TestLab> {
  const store = createStore(options.now ? { now: options.now } : {});
  loadScenario(store, parseScenario(readFileSync(fileURLToPath(new URL("../scenarios/istioinaction.yaml", import.meta.url)), "utf8")));
  const network = await createLabNetwork(options);
  const certificates = await createLabCertificates();
  const reports: RequestReport[] = [];
  const dataPlane = await startDataPlane({
    store,
    network,
    certificates,
    telemetry: { record: (report) => reports.push(report) },
    ...(options.drainTimes && { drainTimes: options.drainTimes }),
  });
  return {
    store,
    network,
    certificates,
    dataPlane,
    reports,
    close: async () => {
      await dataPlane.close();
      await network.close();
    },
  };
}

export function podOf({ store }: TestLab, namespace: string, app: string): { name: string; address: string } {
  const pod = store.list(RESOURCE.pods, namespace).find(({ metadata }) => metadata.labels?.app === app);
  if (!pod) throw new Error(`no pod of ${app} in ${namespace}`);
  return { name: pod.metadata.name, address: String(pod.status?.podIP) };
}

export interface CurlResult {
  exitCode: number;
  status: number;
  message: string;
  body: string;
}

/** curl inside a pod of sleep. */
export async function curlFrom(lab: TestLab, namespace: string, ...args: string[]): Promise<CurlResult> {
  const output: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  const exitCode = await lab.dataPlane.exec({
    namespace,
    pod: podOf(lab, namespace, "sleep").name,
    container: "sleep",
    command: ["curl", "-s", "-S", "-m", "5", "-w", "\n%{http_code}", ...args],
    signal: AbortSignal.timeout(15_000),
    stdout: (chunk) => output.push(chunk),
    stderr: (chunk) => errors.push(chunk),
  });
  const text = Buffer.concat(output).toString();
  const cut = text.lastIndexOf("\n");
  return { exitCode, status: Number(text.slice(cut + 1)), body: text.slice(0, cut), message: Buffer.concat(errors).toString().trim() };
}

/** One HTTPS call to the gateway on a connection of its own. @returns the status and body, or the error's code */
export function callGateway(
  lab: TestLab,
  options: { host?: string; servername?: string; path?: string } = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> } | { code: string }> {
  const address = lab.dataPlane.gateway();
  if (!address) throw new Error("the gateway does not listen");
  return new Promise((resolve) => {
    const call = request(
      {
        ...address,
        path: options.path ?? "/",
        ca: lab.certificates.gateway.certificate,
        servername: options.servername ?? "istioinaction.io",
        headers: { host: options.host ?? "istioinaction.io" },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: response.headers }));
      },
    );
    call.on("error", (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? error.message }));
    call.end();
  });
}

export function proxyLog(lab: TestLab, namespace: string, app: string): string[] {
  return lab.dataPlane.log(namespace, podOf(lab, namespace, app).name, "istio-proxy", {});
}
