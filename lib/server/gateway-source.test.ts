import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { UnreadKind } from "@/lib/api/rights";
import { openGatewayClient } from "@/lib/gateway/call";
import { createTestCertificate, startTestGateway, type TestGateway } from "@/lib/gateway/test-gateway";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { ForbiddenError, NotFoundError } from "@/lib/kubernetes/errors";
import { toGateway, toVirtualService } from "@/lib/kubernetes/gateway-objects";
import { toOutsideService } from "@/lib/kubernetes/gateway-service";
import type { ClusterObjects } from "./cluster";
import { createGatewayAuthority } from "./gateway-authority";
import { createGatewaySource, type GatewaySource } from "./gateway-source";

/** Finding the gateway on local TLS servers that fail in every way one can; the Kubernetes API is a table of answers. */

vi.mock("@/lib/kubernetes/port-forward", () => ({
  openPortForward: async (_connection: unknown, { pod, port }: { pod: string; port: number }) => {
    if (forwards[`${pod}:${port}`] === undefined) throw new Error(`${pod} cannot be forwarded to`);
    return connect(forwards[`${pod}:${port}`] ?? 0, "127.0.0.1");
  },
}));
/** Local ports that stand for ports of pods. */
let forwards: Record<string, number> = {};

const HOST = "istioinaction.io";
const CREDENTIAL = "/api/v1/namespaces/istio-system/secrets/cert";
let folder: string;
let sources: GatewaySource[] = [];
let ends: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "padlock-gateway-source-"));
});
afterEach(async () => {
  for (const source of sources) source.close();
  for (const end of ends) await end();
  sources = [];
  ends = [];
  forwards = {};
  await rm(folder, { recursive: true, force: true });
});

const meta = (namespace: string, name: string) => ({ namespace, name, uid: name, resourceVersion: "1", creationTimestamp: "2026-11-30T00:00:00Z" });
function toObjects(
  port: number,
  { spec = {}, status = { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } } as object, tlsMode = "SIMPLE" } = {},
): ClusterObjects {
  const gateway = toGateway({
    metadata: meta("istioinaction", "web-api-gateway"),
    spec: {
      selector: { istio: "ingressgateway" },
      servers: [{ port: { number: port, name: "https", protocol: "HTTPS" }, hosts: [HOST], tls: { mode: tlsMode, credentialName: "cert" } }],
    },
  });
  const route = toVirtualService({
    metadata: meta("istioinaction", "web-api"),
    spec: { hosts: [HOST], gateways: ["web-api-gateway"], http: [{ route: [{ destination: { host: "web-api" } }] }] },
  });
  const service = toOutsideService({
    metadata: meta("istio-system", "istio-ingressgateway"),
    spec: { selector: { istio: "ingressgateway" }, ports: [{ name: "https", port, targetPort: 8443 }], ...spec },
    status,
  });
  if (gateway === null || route === null || service === null) throw new Error("the objects cannot be read");
  const workload = {
    namespace: "istio-system",
    name: "istio-ingressgateway",
    labels: { istio: "ingressgateway" },
    containers: ["istio-proxy"],
    isGateway: true,
  };
  return {
    gateways: [gateway],
    virtualServices: [route],
    outsideServices: [service],
    read: new Set(["Pod", "Service", "Gateway", "VirtualService"]),
    workloads: [{ ...workload, pods: [{ name: "gateway-1", ip: "10.0.0.1", ready: true }] }],
  } as unknown as ClusterObjects;
}

const failure = { method: "GET", httpStatus: 403, reason: "Forbidden", message: "may not" };
const forbidden = (at: string) => new ForbiddenError({ ...failure, path: at }, { user: null, verb: null, resource: null, group: null, namespace: null });
const missing = (at: string) => new NotFoundError({ ...failure, httpStatus: 404, path: at }, null);

