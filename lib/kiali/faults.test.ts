import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { connectKubernetes } from "@/lib/kubernetes/connect";
import { createRetryGate } from "@/lib/kubernetes/retry-gate";
import { type Lab, startLab } from "@/lib/lab/lab";
import type { ObservedGraph } from "@/lib/mesh/observed";
import { createKialiConnector, type KialiConnector } from "./connector";
import { createGraphPoll, type GraphPoll, type GraphPollState, type PollGate } from "./poll";
import { readRecording, sendRecording } from "./recorded-kiali";
import { type FaultProxy, startFaultProxy } from "./testdata/fault-proxy";

/** F10–F16 of Kiali: the poll, a proxy that does harm, and the lab's Kiali behind it. */

let folder: string;
let lab: Lab;
let proxy: FaultProxy;
let connector: KialiConnector;
const polls: GraphPoll[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "padlock-kiali-faults-"));
  lab = await startLab({ directory: folder, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
});
afterAll(async () => {
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  proxy = await startFaultProxy(lab.kialiUrl);
  connector = createKialiConnector({ findWays: async () => [{ url: proxy.url, says: "the proxy", link: null, takesToken: true }] });
});
afterEach(async () => {
  for (const poll of polls.splice(0)) poll.stop();
  await connector.close();
  await proxy.stop();
});

/** Patience is its own test's matter (F11). */
const quick = () => createRetryGate({ minMs: 50, maxMs: 200, triesPerWindow: 1_000 });

interface Followed {
  poll: GraphPoll;
  graphs: ObservedGraph[];
  states: GraphPollState[];
  last(): GraphPollState | undefined;
}

function follow({ namespaces = ["istioinaction"], gate = quick() as PollGate, timeoutMs = 5_000, intervalMs = 100 } = {}): Followed {
  const followed: Followed = { poll: {} as GraphPoll, graphs: [], states: [], last: () => followed.states.at(-1) };
  followed.poll = createGraphPoll({
    connect: connector.connect,
    view: { namespaces, windowSeconds: 60 },
    gate,
    onGraph: (graph) => followed.graphs.push(graph),
    onState: (state) => followed.states.push(state),
    // As the server does: those that wait at the gate hear what one of them met.
    onFailure(error) {
      for (const poll of polls) if (poll !== followed.poll) poll.hear(error);
    },
    timing: { intervalMs, timeoutMs },
  });
  polls.push(followed.poll);
  followed.poll.start();
  return followed;
}
const until = (holds: () => boolean, timeout = 10_000) => vi.waitFor(() => expect(holds()).toBe(true), { timeout, interval: 10 });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
type Fault = NonNullable<FaultProxy["fault"]>;
type Send = (response: Parameters<Fault>[1]) => unknown;
/** Answers instead of Kiali where it is asked for a graph. */
const onGraph =
  (send: Send): Fault =>
  (_request, response, url) => {
    if (!url.pathname.endsWith("/api/namespaces/graph")) return false;
    send(response);
    return true;
  };

test("F10 429 with Retry-After: no poll asks before its time, then all is well", async () => {
  const first = follow();
  const second = follow({ namespaces: ["istio-system"], gate: quick() });
  await until(() => first.graphs.length > 0 && second.graphs.length > 0);
  second.poll.stop();
  proxy.fault = onGraph((response) => response.writeHead(429, { "retry-after": "2" }).end("slow down"));
  await until(() => first.last()?.state === "stale");
  const toldAt = Date.now();
  expect(first.last()?.reason).toContain("asks to wait 2 s");
  expect(first.last()?.nextTry).toBeGreaterThan(toldAt + 1_500);
  proxy.fault = null;
  const before = proxy.graphRequests().length;
  await until(() => first.last()?.state === "ok");
  expect((proxy.graphRequests()[before]?.at ?? 0) - toldAt).toBeGreaterThan(1_800);
});

test("F11 500 and 503 in bursts: the graph goes on between them", async () => {
  const followed = follow();
  await until(() => followed.graphs.length > 0);
  let count = 0;
  proxy.fault = (_request, response, url) => {
    if (!url.pathname.endsWith("/api/namespaces/graph") || ++count % 2 === 0) return false;
    response.writeHead(count % 4 === 1 ? 500 : 503).end("no");
    return true;
  };
  const before = followed.graphs.length;
  await until(() => followed.graphs.length >= before + 3);
  expect(followed.states.some(({ state }) => state === "stale")).toBe(true);
  expect(followed.states.every(({ state }) => state === "ok" || state === "stale")).toBe(true);
});

