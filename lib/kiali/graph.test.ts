import { afterEach, beforeEach, expect, test } from "vitest";
import { connectKiali, type KialiConnection } from "./connect";
import { getGraph } from "./graph";
import { type RecordedKiali, readRecording, sendRecording, startRecordedKiali } from "./recorded-kiali";

let kiali: RecordedKiali;
let connection: KialiConnection;
beforeEach(async () => {
  kiali = await startRecordedKiali("kiali-main");
  connection = await connectKiali({ url: kiali.url });
});
afterEach(async () => {
  await connection.close();
  await kiali.close();
});

test("asks for workloads without service nodes, with the security appender and an explicit time", async () => {
  await getGraph(connection, { namespaces: ["istioinaction", "default"], windowSeconds: 300, now: 1_795_538_552_900 });
  expect(Object.fromEntries(kiali.requests.at(-1)?.url.searchParams ?? [])).toEqual({
    namespaces: "istioinaction,default",
    graphType: "workload",
    duration: "300s",
    injectServiceNodes: "false",
    appenders: "deadNode,serviceEntry,sidecarsCheck,workloadEntry,istio,securityPolicy,responseTime",
    responseTime: "95",
    rateHttp: "requests",
    rateGrpc: "requests",
    rateTcp: "sent",
    queryTime: "1795538552",
  });
});

test("Prometheus down is told apart from Kiali down, in Kiali's words (F13)", async () => {
  kiali.intercept = (_request, response) => {
    sendRecording(response, readRecording("kiali-main", "graph-prometheus-down"));
    return true;
  };
  await expect(getGraph(connection, { namespaces: ["istioinaction"], windowSeconds: 60 })).rejects.toMatchObject({
    name: "PrometheusDown",
    message: 'Kiali cannot ask Prometheus: Post "http://127.0.0.1:9090/api/v1/query": dial tcp 127.0.0.1:9090: connect: connection refused',
  });
});

test("a token or a page in Prometheus' words is not shown (B34)", async () => {
  for (const error of ["<html><body>token=SECRET</body></html>", "401: Authorization: Bearer SECRET", "http://admin:SECRET@prometheus:9090 refused"]) {
    kiali.intercept = (_request, response) => {
      response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify({ error }));
      return true;
    };
    await expect(getGraph(connection, { namespaces: ["istioinaction"], windowSeconds: 60 })).rejects.toMatchObject({
      name: "PrometheusDown",
      message: expect.not.stringContaining("SECRET"),
    });
  }
});

test.each([
  [503, 'bad_data: invalid parameter "query": 1:231: parse error: duration must be greater than 0', "KialiTooEarly"],
  [400, "Namespace [istioinaction] did not exist at requested queryTime [2026-11-24 19:13:11 +0000 UTC]", "KialiTooEarly"],
  [503, 'bad_data: invalid parameter "query": 1:9: parse error: unexpected end of input', "KialiRejected"],
])("a namespace in its first second is nobody's fault: %d %s", async (status, error, name) => {
  kiali.intercept = (_request, response) => {
    response.writeHead(status).end(JSON.stringify({ error }));
    return true;
  };
  await expect(getGraph(connection, { namespaces: ["istioinaction"], windowSeconds: 60 })).rejects.toMatchObject({ name });
});

test("an empty graph is no traffic when Prometheus is there", async () => {
  expect(await getGraph(connection, { namespaces: ["default"], windowSeconds: 60 })).toMatchObject({ nodes: [], edges: [], omitted: [] });
});

test("an empty graph of a Kiali that never found Prometheus is not taken for no traffic", async () => {
  kiali.intercept = (_request, response, url) => {
    if (url.pathname !== "/kiali/api/config") return false;
    response.end(JSON.stringify({ prometheus: { enabled: false, disabledReason: "Prometheus is unreachable" } }));
    return true;
  };
  await expect(getGraph(connection, { namespaces: ["default"], windowSeconds: 60 })).rejects.toMatchObject({
    name: "PrometheusDown",
    message: "Kiali runs without Prometheus: Prometheus is unreachable",
  });
});

test("a Kiali that does not tell about Prometheus is believed, and not asked at every poll", async () => {
  kiali.intercept = (_request, response, url) => {
    if (url.pathname !== "/kiali/api/config") return false;
    response.writeHead(404).end("404 page not found");
    return true;
  };
  for (let round = 0; round < 3; round++) await getGraph(connection, { namespaces: ["default"], windowSeconds: 60 });
  expect(kiali.requests.filter(({ url }) => url.pathname.endsWith("/config"))).toHaveLength(1);
});

test("no namespaces are a mistake of the caller's", async () => {
  await expect(getGraph(connection, { namespaces: [], windowSeconds: 60 })).rejects.toBeInstanceOf(RangeError);
});