/** @param answers by path without query; what is not there is 404 */
function toConnection(answers: Record<string, unknown>): { connection: KubernetesConnection; asked: string[] } {
  const asked: string[] = [];
  const request = async ({ path: at }: { path: string }) => {
    const [bare = ""] = at.split("?");
    asked.push(bare);
    const answer = answers[bare];
    if (answer === undefined) throw missing(at);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { connection: { request } as unknown as KubernetesConnection, asked };
}

const REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const may = (allowed: boolean) => ({ [REVIEW]: { status: { allowed } } });

function look(
  objects: ClusterObjects,
  {
    caFile = null as string | null,
    address = null as string | null,
    host = null as string | null,
    answers = {} as Record<string, unknown>,
    unread = [] as UnreadKind[],
  } = {},
) {
  const { connection, asked } = toConnection({ ...may(false), ...answers });
  const authority = createGatewayAuthority({ connection, caFile, onChange: () => source.lookAgain() });
  const source = createGatewaySource({
    connection,
    objects: () => objects,
    unread: () => unread,
    setting: { address, host },
    inCluster: false,
    namespaces: ["istioinaction"],
    authority,
    onChange: () => undefined,
  });
  sources.push(source);
  source.reconsider();
  return { source, authority, asked };
}
const settled = async (source: GatewaySource) => {
  await vi.waitFor(() => expect(source.status.state).not.toBe("connecting"), { timeout: 10_000 });
  return source.status;
};
async function start(name = HOST, options: Parameters<typeof startTestGateway>[1] = {}): Promise<{ gateway: TestGateway; caFile: string }> {
  const gateway = await startTestGateway(name, options);
  ends.push(() => gateway.close());
  const caFile = path.join(folder, "ca.crt");
  await writeFile(caFile, gateway.ca);
  return { gateway, caFile };
}
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket.on("error", () => undefined)));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

test("the load balancer's address is proven by one whole call, with Host and server name of the route", async () => {
  const { gateway, caFile } = await start();
  const { source } = look(toObjects(gateway.port), { caFile });
  expect(await settled(source)).toMatchObject({ state: "ok", reason: null, reachedBy: expect.stringContaining("load balancer") });
  expect(source.target).toMatchObject({ address: "127.0.0.1", port: gateway.port, host: HOST, serverName: HOST });
  expect(gateway.requests).toMatchObject([{ host: HOST, serverName: HOST }]);
  expect(source.section).toMatchObject({ from: "load-balancer", host: HOST, authority: { from: "file" }, problem: null });
});

test("B23: a name is resolved once; what was proven is what is used", async () => {
  const { gateway, caFile } = await start();
  const { source } = look(toObjects(1), { caFile, address: `localhost:${gateway.port}` });
  await settled(source);
  expect(source.target).toMatchObject({ address: "127.0.0.1", port: gateway.port });
});

test("B22: a redirection is an answer; nobody goes where it points", async () => {
  const { gateway, caFile } = await start();
  gateway.answer = (_request, response) => response.writeHead(302, { location: "http://169.254.169.254/" }).end();
  const { source } = look(toObjects(gateway.port), { caFile });
  expect(await settled(source)).toMatchObject({ state: "ok" });
  expect(gateway.requests).toHaveLength(1);
});

test.each([
  [404, "no-route", "no route for istioinaction.io (404). Apply a VirtualService"],
  [503, "no-upstream", "nothing behind it answers (503). Check that the pods behind the route are ready"],
])("%d: the gateway is there and says what is missing behind it; a good answer takes the caution away", async (status, problem, words) => {
  const { gateway, caFile } = await start();
  gateway.answer = (_request, response) => response.writeHead(status).end();
  const { source } = look(toObjects(gateway.port), { caFile });
  expect(await settled(source)).toMatchObject({ state: "ok", reason: expect.stringContaining(words) });
  expect(source.section.problem).toBe(problem);
  expect(source.target).not.toBeNull();
  source.met(200);
  expect(source.status.reason).toBeNull();
  source.met(status);
  expect(source.status.reason).toContain(words);
});

test("the certificate is for another name", async () => {
  const { gateway, caFile } = await start("other.io");
  const { source } = look(toObjects(gateway.port), { caFile });
  expect((await settled(source)).reason).toMatch(/is for another name, other\.io .*--gateway-host NAME/);
  expect(source.section.problem).toBe("tls-name");
  expect(source.target).toBeNull();
  expect(gateway.requests).toEqual([]);
});

test("it has expired", async () => {
  const { gateway, caFile } = await start(HOST, { ends: -2 });
  const { source } = look(toObjects(gateway.port), { caFile });
  expect((await settled(source)).reason).toMatch(/no longer valid .*Renew the certificate in Secret istio-system\/cert/);
});

test("it wants a client's certificate", async () => {
  const { gateway, caFile } = await start(HOST, { clientCertificate: true });
  const { source } = look(toObjects(gateway.port, { tlsMode: "MUTUAL" }), { caFile });
  expect((await settled(source)).reason).toContain("tls mode MUTUAL");
});