test("F11 while nothing but 503 comes, all polls together ask 12 times a minute at most", async () => {
  // The least patient draw there can be: what holds the polls back is the gate alone.
  const gate = createRetryGate({ random: () => 0 });
  const followed = ["istioinaction", "istio-system", "default"].map((name) => follow({ namespaces: [name], gate }));
  await until(() => followed.every(({ graphs }) => graphs.length > 0));
  proxy.fault = (_request, response) => {
    response.writeHead(503).end("no");
    return true;
  };
  await until(() => followed.every(({ last }) => last()?.state === "stale" || last()?.state === "down"));
  const asked = proxy.requests.length;
  await pause(2_500);
  expect(proxy.requests.length - asked).toBeLessThanOrEqual(12);
  expect(followed.every(({ last }) => last()?.reason !== null && last()?.nextTry !== null)).toBe(true);
});

test("F12 Kiali goes and comes back on the same address: the last graph and its time stay, every view hears of it, and it recovers by itself", async () => {
  const gate = quick();
  const views: Followed[] = [];
  for (const name of ["istioinaction", "istio-system"]) views.push(follow({ namespaces: [name], gate }));
  await until(() => views.every(({ graphs }) => graphs.length > 0));
  await proxy.stop();
  await until(() => views.some(({ last }) => last()?.state === "down"));
  const good = views.map(({ poll }) => poll.state.lastGood);
  expect(good.every((at) => at !== null)).toBe(true);
  expect(views.find(({ last }) => last()?.state === "down")?.last()).toMatchObject({
    culprit: "kiali",
    reason: expect.stringContaining("refused the connection"),
  });
  const seen = views.map(({ graphs }) => graphs.length);
  await pause(300);
  expect(views.map(({ graphs }) => graphs.length)).toEqual(seen);
  await proxy.start();
  await until(() => views.every(({ last }) => last()?.state === "ok"));
});

describe("F13 Prometheus is down and Kiali is up", () => {
  const prometheusDown: [string, Fault][] = [
    ["503, as Kiali says while a query fails", onGraph((response) => sendRecording(response, readRecording("kiali-main", "graph-prometheus-down")))],
    [
      "an empty graph, as Kiali since 2.26 says when it never found Prometheus",
      (_request, response, url) => {
        if (url.pathname.endsWith("/api/namespaces/graph"))
          response.end(JSON.stringify({ timestamp: Math.floor(Date.now() / 1_000), duration: 60, graphType: "workload", elements: { nodes: [], edges: [] } }));
        else if (url.pathname.endsWith("/api/config"))
          response.end(JSON.stringify({ prometheus: { enabled: true, disabledReason: "dial tcp 127.0.0.1:9090: connect: connection refused" } }));
        else return false;
        return true;
      },
    ],
  ];
  test.each(prometheusDown)("%s: Prometheus is the culprit, nothing empty is handed on, Kiali's own time of answering goes on", async (_, fault) => {
    const followed = follow();
    await until(() => followed.graphs.length > 0);
    proxy.fault = fault;
    await until(() => followed.last()?.culprit === "prometheus", 15_000);
    const known = followed.graphs.length;
    const { lastGood, lastAnswer } = followed.poll.state;
    await pause(400);
    await until(() => (followed.poll.state.lastAnswer ?? 0) > (lastAnswer ?? 0));
    expect(followed.graphs).toHaveLength(known);
    expect(followed.last()).toMatchObject({ state: "stale", lastGood, reason: expect.stringContaining("connection refused") });
    proxy.fault = null;
    await until(() => followed.last()?.state === "ok");
    expect(followed.last()?.culprit).toBeNull();
  });
});

test("F14 Kiali takes too long: cut, the last graph kept, never more than one request under way", async () => {
  const followed = follow({ timeoutMs: 300 });
  await until(() => followed.graphs.length > 1);
  const known = followed.graphs.length;
  // Long enough to be cut, and to overlap with the next if there were one.
  proxy.fault = onGraph((response) => setTimeout(() => response.end("{}"), 2_000));
  await until(() => followed.last()?.state === "down", 15_000);
  expect(followed.last()?.reason).toContain("did not answer within 0.3 s");
  expect(followed.graphs.length - known).toBeLessThanOrEqual(1);
  expect(proxy.mostInFlight()).toBe(1);
  proxy.fault = null;
  await until(() => followed.last()?.state === "ok");
});

