import { request } from "node:https";
import { type KubeObject, RESOURCE, type Store } from "../objects";
import type { LabDataPlane } from "./data-plane";
import { parseContainers } from "./pod-spec";

/**
 * Makes one real call on every path of the scenario: through the gateway, from the caller with sidecar, from the one without. A counter that is born
 * between two scrapes has rate 0 in Prometheus; these calls are its birth, so that the first calls of a person already count.
 * @param options.gatewayCa PEM of the CA that the gateway's certificate is from
 * @returns what did not answer 200, in words; empty when all did
 */
export async function primeTraffic(options: { dataPlane: LabDataPlane; store: Store; gatewayCa: string }): Promise<string[]> {
  const { dataPlane, store, gatewayCa } = options;
  const outcomes = await Promise.all([
    callGateway(dataPlane, gatewayCa),
    ...["istioinaction", "default"].map((namespace) => callFromSleep(dataPlane, store, namespace)),
  ]);
  return outcomes.flatMap((outcome) => outcome ?? []);
}

function callGateway(dataPlane: LabDataPlane, ca: string): Promise<string | undefined> {
  const address = dataPlane.gateway();
  if (!address) return Promise.resolve("no Gateway opens port 443");
  return new Promise((resolve) => {
    const call = request(
      { ...address, ca, servername: "istioinaction.io", headers: { host: "istioinaction.io" }, agent: false, timeout: 5_000 },
      (response) => {
        response.resume();
        response.once("end", () => resolve(response.statusCode === 200 ? undefined : `the gateway answered ${response.statusCode}`));
      },
    );
    call.once("timeout", () => call.destroy(new Error("no answer within 5 s")));
    call.once("error", (error) => resolve(`the gateway: ${error.message}`));
    call.end();
  });
}

async function callFromSleep(dataPlane: LabDataPlane, store: Store, namespace: string): Promise<string | undefined> {
  const pod = store.list(RESOURCE.pods, namespace).find(({ metadata }) => metadata.labels?.app === "sleep");
  if (!pod) return `namespace ${namespace} has no pod of sleep`;
  const output: Uint8Array[] = [];
  const exitCode = await dataPlane.exec({
    namespace,
    pod: pod.metadata.name,
    container: mainContainer(pod),
    command: ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "5", "http://web-api.istioinaction:8080/"],
    signal: AbortSignal.timeout(10_000),
    stdout: (chunk) => output.push(chunk),
    stderr: () => {},
  });
  const status = Buffer.concat(output).toString();
  return exitCode === 0 && status === "200" ? undefined : `${namespace}/sleep: curl ended with ${exitCode}, HTTP ${status}`;
}

function mainContainer(pod: KubeObject): string {
  return parseContainers(pod)[0]?.name ?? "";
}
