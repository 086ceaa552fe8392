import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findGateway, type GatewayCandidate, type GatewayFacts, GatewaySettingInvalid, toGatewayCandidates, verifyGateway } from "./find-address";
import { createTestCertificate, startTestGateway, type TestGateway } from "./test-gateway";

const SERVICE = {
  namespace: "istio-system",
  name: "istio-ingressgateway",
  ports: [
    { name: "status-port", port: 15021, targetPort: 15021, nodePort: 31000 },
    { name: "http2", port: 80, targetPort: 8080, nodePort: 31080 },
    { name: "https", port: 443, targetPort: 8443, nodePort: 31443 },
  ],
  loadBalancer: [] as { ip: string | null; hostname: string | null }[],
  externalIPs: [] as string[],
};
const FACTS: GatewayFacts = {
  setting: null,
  inCluster: false,
  service: SERVICE,
  servers: [{ port: 443, protocol: "HTTPS" }],
  published: [],
  nodeAddresses: [],
};
const candidates = (facts: Partial<GatewayFacts>) => toGatewayCandidates({ ...FACTS, ...facts }).map(({ address, port, from }) => `${from} ${address}:${port}`);

describe("where a gateway may be, best first", () => {
  test("everything at once", () => {
    const service = {
      ...SERVICE,
      loadBalancer: [
        { ip: "172.18.0.200", hostname: null },
        { ip: null, hostname: "lb.example" },
      ],
      externalIPs: ["10.0.0.9", "172.18.0.200"],
    };
    expect(candidates({ inCluster: true, published: ["192.0.2.7"], service, nodeAddresses: ["172.18.0.2", "127.0.0.1"] })).toEqual([
      "in-cluster istio-ingressgateway.istio-system.svc:443",
      "gateway-status 192.0.2.7:443",
      "load-balancer 172.18.0.200:443",
      "load-balancer lb.example:443",
      "external-ip 10.0.0.9:443",
      "node-port 172.18.0.2:31443",
      "node-port 127.0.0.1:31443",
    ]);
  });
  test("no address yet, no nodes: nothing is made up", () => expect(candidates({})).toEqual([]));
  test("what a person set is tried alone", () =>
    expect(candidates({ setting: "127.0.0.1:8443", inCluster: true, nodeAddresses: ["172.18.0.2"] })).toEqual(["setting 127.0.0.1:8443"]));
  test("a Gateway's own status counts without a Service", () =>
    expect(candidates({ service: null, published: ["192.0.2.7"] })).toEqual(["gateway-status 192.0.2.7:443"]));
  test("no service", () => expect(candidates({ service: null, nodeAddresses: ["172.18.0.2"] })).toEqual([]));
  test("the Gateway's servers say which port, by the Service's number or by the pod's", () => {
    const service = {
      ...SERVICE,
      loadBalancer: [{ ip: "1.2.3.4", hostname: null }],
      ports: [...SERVICE.ports, { name: "lab", port: 9443, targetPort: 9000, nodePort: null }],
    };
    expect(candidates({ service, servers: [{ port: 9443, protocol: "https" }] })).toEqual(["load-balancer 1.2.3.4:9443"]);
    expect(candidates({ service, servers: [{ port: 8443, protocol: "HTTPS" }] })).toEqual(["load-balancer 1.2.3.4:443"]);
    expect(candidates({ service, servers: [{ port: 80, protocol: "HTTP" }] })).toEqual(["load-balancer 1.2.3.4:443"]);
  });
});

describe("the setting", () => {
  test.each([
    ["gateway.example", "gateway.example:443"],
    ["127.0.0.1:8443", "127.0.0.1:8443"],
    ["https://gateway.example/", "gateway.example:443"],
    ["[::1]:8443", "::1:8443"],
  ])("%s", (setting, expected) => expect(candidates({ setting, service: null })).toEqual([`setting ${expected}`]));
  test.each([
    "",
    "http://gateway",
    "file:///etc/passwd",
    "gopher://x",
    "https://user:pw@gateway/",
    "gateway:443/path",
    "gateway?x",
    "gateway:0",
    "gateway:99999",
    "a b",
    "//evil/x",
  ])("%j is none (B21)", (setting) => {
    expect(() => candidates({ setting })).toThrow(GatewaySettingInvalid);
  });
});

describe("verified by a real call", () => {
  let gateway: TestGateway;
  let candidate: GatewayCandidate;
  const check = () => ({ serverName: "istioinaction.io", host: "istioinaction.io", ca: gateway.ca });
  beforeEach(async () => {
    gateway = await startTestGateway();
    candidate = { address: "127.0.0.1", port: gateway.port, from: "setting" };
  });
  afterEach(() => gateway.close());

  test("it answers", async () => {
    expect(await verifyGateway(candidate, check())).toEqual({
      ok: true,
      candidate,
      ip: "127.0.0.1",
      httpCode: 200,
      says: `127.0.0.1:${gateway.port} answers for istioinaction.io (200)`,
    });
  });
  test.each([
    [404, "no-route"],
    [503, "no-upstream"],
  ])("%d", async (status, failure) => {
    gateway.answer = (_request, response) => response.writeHead(status).end();
    expect(await verifyGateway(candidate, check())).toMatchObject({ ok: false, failure, httpCode: status });
  });
  test("name, authority, nobody, unresolved, silent", async () => {
    const other = await createTestCertificate("istioinaction.io");
    expect(await verifyGateway(candidate, { ...check(), serverName: "other.io" })).toMatchObject({ ok: false, failure: "tls-name" });
    expect(await verifyGateway(candidate, { ...check(), ca: other.ca })).toMatchObject({ ok: false, failure: "ca" });
    expect(await verifyGateway({ ...candidate, address: "gateway.invalid" }, check())).toMatchObject({
      ok: false,
      failure: "dns",
      says: expect.stringContaining("gateway.invalid"),
    });
    gateway.answer = () => undefined;
    expect(await verifyGateway(candidate, check())).toMatchObject({ ok: false, failure: "timeout" });
    await gateway.close();
    expect(await verifyGateway(candidate, check())).toMatchObject({ ok: false, failure: "refused" });
  });
  test("the first that answers is taken; all verdicts are told", async () => {
    const dead = { ...candidate, port: 1, from: "load-balancer" } as const;
    const { best, tried } = await findGateway([dead, candidate, { ...candidate, address: "gateway.invalid" }], check());
    expect(best).toMatchObject({ ok: true, candidate });
    expect(tried.map(({ ok }) => ok)).toEqual([false, true]);
  });
  test("a gateway without a route is better than none", async () => {
    gateway.answer = (_request, response) => response.writeHead(404).end();
    const { best } = await findGateway([{ ...candidate, port: 1 }, candidate], check());
    expect(best).toMatchObject({ ok: false, failure: "no-route" });
    expect(await findGateway([], check())).toEqual({ best: null, tried: [] });
  });
});
