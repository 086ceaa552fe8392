import { afterAll, beforeAll, expect, test } from "vitest";
import { ExecStartError, HostNotFoundError, OutsideLabError } from "../data-plane";
import { RESOURCE } from "../objects";
import { primeTraffic } from "./prime-traffic";
import { callGateway, curlFrom, podOf, proxyLog, startTestLab, type TestLab } from "./test-lab";

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab({ seed: "data-plane" });
});
afterAll(() => lab.close());

test("one call on every path is served and counted by both sides", async () => {
  lab.reports.length = 0;
  expect(await primeTraffic({ dataPlane: lab.dataPlane, store: lab.store, gatewayCa: lab.certificates.gateway.certificate })).toEqual([]);
  const edges = lab.reports.map(
    (report) => `${report.reporter} ${report.source_workload} > ${report.destination_workload} ${report.connection_security_policy}`,
  );
  for (const edge of [
    "destination istio-ingressgateway > web-api mutual_tls",
    "source istio-ingressgateway > web-api unknown",
    "destination sleep > web-api mutual_tls",
    "source sleep > web-api unknown",
    "destination unknown > web-api none",
    "destination web-api > recommendation mutual_tls",
    "destination recommendation > purchase-history-v1 mutual_tls",
  ])
    expect(edges).toContain(edge);
  const gateway = lab.reports.find(({ reporter, source_workload }) => reporter === "destination" && source_workload === "istio-ingressgateway");
  expect(gateway).toMatchObject({
    source_principal: "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
    destination_principal: "spiffe://cluster.local/ns/istioinaction/sa/web-api",
    source_workload_namespace: "istio-system",
    source_version: "unknown",
    source_canonical_revision: "latest",
    destination_service: "web-api.istioinaction.svc.cluster.local",
    destination_version: "v1",
    response_code: "200",
    response_flags: "-",
  });
  const plaintext = lab.reports.find(({ source_workload }) => source_workload === "unknown");
  expect(plaintext).toMatchObject({ source_principal: "unknown", destination_principal: "unknown", source_app: "unknown", destination_workload: "web-api" });
});

test("an answer holds the chain that was called, in fake-service's form", async () => {
  const { body } = await curlFrom(lab, "default", "http://web-api.istioinaction.svc.cluster.local:8080/");
  const answer = JSON.parse(body);
  expect(body).toBe(`${JSON.stringify(answer, null, 2)}\n`);
  expect(Object.keys(answer)).toEqual(["name", "uri", "type", "ip_addresses", "start_time", "end_time", "duration", "body", "upstream_calls", "code"]);
  expect(answer).toMatchObject({
    name: "web-api",
    uri: "/",
    body: "Hello From Web API",
    ip_addresses: [podOf(lab, "istioinaction", "web-api").address],
    code: 200,
  });
  expect(answer.start_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  expect(answer.duration).toMatch(/^[\d.]+(ms|µs|s)$/);
  expect(answer.upstream_calls[0]).toMatchObject({ name: "recommendation", uri: "http://recommendation:8080", code: 200 });
  expect(answer.upstream_calls[0].upstream_calls[0]).toMatchObject({ name: "purchase-history-v1", uri: "http://purchase-history:8080", code: 200 });
});

test("a server's log shows the caller's address, and the server name on mutual TLS alone", async () => {
  await curlFrom(lab, "default", "http://web-api.istioinaction:8080/from-outside");
  await curlFrom(lab, "istioinaction", "http://web-api:8080/from-mesh");
  const log = proxyLog(lab, "istioinaction", "web-api").filter((line) => line.includes("inbound|"));
  const outside = log.find((line) => line.includes("/from-outside HTTP/1.1"));
  const mesh = log.find((line) => line.includes("/from-mesh HTTP/1.1"));
  const { address } = podOf(lab, "istioinaction", "web-api");
  expect(outside).toMatch(new RegExp(`inbound\\|8081\\|\\|; - ${address}:8081 ${podOf(lab, "default", "sleep").address}:\\d+ - default$`));
  expect(mesh).toMatch(
    new RegExp(` ${podOf(lab, "istioinaction", "sleep").address}:\\d+ outbound_\\.8080_\\._\\.web-api\\.istioinaction\\.svc\\.cluster\\.local default$`),
  );
});

test("a failing upstream makes fake-service answer 500 with the failed call inside", async () => {
  lab.store.put(RESOURCE.destinationRules, {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "break", namespace: "istioinaction" },
    spec: { host: "recommendation", trafficPolicy: { tls: { mode: "SIMPLE" } } },
  });
  await lab.dataPlane.settled();
  const { status, body } = await curlFrom(lab, "default", "http://web-api.istioinaction:8080/");
  lab.store.remove(RESOURCE.destinationRules, "istioinaction", "break");
  await lab.dataPlane.settled();
  expect(status).toBe(500);
  const answer = JSON.parse(body);
  expect(answer.code).toBe(500);
  expect(answer).not.toHaveProperty("body");
  expect(answer.upstream_calls).toEqual([
    { name: "", uri: "http://recommendation:8080", type: "HTTP", code: 503, error: "Error processing upstream request: http://recommendation:8080" },
  ]);
});

