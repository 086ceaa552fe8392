import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type GatewayClient, type GatewayClientOptions, GatewayNotResolved, type GatewayTarget, openGatewayClient } from "./call";
import { createTestCertificate, startTestGateway, type TestGateway } from "./test-gateway";

let gateway: TestGateway;
const clients: GatewayClient[] = [];
const servers: Server[] = [];
beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) server.close();
  await gateway.close();
});

async function open(target: Partial<GatewayTarget> = {}, options: Partial<GatewayClientOptions> = {}): Promise<GatewayClient> {
  const client = await openGatewayClient(
    { address: "127.0.0.1", port: gateway.port, serverName: "istioinaction.io", host: "istioinaction.io", ca: gateway.ca, ...target },
    { connection: "new", ...options },
  );
  clients.push(client);
  return client;
}

/** A plain TCP server for what no HTTPS server does. */
async function startTcp(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

test("a call as the lab's curl makes it: address, SNI and Host apart", async () => {
  gateway.answer = (_request, response) => response.end('{"name":"web-api"}');
  const result = await (await open()).call();
  expect(result).toMatchObject({
    outcome: "served",
    httpCode: 200,
    body: '{"name":"web-api"}',
    isBodyCut: false,
    newConnection: true,
    failure: null,
    code: null,
    message: null,
  });
  expect(gateway.requests).toMatchObject([{ host: "istioinaction.io", serverName: "istioinaction.io", isResumed: false }]);
  const { connectedMs, securedMs, firstByteMs, endedMs } = result.timings;
  const order = [0, connectedMs ?? -1, securedMs ?? -1, firstByteMs ?? -1, endedMs];
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(result.latencyMs).toBeGreaterThanOrEqual(endedMs);
});

test("latency counts from the intended start", async () => {
  const result = await (await open()).call({ intendedAt: performance.now() - 500 });
  expect(result.latencyMs).toBeGreaterThan(500);
  expect(result.timings.endedMs).toBeLessThan(400);
});

test("new: a connection and a full handshake each; keep-alive: one for all", async () => {
  const fresh = await open();
  for (let round = 0; round < 5; round++) expect((await fresh.call()).newConnection).toBe(true);
  expect(gateway.connections).toBe(5);
  expect(gateway.requests.every(({ isResumed }) => !isResumed)).toBe(true);
  const kept = await open({}, { connection: "keep-alive" });
  const results = [];
  for (let round = 0; round < 5; round++) results.push(await kept.call());
  expect(results.map(({ newConnection }) => newConnection)).toEqual([true, false, false, false, false]);
  expect(results[1]?.timings).toMatchObject({ connectedMs: null, securedMs: null });
  expect(gateway.connections).toBe(6);
});

test("keep-alive: a connection that the gateway closed meanwhile is replaced, not taken for a refusal", async () => {
  const client = await open({}, { connection: "keep-alive" });
  await client.call();
  gateway.answer = (request, response) => {
    // Closed just as it is used again: the first request on it is cut off, the repeated one served.
    gateway.answer = (_request, again) => again.end("again");
    request.socket.destroy();
    response.destroy();
  };
  expect(await client.call()).toMatchObject({ outcome: "served", body: "again", newConnection: true });
  expect(gateway.connections).toBe(2);
});

test("5xx failed; 4xx served; redirects are answers and not followed (B22)", async () => {
  let elsewhere = 0;
  const port = await startTcp(() => elsewhere++);
  const client = await open();
  for (const [status, outcome] of [
    [500, "failed"],
    [503, "failed"],
    [404, "served"],
    [302, "served"],
  ] as const) {
    gateway.answer = (_request, response) => response.writeHead(status, { location: `http://127.0.0.1:${port}/latest/meta-data/` }).end("x");
    expect(await client.call()).toMatchObject({ outcome, httpCode: status, failure: null });
  }
  expect(elsewhere).toBe(0);
});

test("no more than 1 MB of an answer is read", async () => {
  gateway.answer = (_request, response) => {
    response.on("error", () => undefined);
    const write = () => {
      while (!response.destroyed) if (!response.write("x".repeat(64 * 1024))) return void response.once("drain", write);
    };
    write();
  };
  const result = await (await open()).call();
  expect(result).toMatchObject({ outcome: "served", httpCode: 200, isBodyCut: true });
  expect(result.body).toHaveLength(1024 * 1024);
  await vi.waitFor(() => expect(gateway.sockets.size).toBe(0));
});

describe("failures are named", () => {
  test("the name does not resolve", async () => {
    await expect(open({ address: "gateway.invalid" })).rejects.toBeInstanceOf(GatewayNotResolved);
  });
  test("nobody listens", async () => {
    const port = await startTcp(() => undefined);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await (await open({ port })).call()).toMatchObject({ outcome: "unreachable", failure: "refused", code: "ECONNREFUSED", httpCode: null });
  });
  test("reset in the handshake", async () => {
    const port = await startTcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(await (await open({ port })).call()).toMatchObject({
      outcome: "refused",
      failure: "reset",
      code: "ECONNRESET",
      message: expect.stringContaining("handshake"),
    });
  });
  test("reset instead of an answer", async () => {
    gateway.answer = (request) => request.socket.destroy();
    expect(await (await open()).call()).toMatchObject({ outcome: "refused", failure: "reset", message: expect.stringContaining("without an answer") });
  });
  test("no TLS there", async () => {
    const port = await startTcp((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    expect(await (await open({ port })).call()).toMatchObject({ outcome: "refused", failure: "tls" });
  });
  test("a certificate for another name", async () => {
    expect(await (await open({ serverName: "other.io" })).call()).toMatchObject({ outcome: "unreachable", failure: "tls-name", httpCode: null });
    expect(gateway.requests).toEqual([]);
  });
  test("a certificate of another authority", async () => {
    const other = await createTestCertificate("istioinaction.io");
    expect(await (await open({ ca: other.ca })).call()).toMatchObject({ outcome: "unreachable", failure: "ca", httpCode: null });
    expect(gateway.requests).toEqual([]);
  });
  test("silence: while connecting, in the handshake, and afterwards", async () => {
    const silent = await startTcp(() => undefined);
    expect(await (await open({ port: silent }, { timeoutMs: 100 })).call()).toMatchObject({
      outcome: "unreachable",
      failure: "timeout",
      message: expect.stringContaining("handshake"),
    });
    gateway.answer = () => undefined;
    const result = await (await open({}, { timeoutMs: 150 })).call();
    expect(result).toMatchObject({ outcome: "unreachable", failure: "timeout", message: expect.stringContaining("did not answer within 0.15 s") });
    expect(result.latencyMs).toBeLessThan(400);
    await vi.waitFor(() => expect(gateway.sockets.size).toBe(0));
  });
  test("an answer that is cut off", async () => {
    gateway.answer = (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => request.socket.destroy());
    };
    expect(await (await open()).call()).toMatchObject({ outcome: "failed", httpCode: 200, failure: "cut-off", body: "half" });
  });
  test("stopped: at once, and the connection is gone", async () => {
    gateway.answer = () => undefined;
    const stop = new AbortController();
    const pending = (await open()).call({ signal: stop.signal });
    await vi.waitFor(() => expect(gateway.requests).toHaveLength(1));
    const before = performance.now();
    stop.abort();
    expect(await pending).toMatchObject({ outcome: "cancelled", failure: "cancelled" });
    expect(performance.now() - before).toBeLessThan(50);
    await vi.waitFor(() => expect(gateway.sockets.size).toBe(0));
    expect(await (await open()).call({ signal: stop.signal })).toMatchObject({ outcome: "cancelled" });
  });
});

test("the address is resolved once and kept (B23)", async () => {
  const client = await open({ address: "localhost" });
  expect(client.ip).toBe("127.0.0.1");
  expect(await client.call()).toMatchObject({ outcome: "served" });
});
