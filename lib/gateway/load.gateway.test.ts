import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type GatewayCallResult, type GatewayClient, openGatewayClient } from "./call";
import { type LoadOptions, startLoad } from "./load";
import { startTestGateway, type TestGateway } from "./test-gateway";

const LIMITS = { ratePerSecond: 200, connections: 50, seconds: 300, requests: 60_000 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("against a gateway", () => {
  let gateway: TestGateway;
  let client: GatewayClient;
  beforeEach(async () => {
    gateway = await startTestGateway();
  });
  afterEach(async () => {
    client.close();
    await gateway.close();
  });

  async function open(connection: "new" | "keep-alive", timeoutMs?: number): Promise<LoadOptions<GatewayCallResult>["call"]> {
    const target = { address: "127.0.0.1", port: gateway.port, serverName: "istioinaction.io", host: "istioinaction.io", ca: gateway.ca };
    client = await openGatewayClient(target, { connection, timeoutMs });
    return (start) => client.call(start);
  }

  test.each([
    ["keep-alive", 200],
    // Both ends of each handshake are computed in this one process.
    ["new", 20],
  ] as const)("%s at %d requests/s: every call arrives, on as many connections as that means", async (connection, rate) => {
    const load = startLoad({ rate, seconds: 3, connections: 6, limits: LIMITS, call: await open(connection) });
    const planned = rate * 3;
    expect(await load.done).toMatchObject({
      end: "finished",
      planned,
      sent: planned,
      ended: planned,
      inFlight: 0,
      outcomes: { served: planned, failed: 0, refused: 0, unreachable: 0, cancelled: 0 },
    });
    expect(gateway.arrivals).toHaveLength(planned);
    if (connection === "new") expect(gateway.connections).toBe(planned);
    // At least 99 % of the calls used a connection again.
    else expect(gateway.connections).toBeLessThanOrEqual(planned * 0.01);
  });

  test("the lab's ten calls, one at a time, a second's tenth apart", async () => {
    const results: GatewayCallResult[] = [];
    const load = startLoad({ rate: 10, count: 10, connections: 1, limits: LIMITS, call: await open("new"), onResult: (result) => results.push(result) });
    expect(await load.done).toMatchObject({ planned: 10, outcomes: { served: 10 }, end: "finished" });
    expect(results.every(({ newConnection, body }) => newConnection && body === "ok")).toBe(true);
    expect(gateway.connections).toBe(10);
  });

  test("a target that stalls for 2 s shows in the latencies of all that were due meanwhile", async () => {
    const call = await open("keep-alive");
    const load = startLoad({ rate: 50, seconds: 4, connections: 5, limits: LIMITS, call });
    await pause(1_000);
    const held: (() => void)[] = [];
    gateway.answer = (_request, response) => held.push(() => response.end("late"));
    await pause(2_000);
    gateway.answer = (_request, response) => response.end("ok");
    for (const release of held) release();
    const summary = await load.done;
    // Five were in flight; a hundred were due.
    expect(held).toHaveLength(5);
    expect(summary).toMatchObject({ sent: 200, outcomes: { served: 200 } });
    expect(summary.latency?.p99).toBeGreaterThan(1_500);
    expect(summary.latency?.p95).toBeGreaterThan(1_000);
    expect(summary.latency?.p50).toBeLessThan(1_000);
  });

  test("cancelled: over within 250 ms, in-flight calls cut, nothing arrives after", async () => {
    gateway.answer = () => undefined;
    const load = startLoad({ rate: 200, seconds: 60, connections: 20, limits: LIMITS, call: await open("new") });
    await vi.waitFor(() => expect(gateway.arrivals.length).toBe(20), { timeout: 10_000 });
    const before = performance.now();
    load.cancel();
    const summary = await load.done;
    expect(performance.now() - before).toBeLessThan(250);
    expect(summary).toMatchObject({ end: "cancelled", sent: 20, ended: 20, inFlight: 0, outcomes: { cancelled: 20, served: 0 }, latency: null });
    await vi.waitFor(() => expect(gateway.sockets.size).toBe(0), { timeout: 5_000 });
    await pause(300);
    expect(gateway.arrivals).toHaveLength(20);
  });

  test("a gateway that answers 503, resets, hangs or goes: counted by class, the run goes on within its bounds (F26)", async () => {
    const call = await open("new", 3_000);
    let open503 = 0;
    let most = 0;
    const answers: TestGateway["answer"][] = [
      (_request, response) => response.writeHead(503).end(),
      (request) => request.socket.destroy(),
      () => undefined,
      (_request, response) => response.end("ok"),
    ];
    let turn = 0;
    gateway.answer = (request, response) => answers[turn++ % answers.length]?.(request, response);
    const load = startLoad({
      rate: 40,
      count: 40,
      connections: 6,
      limits: LIMITS,
      async call(start) {
        most = Math.max(most, ++open503);
        const result = await call(start);
        open503--;
        return result;
      },
    });
    expect(await load.done).toMatchObject({ end: "finished", outcomes: { served: 10, failed: 10, refused: 10, unreachable: 10, cancelled: 0 } });
    expect(most).toBeLessThanOrEqual(6);
    await gateway.close();
    const gone = startLoad({ rate: 100, count: 20, connections: 5, limits: LIMITS, call });
    expect(await gone.done).toMatchObject({ end: "finished", outcomes: { unreachable: 20 } });
  });
});
