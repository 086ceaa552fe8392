import { readdirSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { createLabStore } from "./fixtures/lab-objects";
import { compareShapes } from "./fixtures/shape";
import { type Callee, type Caller, toReports } from "./fixtures/traffic";
import { createMetrics } from "./metrics";
import { createKiali } from "./server";

const NOW = 1795538552;
const HOPS: [Caller, Callee][] = [
  ["gateway", "webApi"],
  ["webApi", "recommendation"],
  ["recommendation", "purchaseHistory"],
  ["outside", "webApi"],
  ["outside", "recommendation"],
  ["outside", "purchaseHistory"],
];

/** Kiali on the lab's objects, with a minute of the recorded traffic counted and scraped up to NOW. */
function createLabKiali(webRoot?: string) {
  let seconds = NOW - 60;
  const metrics = createMetrics({ now: () => seconds * 1000 });
  const pass = (duration: number, hops: readonly [Caller, Callee][]) => {
    for (let i = 0; i < duration; i++) {
      for (const [caller, callee] of hops) for (const report of toReports(caller, callee)) metrics.record(report);
      seconds++;
      metrics.scrape();
    }
  };
  pass(60, HOPS);
  const kiali = createKiali({
    store: createLabStore(),
    metrics,
    now: () => seconds * 1000,
    kubernetesVersion: "v1.35.4",
    ...(webRoot === undefined ? {} : { webRoot }),
  });
  const get = async (path: string) => {
    const response = kiali.handle(new Request(`http://kiali${path}`));
    const text = await response.text();
    const type = response.headers.get("content-type")?.split(";")[0] ?? "";
    return { status: response.status, type, headers: response.headers, body: type === "application/json" ? JSON.parse(text) : text };
  };
  return { kiali, metrics, pass, get };
}

const recordings = new URL("testdata/recordings/", import.meta.url);
const files = readdirSync(recordings).filter((file) => !/-tls-(mesh|namespace)-|graph-idle\.|graph-strict|graph-prometheus-down/.test(file));
test.each(files)("%s: status, type, refusals word by word, shape of the rest", async (file) => {
  const { request, response } = JSON.parse(readFileSync(new URL(file, recordings), "utf8"));
  const { get } = createLabKiali();
  const live = await get(request.path);
  const headers = new Map<string, string>(response.headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value]));
  expect({ status: live.status, type: live.type }).toEqual({ status: response.status, type: headers.get("content-type")?.split(";")[0] ?? "" });
  if (response.status >= 300 || typeof response.body === "string") expect(live.body).toEqual(response.body);
  else expect(compareShapes(response.body, live.body)).toEqual([]);
  expect(live.headers.get("location")).toBe(headers.get("location") ?? null);
  expect(live.headers.get("vary")).toBe("Accept-Encoding");
});

const GRAPH = "/kiali/api/namespaces/graph?namespaces=istioinaction&duration=10s&appenders=deadNode,securityPolicy";

test("a minute of calls is a graph with locks; a caller that was refused leaves it, because nobody counted it", async () => {
  const { get, pass } = createLabKiali();
  const edges = async (at: number) => (await get(`${GRAPH}&queryTime=${at}`)).body.elements.edges.map(({ data }: { data: Record<string, unknown> }) => data);
  const before = await edges(NOW);
  expect(before).toHaveLength(6);
  expect(before.filter(({ isMTLS }: { isMTLS?: string }) => isMTLS === "100")).toHaveLength(3);
  // STRICT from here on: the plaintext callers are reset before a request exists.
  pass(15, HOPS.slice(0, 3));
  const after = await edges(NOW + 15);
  expect(after).toHaveLength(3);
  for (const edge of after) expect(edge).toMatchObject({ isMTLS: "100", traffic: { rates: { http: "1.00", httpPercentReq: "100.0" } } });
});

test("Prometheus gone: 503 as recorded on the graph, everything else answers", async () => {
  const { get, metrics } = createLabKiali();
  metrics.setUnavailable(true);
  const { response } = JSON.parse(readFileSync(new URL("graph-prometheus-down.json", recordings), "utf8"));
  expect(await get(`${GRAPH}&queryTime=${NOW}`)).toMatchObject({ status: 503, body: response.body });
  expect(await get("/kiali/api/mesh/tls")).toMatchObject({ status: 200 });
});

test("without queryTime the last graph is served again until it is older than the interval; with one, or with interval 0, never", async () => {
  const { get, pass } = createLabKiali();
  const timestamp = async (more = "") => (await get(`${GRAPH}${more}`)).body.timestamp;
  expect(await timestamp()).toBe(NOW);
  pass(30, HOPS);
  expect(await timestamp()).toBe(NOW);
  expect(await timestamp("&refreshInterval=0")).toBe(NOW + 30);
  expect(await timestamp()).toBe(NOW + 30);
  pass(10, HOPS);
  expect(await timestamp("&boxBy=app")).toBe(NOW + 40);
  expect(await timestamp(`&queryTime=${NOW + 40}`)).toBe(NOW + 40);
  pass(60, HOPS);
  expect(await timestamp("&boxBy=app")).toBe(NOW + 100);
});