describe("F15 Kiali answers what no Kiali answers: told, nothing rendered from it, and over when it is over", () => {
  const graph = (elements: unknown) => JSON.stringify({ timestamp: 1, duration: 60, graphType: "workload", elements });
  const big: Send = (response) => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    let sent = 0;
    const write = () => {
      while (sent++ < 30 && response.writable) if (!response.write(chunk)) return void response.once("drain", write);
      response.end();
    };
    write();
  };
  const answers: [string, Send, RegExp][] = [
    [
      "an HTML login page",
      (response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><html><body>Sign in</body></html>"),
      /web page/,
    ],
    ["a redirection", (response) => response.writeHead(302, { location: "https://login.example/?next=kiali" }).end(), /redirects/],
    ["JSON cut off", (response) => response.end('{"timestamp": 1, "elements": {"nodes": [{"data": {"id": "a"'), /cut off or broken/],
    ["NaN, which is no JSON", (response) => response.end('{"timestamp": NaN, "duration": 60, "elements": {"nodes": [], "edges": []}}'), /cut off or broken/],
    ["another type in place of the graph", (response) => response.end(JSON.stringify({ elements: "none" })), /no `elements`/],
    ["another type in place of the nodes", (response) => response.end(graph({ nodes: 7, edges: [] })), /no list of nodes/],
    [
      "a timestamp that is none",
      (response) => response.end(JSON.stringify({ timestamp: "soon", duration: 60, elements: { nodes: [], edges: [] } })),
      /no usable `timestamp`/,
    ],
    ["30 MB", big, /more than 8 MB/],
    [
      "an answer that is cut off",
      (response) => {
        response.writeHead(200, { "content-length": "500" }).write("{");
        setTimeout(() => response.destroy(), 20);
      },
      /cut the connection off/,
    ],
  ];
  test.each(answers)("%s", async (_, send, says) => {
    const followed = follow();
    await until(() => followed.graphs.length > 0);
    proxy.fault = onGraph(send);
    await until(() => followed.last()?.state === "stale");
    const known = followed.graphs.length;
    expect(followed.last()?.reason).toMatch(says);
    expect(followed.last()?.reason).not.toContain("login.example");
    await until(() => followed.last()?.state === "down");
    expect(followed.graphs).toHaveLength(known);
    proxy.fault = null;
    await until(() => followed.last()?.state === "ok");
  });

  test("figures that are none: their lines are there, not measured, and named", async () => {
    const ends = ["a", "b"].map((id) => ({ data: { id, nodeType: "workload", cluster: "Kubernetes", namespace: "istioinaction", workload: id } }));
    const edge = (id: string, more: object) => ({ data: { id, source: "a", target: "b", traffic: { protocol: "http", rates: { http: "1.00" } }, ...more } });
    const edges = [
      edge("1", { isMTLS: "NaN" }),
      edge("2", { isMTLS: 100 }),
      edge("3", { traffic: { protocol: "http", rates: { http: "NaN" } }, isMTLS: "100" }),
    ];
    proxy.fault = onGraph((response) => response.end(graph({ nodes: ends, edges })));
    const followed = follow();
    await until(() => followed.graphs.length > 0);
    const [seen] = followed.graphs;
    expect(seen?.edges.map(({ mtlsPercent }) => mtlsPercent)).toEqual([null, null, null]);
    expect(seen?.edges[2]?.rate).toBe(0);
    expect(seen?.omitted).toEqual(["3 edges with figures that cannot be right: not measured"]);
  });
});

test("F16 a namespace goes away between two polls: the others are shown, the one is named", async () => {
  const terminal = await connectKubernetes({ kubeconfigPath: lab.kubeconfig });
  await terminal.request({ method: "POST", path: "/api/v1/namespaces", body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "doomed" } } });
  await pause(1_100);
  const followed = follow({ namespaces: ["istioinaction", "doomed"] });
  await until(() => followed.graphs.at(-1)?.omitted.length === 0);
  await terminal.request({ method: "DELETE", path: "/api/v1/namespaces/doomed" });
  await until(() => followed.graphs.at(-1)?.omitted.length === 1);
  expect(followed.graphs.at(-1)?.omitted).toEqual(["namespace doomed: it does not exist, or Kiali may not read it"]);
  expect(followed.last()).toMatchObject({ state: "ok", reason: null });
  await terminal.close();
});
