import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { RESOURCE } from "../objects";
import { LISTEN_ANNOTATION } from "./controller";
import { primeTraffic } from "./prime-traffic";
import { callGateway, curlFrom, podOf, proxyLog, startTestLab, type TestLab } from "./test-lab";

async function startLab(options: Parameters<typeof startTestLab>[0]): Promise<TestLab> {
  const lab = await startTestLab(options);
  onTestFinished(() => lab.close());
  return lab;
}

function annotationOf(lab: TestLab, namespace: string, app: string): string {
  return lab.store.get(RESOURCE.pods, namespace, podOf(lab, namespace, app).name)?.metadata.annotations?.[LISTEN_ANNOTATION] ?? "";
}

/** Holds a port on every address, as some other program of the machine might. @returns the port */
function holdPort(): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.listen({ host: "0.0.0.0", port: 0 }, () => resolve((server.address() as AddressInfo).port));
  });
}

test("a container port that another program holds on every address moves, and the pod's annotation tells where", async () => {
  const lab = await startLab({ seed: "held port" });
  const port = await holdPort();
  const labels = { app: "moved" };
  const container = {
    name: "moved",
    image: "nicholasjackson/fake-service:v0.7.8",
    env: [{ name: "LISTEN_ADDR", value: `0.0.0.0:${port}` }],
    ports: [{ containerPort: port }],
  };
  lab.store.put(RESOURCE.services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "moved", namespace: "istioinaction" },
    spec: { selector: labels, ports: [{ name: "http", port: 8080, targetPort: port }] },
  });
  lab.store.put(RESOURCE.deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "moved", namespace: "istioinaction" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  });
  await lab.dataPlane.settled();
  const { address } = podOf(lab, "istioinaction", "moved");
  const [, host, real] = /^(\d+)=([\d.]+):(\d+)$/.exec(annotationOf(lab, "istioinaction", "moved"))?.slice(1) ?? [];
  expect(host).toBe(address);
  expect(Number(real)).not.toBe(port);
  expect(await (await fetch(`http://${host}:${real}/health`)).text()).toBe("OK");
  expect(annotationOf(lab, "istioinaction", "web-api")).toBe("");
  // Inside the lab the pod's own address and port go on to work, and so does the Service.
  expect((await curlFrom(lab, "default", `http://${address}:${port}/health`)).body).toBe("OK");
  expect((await curlFrom(lab, "istioinaction", "http://moved:8080/health")).body).toBe("OK");
});

test("where 127.0.0.1 is the only address everything has a free port of it", async () => {
  const lab = await startLab({ seed: "single address", singleAddress: true });
  expect(await primeTraffic({ dataPlane: lab.dataPlane, store: lab.store, gatewayCa: lab.certificates.gateway.certificate })).toEqual([]);
  expect(await callGateway(lab)).toMatchObject({ status: 200 });
  expect(annotationOf(lab, "istioinaction", "web-api")).toMatch(/^8081=127\.0\.0\.1:\d+$/);
  const callerAddress = podOf(lab, "default", "sleep").address;
  expect(proxyLog(lab, "istioinaction", "web-api").some((line) => line.includes(` ${callerAddress}:`))).toBe(true);

  const service = lab.store.get(RESOURCE.services, "istio-system", "istio-ingressgateway");
  const { host, port } = lab.dataPlane.gateway() ?? {};
  expect(service?.status).toMatchObject({ loadBalancer: { ingress: [{ ip: "127.0.0.1", ports: [{ port, protocol: "TCP" }] }] } });
  expect(host).toBe("127.0.0.1");
  expect(service?.spec?.ports).toContainEqual({ name: "https", port, targetPort: 8443 });

  lab.store.put(RESOURCE.peerAuthentications, {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istioinaction" },
    spec: { mtls: { mode: "STRICT" } },
  });
  await lab.dataPlane.settled();
  expect((await curlFrom(lab, "default", "http://web-api.istioinaction:8080/")).exitCode).toBe(56);
  expect((await curlFrom(lab, "istioinaction", "http://web-api.istioinaction:8080/")).status).toBe(200);
});

test("two labs of one checkout serve side by side", async () => {
  const [first, second] = [await startLab({ seed: "twins" }), await startLab({ seed: "twins" })];
  expect(first.network.prefix).not.toBe(second.network.prefix);
  for (const lab of [first, second]) expect(await callGateway(lab)).toMatchObject({ status: 200 });
});