test.each([
  ["duration=90", 400, "Invalid duration [90]"],
  ["duration=1.5m", 400, "Invalid duration [1.5m]"],
  ["duration=-1m", 400, "Invalid duration [-1m]"],
  ["duration=0s", 503, 'bad_data: invalid parameter "query": 1:231: parse error: duration must be greater than 0'],
  ["boxBy=none", 400, "Invalid boxBy [none]"],
  ["includeIdleEdges=yes", 400, "Invalid includeIdleEdges [yes]"],
  ["injectServiceNodes=2", 400, "Invalid injectServiceNodes [2]"],
  ["configVendor=cytoscape", 400, "Invalid configVendor [cytoscape]"],
  ["telemetryVendor=x", 400, "Invalid telemetryVendor [x]"],
  ["refreshInterval=x", 400, "Invalid refresh interval [x]"],
  ["refreshInterval=9999", 400, "Refresh interval must be at least 10000ms (10 seconds), or 0 to disable caching"],
  ["refreshInterval=900001", 400, "Refresh interval must not exceed 900000ms (15 minutes)"],
  ["ambientTraffic=x", 400, "Invalid Ambient Traffic [total]"],
  ["rateGrpc=x", 400, "Invalid gRPC Rate [x]"],
  ["rateTcp=x", 400, "Invalid TCP Rate [x]"],
  ["responseTime=42", 400, "Invalid responseTime, must be one of: avg | 50 | 95 | 99: [42]"],
  ["appenders=deadNode,nice", 400, "Invalid appender [nice]"],
  ["queryTime=1000000000", 400, "Namespace [istioinaction] did not exist at requested queryTime [2001-09-09 01:46:40 +0000 UTC]"],
  ["queryTime=99999999999999999999", 400, "Invalid queryTime [99999999999999999999]"],
  ["namespaces=istioinaction,nowhere", 403, "Requested namespace [nowhere] is not accessible."],
])("graph with %s: %i %s", async (query, status, error) => {
  const { get } = createLabKiali();
  const asked = new URLSearchParams(query);
  if (!asked.has("namespaces")) asked.set("namespaces", "istioinaction");
  expect(await get(`/kiali/api/namespaces/graph?${asked}`)).toMatchObject({ status, body: { error } });
});

test.each([
  "appenders=",
  "appenders=outsider,sidecarsCheck",
  "nonsense=1",
  "aggregate=x",
  "duration=1h30m",
  "duration=90s",
  "responseTime=42&appenders=deadNode",
  `queryTime=${NOW + 9999}`,
])("graph with %s is answered", async (query) => {
  const { get } = createLabKiali();
  expect((await get(`/kiali/api/namespaces/graph?namespaces=istioinaction&${query}`)).status).toBe(200);
});

test.each(["/mesh/tls?x=1", "/namespaces/istioinaction/tls?x=1", "/clusters/tls?x=1", "/clusters/workloads?x=1", "/clusters/services?x=1"])(
  "%s: a parameter it does not know is refused",
  async (path) => {
    const { get } = createLabKiali();
    expect(await get(`/kiali/api${path}`)).toMatchObject({ status: 400, body: { error: "unsupported query parameter 'x'" } });
  },
);

test("at another web root, and at none", async () => {
  const elsewhere = createLabKiali("/mesh/kiali/");
  expect((await elsewhere.get("/")).headers.get("location")).toBe("/mesh/kiali/");
  expect((await elsewhere.get("/mesh/kiali/api/status")).status).toBe(200);
  expect((await elsewhere.get("/kiali/api/status")).status).toBe(404);
  const atRoot = createLabKiali("/");
  expect((await atRoot.get("/api/status")).status).toBe(200);
  expect((await atRoot.get("/")).status).toBe(200);
});

test("over a socket: login without a body, logout, gzip, methods and paths it does not have", async () => {
  const { kiali } = createLabKiali();
  const { url } = await kiali.listen(0, "127.0.0.1");
  onTestFinished(() => kiali.close());
  const login = await fetch(`${url}/api/authenticate`, { method: "POST", body: new URLSearchParams({ token: "x" }) });
  expect([login.status, await login.text()]).toEqual([200, ""]);
  expect((await fetch(`${url}/api/logout`)).status).toBe(204);
  const zipped = await fetch(`${url}/api/namespaces/graph?namespaces=istioinaction&queryTime=${NOW}`);
  expect(zipped.headers.get("content-encoding")).toBe("gzip");
  expect((await zipped.json()).elements.edges).toHaveLength(6);
  expect((await fetch(`${url}/api/namespaces`, { method: "DELETE" })).status).toBe(404);
  expect((await fetch(`${url}/api/namespaces`, { method: "HEAD" })).status).toBe(404);
  expect((await fetch(`${url}/api/namespaces/%zz/tls`)).status).toBe(400);
  const { port } = new URL(url);
  // A request line that is no URL: fetch would not send it.
  const odd = await new Promise<number | undefined>((resolve, reject) => {
    httpRequest({ host: "127.0.0.1", port, path: "//[", agent: false }, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end();
  });
  expect(odd).toBe(404);
});

test("a port that is taken is an error of listen, and close ends open connections", async () => {
  const first = createLabKiali().kiali;
  const { port, url } = await first.listen(0, "127.0.0.1");
  await expect(createLabKiali().kiali.listen(port, "127.0.0.1")).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await first.close();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
