import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RESOURCE } from "../objects";
import { curlFrom, podOf, startTestLab, type TestLab } from "../workloads/test-lab";

/** A tenth of Envoy's times; the order of events is what is tested. */
const DRAIN = { afterAnswer: 600, idle: [3_800, 4_500] as const };

let lab: TestLab;
beforeEach(async () => {
  lab = await startTestLab({ seed: "drain", drainTimes: DRAIN });
});
afterEach(() => lab.close());

function setMode(mode: string): void {
  lab.store.put(RESOURCE.peerAuthentications, {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istioinaction" },
    spec: { mtls: { mode } },
  });
}

/** A plaintext HTTP client that keeps its connection whatever the server says of it. */
class StubbornClient {
  readonly #socket: Socket;
  readonly closed: Promise<number>;
  #text = "";

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port });
    this.#socket.on("data", (chunk) => {
      this.#text += chunk;
    });
    this.#socket.on("error", () => {});
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve(performance.now())));
  }

  async ask(): Promise<string> {
    this.#text = "";
    this.#socket.write("GET /health HTTP/1.1\r\nHost: web-api\r\n\r\n");
    for (let waited = 0; waited < 500 && !this.#text.endsWith("\r\n\r\nOK"); waited += 5) await sleep(5);
    return this.#text;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.readyState === "open";
  }
}

test("a kept plaintext connection is served on with Connection: close, then ended; new ones meet the new rule at once", async () => {
  const { address } = podOf(lab, "istioinaction", "web-api");
  const client = new StubbornClient(address, 8081);
  expect(await client.ask()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*Connection: keep-alive/i);
  setMode("STRICT");
  await sleep(250);
  expect((await curlFrom(lab, "default", "http://web-api.istioinaction:8080/")).exitCode).toBe(56);
  const first = performance.now();
  expect(await client.ask()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*Connection: close/i);
  expect(await client.ask()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*Connection: close/i);
  await sleep(200);
  expect(await client.ask()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*Connection: close/i);
  const ended = (await client.closed) - first;
  expect(ended).toBeGreaterThan(450);
  expect(ended).toBeLessThan(1_200);
});

test("an idle plaintext connection lives until the drain ends", async () => {
  const { address } = podOf(lab, "istioinaction", "web-api");
  const client = new StubbornClient(address, 8081);
  await client.ask();
  setMode("STRICT");
  const changed = performance.now();
  await sleep(2_500);
  expect(client.isOpen).toBe(true);
  const ended = (await client.closed) - changed;
  expect(ended).toBeGreaterThan(3_700);
  expect(ended).toBeLessThan(5_500);
});

test("a sidecar's pooled plaintext connection is served once more, then refused", async () => {
  const target = `http://${podOf(lab, "istioinaction", "recommendation").address}:8080/health`;
  expect((await curlFrom(lab, "istioinaction", target)).status).toBe(200);
  setMode("STRICT");
  await sleep(250);
  expect((await curlFrom(lab, "istioinaction", target)).status).toBe(200);
  const refused = await curlFrom(lab, "istioinaction", target);
  expect(refused).toMatchObject({ status: 503, body: "upstream connect error or disconnect/reset before headers. reset reason: connection termination" });
});

test("between sidecars nothing fails while the mode changes", async () => {
  setMode("PERMISSIVE");
  const outcomes: number[] = [];
  let isOver = false;
  const callers = Array.from({ length: 4 }, async () => {
    while (!isOver) outcomes.push((await curlFrom(lab, "istioinaction", "http://web-api:8080/")).status);
  });
  for (const mode of ["STRICT", "PERMISSIVE", "STRICT", "PERMISSIVE"]) {
    setMode(mode);
    await sleep(250);
  }
  isOver = true;
  await Promise.all(callers);
  expect(outcomes.length).toBeGreaterThan(12);
  expect(outcomes.filter((status) => status !== 200)).toEqual([]);
});

test("a connection that sends nothing is left alone under STRICT, and so is one that has sent a byte", async () => {
  setMode("STRICT");
  await lab.dataPlane.settled();
  const { address } = podOf(lab, "istioinaction", "web-api");
  const silent = connect({ host: address, port: 8081 });
  const almost = connect({ host: address, port: 8081 });
  almost.write("G");
  await sleep(400);
  expect([silent.readyState, almost.readyState]).toEqual(["open", "open"]);
  const reset = new Promise((resolve) => almost.once("error", (error: NodeJS.ErrnoException) => resolve(error.code)));
  almost.write("ET / HTTP/1.1\r\n\r\n");
  expect(await reset).toBe("ECONNRESET");
  silent.destroy();
});

test("enforcement follows the write by about 130 ms, both ways", async () => {
  const { address } = podOf(lab, "istioinaction", "web-api");
  const isServed = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port: 8081 });
      socket.once("connect", () => socket.write("GET /health HTTP/1.1\r\nHost: web-api\r\nConnection: close\r\n\r\n"));
      socket.once("data", () => {
        resolve(true);
        socket.destroy();
      });
      socket.once("error", () => resolve(false));
    });
  const delays: number[] = [];
  for (let round = 0; round < 4; round++) {
    for (const mode of ["STRICT", "PERMISSIVE"]) {
      setMode(mode);
      const written = performance.now();
      while ((await isServed()) === (mode === "STRICT")) await sleep(2);
      delays.push(performance.now() - written);
      await sleep(50);
    }
  }
  console.info(`enforced after ms: ${delays.map((delay) => Math.round(delay)).join(" ")}`);
  const median = delays.toSorted((a, b) => a - b)[delays.length >> 1] ?? 0;
  expect(Math.min(...delays)).toBeGreaterThan(110);
  expect(median).toBeLessThan(200);
});