test("an unknown authority: entered in the page it is trusted at once, and forgotten when asked", async () => {
  const { gateway } = await start();
  const { source, authority } = look(toObjects(gateway.port));
  expect((await settled(source)).reason).toMatch(/an authority that is not trusted here .*--gateway-ca FILE/);
  expect(source.section).toMatchObject({
    problem: "ca",
    authority: { from: "system", says: expect.stringContaining("may not read Secret istio-system/cert") },
  });
  expect(() => authority.enter(gateway.cert)).toThrow("is no authority");
  authority.enter(gateway.ca);
  await vi.waitFor(() => expect(source.status.state).toBe("ok"), { timeout: 5_000 });
  expect(source.section.authority).toEqual({ from: "entered", says: "CN=test-ca, entered in the page" });
  authority.enter(null);
  await vi.waitFor(() => expect(source.status.state).toBe("stale"), { timeout: 5_000 });
});

test("the Gateway's own Secret vouches for it where it may be read; its key goes no further", async () => {
  const { gateway } = await start();
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const secret = { data: { "tls.crt": base64(gateway.cert), "tls.key": base64(gateway.key) } };
  const beside = { data: { "ca.crt": base64(gateway.ca) } };
  const { source } = look(toObjects(gateway.port), { answers: { ...may(true), [CREDENTIAL]: secret, [`${CREDENTIAL}-cacert`]: beside } });
  expect(await settled(source)).toMatchObject({ state: "ok" });
  expect(source.authority).toMatchObject({ from: "secret", secret: { namespace: "istio-system", name: "cert" } });
  const told = JSON.stringify([source.authority, source.section, source.status]);
  expect(told).not.toContain("PRIVATE KEY");
  expect(told).not.toContain(base64(gateway.key).slice(0, 40));
});

test("without the right no Secret is asked for", async () => {
  const { gateway } = await start();
  const { source, asked } = look(toObjects(gateway.port));
  await settled(source);
  expect(asked).toContain(REVIEW);
  expect(asked.filter((at) => at.includes("/secrets/"))).toEqual([]);
});

