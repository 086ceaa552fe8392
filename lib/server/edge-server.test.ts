import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createEdgeServer } from "./edge-server";
import { toAllowedHosts } from "./hosts";
import { createOpenGate } from "./sign-in/gate";

let server: Server;
let port = 0;
let seen: IncomingMessage[] = [];
let lag = 0;
let isReady = true;

beforeAll(async () => {
  server = createEdgeServer(
    (request, response) => {
      seen.push(request);
      request.resume();
      response.end("page");
    },
    () => ({ allowedHosts: toAllowedHosts({ address: "127.0.0.1", port }), gate: createOpenGate() }),
    { health: { eventLoopLag: () => lag, isReady: () => isReady }, readMetrics: async () => "padlock_build_info 1\n" },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  seen = [];
  lag = 0;
  isReady = true;
});

/** Sends bytes as they are, since every client would mend them. */
async function send(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(text);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.on("error", () => {});
  await once(socket, "close");
  return answer;
}

const get = (target: string, headers: string[] = [], method = "GET") =>
  send([`${method} ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers, "Connection: close", "", ""].join("\r\n"));
/** As a kubelet asks: by the pod's address. */
const probe = (target: string, method = "GET", host = "10.244.0.7:4480") => send(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

test("a page is answered, with every security header", async () => {
  const answer = await get("/?namespace=istioinaction");
  expect(statusOf(answer)).toBe(200);
  for (const header of [
    "x-content-type-options: nosniff",
    "x-frame-options: DENY",
    "referrer-policy: no-referrer",
    "cross-origin-opener-policy: same-origin",
    "cross-origin-resource-policy: same-origin",
  ]) {
    expect(answer.toLowerCase()).toContain(header.toLowerCase());
  }
  const policy = /content-security-policy: (.*)\r/i.exec(answer)?.[1] ?? "";
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toMatch(/script-src 'nonce-[A-Za-z0-9+/=]{22,}' 'strict-dynamic';/);
  expect(seen[0]?.headers["content-security-policy"]).toBe(policy);
});

test("each answer has a nonce of its own", async () => {
  const nonces = (await Promise.all([get("/"), get("/")])).map((answer) => /nonce-([^']+)/.exec(answer)?.[1]);
  expect(new Set(nonces).size).toBe(2);
});

describe("B1–B3: Host, on pages and files too", () => {
  test.each(["evil.example", "127.0.0.1.nip.io", "localhost.evil", "LOCALHOST:1", "127.0.0.1", ""])("%j", async (host) => {
    for (const path of ["/", "/icon.svg", "/_next/static/x.js", "/api/state"]) {
      const answer = await send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(statusOf(answer)).toBe(421);
    }
    expect(seen).toHaveLength(0);
  });
  test("two Host headers, or none", async () => {
    const two = await send(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    expect([400, 421]).toContain(statusOf(two));
    const none = await send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    expect([400, 421]).toContain(statusOf(none));
    expect(seen).toHaveLength(0);
  });
});

describe("B8: methods", () => {
  test.each(["TRACE", "FOO", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])("%s", async (method) => {
    expect(statusOf(await get("/api/switch", [], method))).toBe(405);
    expect(seen).toHaveLength(0);
  });
  test("CONNECT", async () => {
    expect(statusOf(await send(`CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n`))).toBe(405);
  });
  test("X-HTTP-Method-Override", async () => {
    expect(statusOf(await get("/api/switch", ["X-HTTP-Method-Override: DELETE"], "POST"))).toBe(405);
  });
});

test("B11: 30 MB are refused before they are read", async () => {
  expect(statusOf(await get("/api/switch", ["Content-Type: application/json", "Content-Length: 31457280"], "POST"))).toBe(413);
  expect(seen).toHaveLength(0);
});

test("two ways of saying where a body ends are none", async () => {
  const answer = await get("/api/switch", ["Content-Length: 5", "Transfer-Encoding: chunked"], "POST");
  expect(statusOf(answer)).toBe(400);
  expect(seen).toHaveLength(0);
});

test.each(["websocket", "h2c", "SPDY/3.1"])("B28: an upgrade to %s", async (protocol) => {
  for (const path of ["/", "/api/stream", "/_next/webpack-hmr"]) {
    const answer = await send(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    expect(statusOf(answer)).toBe(426);
  }
  expect(seen).toHaveLength(0);
});

test("B10, B36: headers of proxies, identities and Next's own are taken away", async () => {
  const names = [
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "Forwarded",
    "X-Real-IP",
    "Impersonate-User",
    "X-Remote-User",
    "Kiali-User",
    "Authorization",
    "x-middleware-subrequest",
    "x-nextjs-data",
    "RSC",
    "Next-Action",
    "x-invoke-path",
  ];
  const answer = await get(
    "/",
    names.map((name) => `${name}: evil`),
  );
  expect(statusOf(answer)).toBe(200);
  expect(JSON.stringify(seen[0]?.headers)).not.toContain("evil");
});

describe("B40: addresses that are not plain paths", () => {
  test.each([
    "/%2e%2e/package.json",
    "//api/state",
    "/api/..%2fpackage.json",
    "/api/../package.json",
    "/api\\state",
    "/api/state;jsessionid=1",
    "/a/%00",
    "/..",
    "http://evil.example/",
    "*",
  ])("%s", async (target) => {
    expect([400, 404]).toContain(statusOf(await get(target)));
    expect(seen).toHaveLength(0);
  });
  test("10 KB", async () => expect(statusOf(await get(`/${"a".repeat(10_000)}`))).toBe(414));
  test("20 KB of headers", async () => expect(statusOf(await get("/", [`X-Long: ${"a".repeat(20_000)}`]))).toBe(431));
});

test("B45: the image optimizer is not served", async () => {
  expect(statusOf(await get("/_next/image?url=http%3A%2F%2F169.254.169.254%2F&w=64&q=75"))).toBe(404);
  expect(seen).toHaveLength(0);
});

test("B11: a request that comes a byte at a time is ended", { timeout: 20_000 }, async () => {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nHost: ");
  await once(socket, "close");
  expect(statusOf(answer)).toBe(408);
});

describe("for those who keep the process running", () => {
  test("health and readiness are told under any name; nothing else is", async () => {
    expect(await probe("/healthz")).toMatch(/^HTTP\/1\.1 200.*\r\n\r\nok\n$/s);
    expect(statusOf(await probe("/readyz"))).toBe(200);
    for (const target of ["/metrics", "/", "/api/state", "/healthz/x", "/healthz/../metrics"]) expect(statusOf(await probe(target)), target).toBe(421);
    expect(seen).toEqual([]);
  });
  test("a loop that is stuck for five seconds is not alive, one that ends is not ready, and each is told apart", async () => {
    lag = 4.9;
    expect(statusOf(await probe("/healthz"))).toBe(200);
    lag = 5;
    expect(await probe("/healthz")).toMatch(/^HTTP\/1\.1 503.*the event loop is stuck/s);
    expect(statusOf(await probe("/readyz"))).toBe(200);
    lag = 0;
    isReady = false;
    expect(statusOf(await probe("/healthz"))).toBe(200);
    expect(statusOf(await probe("/readyz"))).toBe(503);
  });
  test("they are only read", async () => {
    expect(statusOf(await probe("/healthz", "POST"))).toBe(405);
    expect(await probe("/healthz", "HEAD")).toMatch(/^HTTP\/1\.1 200.*\r\n\r\n$/s);
  });
  test("metrics are text for Prometheus, under our own names", async () => {
    expect(await get("/metrics")).toMatch(/^HTTP\/1\.1 200.*text\/plain; version=0\.0\.4.*padlock_build_info 1/s);
    await get("/metrics", [], "POST");
    expect(seen.map(({ method }) => method)).toEqual(["POST"]);
  });
});