test("the gateway answers 404 to a Host without route, resets a wrong server name and plain HTTP, and has nothing on port 80", async () => {
  expect(await callGateway(lab)).toMatchObject({ status: 200 });
  expect(await callGateway(lab, { host: "example.com" })).toMatchObject({ status: 404, body: "", headers: { server: "istio-envoy", "content-length": "0" } });
  expect(await callGateway(lab, { servername: "example.com" })).toEqual({ code: "ECONNRESET" });
  const gateway = lab.dataPlane.gateway();
  const plain = await fetch(`http://${gateway?.host}:${gateway?.port}/`).catch((error) => error.cause.code);
  expect(plain).toBe("ECONNRESET");
  expect(await fetch(`http://${gateway?.host}:80/`).catch((error) => error.cause.code)).toBe("ECONNREFUSED");
  const log = proxyLog(lab, "istio-system", "istio-ingressgateway").join("\n");
  expect(log).toContain('"GET / HTTP/1.1" 404 NR route_not_found');
  expect(log).toContain('"- - -" 0 NR filter_chain_not_found');
  expect(log).toContain("https.443.https.web-api-gateway.istioinaction");
});

test("the gateway follows its Gateway object", async () => {
  const gateway = lab.store.get(RESOURCE.gateways, "istioinaction", "web-api-gateway");
  if (!gateway) throw new Error("the scenario has a Gateway");
  lab.store.remove(RESOURCE.gateways, "istioinaction", "web-api-gateway");
  await lab.dataPlane.settled();
  expect(lab.dataPlane.gateway()).toBeUndefined();
  lab.store.put(RESOURCE.gateways, gateway);
  await lab.dataPlane.settled();
  expect(await callGateway(lab)).toMatchObject({ status: 200 });
});

test("names resolve as in the pod's namespace, and nothing outside the lab is reached", async () => {
  const sleep = { namespace: "default", name: podOf(lab, "default", "sleep").name };
  const { signal } = new AbortController();
  await expect(lab.dataPlane.connect(sleep, "web-api", 8080, signal)).rejects.toThrow(HostNotFoundError);
  await expect(lab.dataPlane.connect(sleep, "127.0.0.1", 8080, signal)).rejects.toThrow(OutsideLabError);
  await expect(lab.dataPlane.connect(sleep, "93.184.216.34", 80, signal)).rejects.toThrow(OutsideLabError);
  await expect(lab.dataPlane.connect(sleep, "web-api.istioinaction", 9999, signal)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect((await curlFrom(lab, "istioinaction", "http://web-api:8080/")).status).toBe(200);
  expect((await curlFrom(lab, "default", "http://web-api:8080/")).exitCode).toBe(6);
});

test("a port nothing listens on is answered by the sidecar in front of it, as recorded", async () => {
  const { status, body } = await curlFrom(lab, "default", "http://sleep.istioinaction:80/");
  expect(status).toBe(503);
  expect(body).toBe("upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure");
  expect((await curlFrom(lab, "istioinaction", "http://sleep.default:80/")).status).toBe(503);
  expect((await curlFrom(lab, "default", "http://sleep.default:80/")).exitCode).toBe(7);
});

test("what runs in the proxy's container leaves by the proxy's user, past the sidecar", async () => {
  const output: Uint8Array[] = [];
  lab.reports.length = 0;
  const exitCode = await lab.dataPlane.exec({
    namespace: "istioinaction",
    pod: podOf(lab, "istioinaction", "sleep").name,
    container: "istio-proxy",
    command: ["curl", "-s", "http://web-api:8080/health"],
    signal: new AbortController().signal,
    stdout: (chunk) => output.push(chunk),
    stderr: () => {},
  });
  expect([exitCode, Buffer.concat(output).toString()]).toEqual([0, "OK"]);
  expect(lab.reports).toMatchObject([{ reporter: "destination", source_workload: "unknown", connection_security_policy: "none" }]);
});

test("a command that is not there ends in the runtime's words and 127", async () => {
  const request = {
    namespace: "default",
    pod: podOf(lab, "default", "sleep").name,
    container: "sleep",
    signal: new AbortController().signal,
    stdout: () => {},
    stderr: () => {},
  };
  await expect(lab.dataPlane.exec({ ...request, command: ["wget", "x"] })).rejects.toMatchObject({
    constructor: ExecStartError,
    exitCode: 127,
    message: 'OCI runtime exec failed: exec failed: unable to start container process: exec: "wget": executable file not found in $PATH: unknown',
  });
  expect(await lab.dataPlane.exec({ ...request, command: ["/bin/true"] })).toBe(0);
});

test("a plain request from outside the mesh reaches a pod", async () => {
  const { address } = podOf(lab, "istioinaction", "web-api");
  const answer = await lab.dataPlane.fetchPlain({ host: address, port: 8081, method: "GET", path: "/health", headers: {} });
  expect(answer).toMatchObject({ status: 200, headers: { server: "istio-envoy" } });
  expect(Buffer.from(answer.body).toString()).toBe("OK");
});