test("nobody listens; nobody speaks; no TLS is spoken; the name is nobody's: each by its name, with a next step", async () => {
  const { ca } = await createTestCertificate(HOST);
  const caFile = path.join(folder, "ca.crt");
  await writeFile(caFile, ca);
  const silent = await listen(createServer());
  const plain = await listen(createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  const reasons = await Promise.all(
    [toObjects(1), toObjects(silent), toObjects(plain)].map(async (objects) => (await settled(look(objects, { caFile }).source)).reason),
  );
  expect(reasons[0]).toMatch(/Nobody accepts connections at 127\.0\.0\.1:1 .*--gateway HOST:PORT/);
  expect(reasons[1]).toMatch(/did not finish the TLS handshake within 2 s.*--gateway HOST:PORT/);
  expect(reasons[2]).toMatch(/refused the TLS handshake.*port is the HTTPS one/);
  const { source } = look(toObjects(1), { caFile, address: "gateway.invalid:443" });
  expect((await settled(source)).reason).toMatch(/gateway\.invalid does not resolve\. Check the name after --gateway\./);
});

test("node ports: the nodes' addresses, or where they may not be listed that of the gateway's node", async () => {
  const { gateway, caFile } = await start();
  const spec = { ports: [{ name: "https", port: 443, targetPort: 8443, nodePort: gateway.port }] };
  const nodes = { items: [{ status: { addresses: [{ type: "InternalIP", address: "127.0.0.1" }] } }] };
  const objects = { ...toObjects(443, { spec, status: {} }) };
  const listed = look(objects, { caFile, answers: { "/api/v1/nodes": nodes } });
  expect(await settled(listed.source)).toMatchObject({ state: "ok", reachedBy: expect.stringContaining("node port") });
  const pod = { status: { hostIP: "127.0.0.1" } };
  const answers = { "/api/v1/nodes": forbidden("/api/v1/nodes"), "/api/v1/namespaces/istio-system/pods/gateway-1": pod };
  expect(await settled(look(objects, { caFile, answers }).source)).toMatchObject({ state: "ok" });
});

test("without an address outside of the cluster: into the gateway's pod through the API server", async () => {
  const { gateway, caFile } = await start();
  forwards = { "gateway-1:8443": gateway.port };
  const { source } = look(toObjects(443, { status: {} }), { caFile });
  expect(await settled(source)).toMatchObject({ state: "ok", reachedBy: expect.stringContaining("port-forward of Padlock's own") });
  const { target } = source;
  if (target === null) throw new Error("no target");
  for (const connection of ["new", "keep-alive"] as const) {
    const client = await openGatewayClient(target, { connection });
    const first = await client.call();
    expect(first).toMatchObject({ outcome: "served", httpCode: 200, newConnection: true });
    expect(await client.call()).toMatchObject({ outcome: "served", newConnection: connection === "new" });
    client.close();
  }
  forwards = {};
  const client = await openGatewayClient(target, { connection: "new" });
  expect(await client.call()).toMatchObject({ outcome: "unreachable", message: expect.stringContaining("gateway-1 cannot be forwarded to") });
  client.close();
});

test("no address and no ready pod is absent, not down; a file of the CA that is gone is told by its code", async () => {
  const objects = toObjects(443, { status: {} });
  for (const pod of objects.workloads?.[0]?.pods ?? []) pod.ready = false;
  const { source } = look(objects);
  expect(await settled(source)).toMatchObject({ state: "absent", reason: expect.stringContaining("no address outside the cluster") });
  const gone = look(toObjects(443), { caFile: path.join(folder, "gone.crt") });
  expect((await settled(gone.source)).reason).toContain("ENOENT");
});

test("the first address that answers is taken; what the others met is told", async () => {
  const { gateway, caFile } = await start();
  const status = { loadBalancer: { ingress: [{ hostname: "gateway.invalid" }, { ip: "127.0.0.1" }] } };
  const { source } = look(toObjects(gateway.port, { status }), { caFile });
  expect(await settled(source)).toMatchObject({ state: "ok" });
  expect(source.section.tried.map(({ address }) => address)).toEqual([`gateway.invalid:${gateway.port}`, `127.0.0.1:${gateway.port}`]);
});

test("an unknown authority at one address is the problem, whatever the others met", async () => {
  const { gateway } = await start();
  const status = { loadBalancer: { ingress: [{ hostname: "gateway.invalid" }, { ip: "127.0.0.1" }] } };
  const { source } = look(toObjects(gateway.port, { status }));
  const { reason } = await settled(source);
  expect(reason).toContain(`The certificate at 127.0.0.1:${gateway.port} is signed by an authority that is not trusted here`);
  expect(reason).not.toContain("gateway.invalid");
  expect(source.section.problem).toBe("ca");
  expect(source.section.tried.map(({ address }) => address)).toContain(`gateway.invalid:${gateway.port}`);
});

test("lists that have not come yet are no empty lists; one that may not be read is told of", async () => {
  const objects = { ...toObjects(443), read: new Set(["Pod", "Service"]), gateways: [] };
  const { source } = look(objects);
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(source.status).toMatchObject({ state: "connecting", reason: null });
  const reason = 'User "viewer" cannot list resource "gateways"';
  const hidden = look(objects, { unread: [{ kind: "Gateway", state: "forbidden", reason, hides: "" }] });
  expect(await settled(hidden.source)).toMatchObject({
    state: "absent",
    reason: `The gateway cannot be looked for: ${reason}. Ask for the right to list Gateway objects, or start with --gateway HOST:PORT and --gateway-host NAME.`,
  });
  // Nothing at all may be read.
  const blind = { ...objects, read: new Set<string>(), workloads: null };
  const pods = look(blind, { unread: [{ kind: "Pod", state: "forbidden", reason: "pods is forbidden", hides: "" }] });
  expect(await settled(pods.source)).toMatchObject({
    state: "absent",
    reason: expect.stringMatching(/pods is forbidden\. Ask for the right to list Pod objects, or start with/),
  });
});

test("whoever may not list what leads to the gateway names its address and its host", async () => {
  const { gateway, caFile } = await start();
  const objects = { ...toObjects(443), read: new Set(["Pod", "Service"]), gateways: [], virtualServices: [] };
  const unread: UnreadKind[] = [{ kind: "Gateway", state: "forbidden", reason: "gateways is forbidden", hides: "" }];
  const address = `127.0.0.1:${gateway.port}`;
  const { source } = look(objects, { unread, caFile, address, host: HOST });
  expect(await settled(source)).toMatchObject({ state: "ok", reason: null });
  expect(source.target).toMatchObject({ address: "127.0.0.1", port: gateway.port, host: HOST });
  expect(source.workload).toBeNull();
  // The address alone says neither whom to ask for nor which certificate is right.
  const half = look(objects, { unread, caFile, address });
  expect(await settled(half.source)).toMatchObject({ state: "absent" });
});
