import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRetryGate } from "@/lib/kubernetes/retry-gate";
import type { ObservedGraph } from "@/lib/mesh/observed";
import { createKialiConnector, type KialiConnector } from "./connector";
import { createGraphPoll, type GraphPoll, type GraphPollState, toViewKey } from "./poll";
import { type RecordedKiali, readRecording, sendRecording, startRecordedKiali } from "./recorded-kiali";

let kiali: RecordedKiali;
let connector: KialiConnector;
let poll: GraphPoll | null = null;
const graphs: ObservedGraph[] = [];
const states: GraphPollState[] = [];

beforeEach(async () => {
  kiali = await startRecordedKiali("kiali-main");
  connector = createKialiConnector({ findWays: async () => [{ url: kiali.url, says: kiali.url, link: kiali.url, takesToken: true }] });
  graphs.length = 0;
  states.length = 0;
});
afterEach(async () => {
  poll?.stop();
  poll = null;
  await connector.close();
  await kiali.close();
});

function startPoll(namespaces = ["istioinaction"]): GraphPoll {
  poll = createGraphPoll({
    connect: connector.connect,
    view: { namespaces, windowSeconds: 60 },
    gate: createRetryGate({ random: () => 1 }),
    onGraph: (graph) => graphs.push(graph),
    onState: (state) => states.push(state),
    random: () => 1,
  });
  poll.start();
  return poll;
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const graphRequests = () => kiali.requests.filter(({ url }) => url.pathname.endsWith("/graph"));

test("polls at once, then every 2 s, and not after stop", async () => {
  const running = startPoll();
  running.start();
  await vi.waitFor(() => expect(graphs).toHaveLength(1), { timeout: 10_000 });
  expect(running.state).toMatchObject({ state: "ok", reason: null, lastGood: graphs[0]?.receivedAt, nextTry: null });
  await vi.waitFor(() => expect(graphs).toHaveLength(2), { timeout: 6_000 });
  const gap = (graphs[1]?.receivedAt ?? 0) - (graphs[0]?.receivedAt ?? 0);
  // At most a machine's own slowness later; the timeout above says how much of it is borne.
  expect(gap).toBeGreaterThan(1_800);
  running.stop();
  await pause(2_500);
  expect(graphRequests()).toHaveLength(2);
});

test("a slow Kiali is asked less often, one request at a time (F14)", async () => {
  let inFlight = 0;
  let most = 0;
  kiali.intercept = (_request, response, url) => {
    if (!url.pathname.endsWith("/graph")) return false;
    inFlight++;
    most = Math.max(most, inFlight);
    setTimeout(() => {
      inFlight--;
      sendRecording(response, readRecording("kiali-main", "graph-workload"));
    }, 700);
    return true;
  };
  startPoll();
  await vi.waitFor(() => expect(graphs).toHaveLength(2), { timeout: 8_000 });
  const gap = (graphs[1]?.receivedAt ?? 0) - (graphs[0]?.receivedAt ?? 0);
  expect(gap).toBeGreaterThan(3_400);
  expect(most).toBe(1);
});

test("Kiali goes and comes back (F12): stale, down, ok; the last good time stays", async () => {
  startPoll();
  await vi.waitFor(() => expect(graphs).toHaveLength(1), { timeout: 10_000 });
  const good = graphs[0]?.receivedAt;
  kiali.intercept = (_request, response) => {
    response.socket?.destroy();
    return true;
  };
  await vi.waitFor(() => expect(states.at(-1)?.state).toBe("down"), { timeout: 8_000 });
  expect(states.map(({ state }) => state)).toEqual(["ok", "stale", "stale", "down"]);
  const last = states.at(-1);
  expect(last).toMatchObject({ lastGood: good, reason: expect.stringContaining("cut the connection off") });
  expect(last?.nextTry).toBeGreaterThan(Date.now());
  expect(states[2]?.since).toBe(states[1]?.since);
  kiali.intercept = null;
  await vi.waitFor(() => expect(states.at(-1)?.state).toBe("ok"), { timeout: 8_000 });
  expect(states.at(-1)).toMatchObject({ reason: null, nextTry: null });
});

test("Kiali that comes up after Padlock is found; while down the pauses grow", async () => {
  kiali.intercept = (_request, response) => {
    response.socket?.destroy();
    return true;
  };
  startPoll();
  await vi.waitFor(() => expect(states).toHaveLength(3), { timeout: 5_000 });
  expect(states.every(({ state, lastGood }) => state === "down" && lastGood === null)).toBe(true);
  const tries = kiali.requests.length;
  expect(tries).toBe(3);
  kiali.intercept = null;
  await vi.waitFor(() => expect(states.at(-1)?.state).toBe("ok"), { timeout: 5_000 });
});

test("Prometheus down: stale for as long as it takes, for Kiali is well", async () => {
  startPoll();
  await vi.waitFor(() => expect(graphs).toHaveLength(1), { timeout: 10_000 });
  kiali.intercept = (_request, response, url) => {
    if (!url.pathname.endsWith("/graph")) return false;
    sendRecording(response, readRecording("kiali-main", "graph-prometheus-down"));
    return true;
  };
  await vi.waitFor(() => expect(states).toHaveLength(5), { timeout: 10_000 });
  expect(states.slice(1).map(({ state }) => state)).toEqual(["stale", "stale", "stale", "stale"]);
  expect(states.at(-1)?.reason).toContain("Prometheus");
});

test("a forbidden namespace is neither down nor empty", async () => {
  startPoll(["nowhere"]);
  await vi.waitFor(() => expect(states.at(-1)?.state).toBe("forbidden"));
  expect(states.at(-1)?.reason).toContain("nowhere");
  expect(graphs).toEqual([]);
});

test("a namespace that was just created is waited for, not taken for a Kiali that is down", async () => {
  kiali.intercept = (_request, response, url) => {
    if (!url.pathname.endsWith("/graph")) return false;
    response.writeHead(400).end(JSON.stringify({ error: "Namespace [istioinaction] did not exist at requested queryTime [2026-11-24 19:13:11 +0000 UTC]" }));
    return true;
  };
  startPoll();
  await vi.waitFor(() => expect(states).toHaveLength(1), { timeout: 5_000 });
  expect(states[0]).toMatchObject({ state: "connecting", reason: expect.stringContaining("only just now"), lastGood: null });
  kiali.intercept = null;
  await vi.waitFor(() => expect(states.at(-1)?.state).toBe("ok"), { timeout: 5_000 });
});

test("stop gives up what is under way, silently", async () => {
  kiali.intercept = (_request, _response, url) => url.pathname.endsWith("/graph");
  const running = startPoll();
  await vi.waitFor(() => expect(graphRequests()).toHaveLength(1), { timeout: 10_000 });
  running.stop();
  await pause(100);
  expect(states).toEqual([]);
  kiali.intercept = null;
  running.start();
  await vi.waitFor(() => expect(graphs).toHaveLength(1), { timeout: 10_000 });
});

test("a connection is shared, and a Kiali that moved to another web root is found again", async () => {
  const [first, second] = await Promise.all([connector.connect(), connector.connect()]);
  expect(first).toBe(second);
  expect(connector.current?.connection).toBe(first);
  kiali.intercept = (_request, response, url) => {
    if (!url.pathname.endsWith("/graph")) return false;
    response.writeHead(404).end("404 page not found");
    return true;
  };
  startPoll();
  await vi.waitFor(() => expect(states).toHaveLength(1));
  kiali.intercept = null;
  await vi.waitFor(() => expect(graphs).toHaveLength(1), { timeout: 10_000 });
  expect(connector.current?.connection).not.toBe(first);
});

test("a view is the same in any order of its namespaces", () => {
  expect(toViewKey({ namespaces: ["b", "a", "b"], windowSeconds: 60 })).toBe(toViewKey({ namespaces: ["a", "b"], windowSeconds: 60 }));
  expect(toViewKey({ namespaces: ["a"], windowSeconds: 60 })).not.toBe(toViewKey({ namespaces: ["a"], windowSeconds: 300 }));
});
