import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KialiBadAnswer } from "./errors";
import { type RecordedVersion, readRecording } from "./recorded-kiali";
import { toObservedGraph } from "./to-observed";
import { parseGraph } from "./wire";

const AT = 1_795_538_553_000;
const observe = (body: unknown) => toObservedGraph(parseGraph(body), AT);
const node = (id: string, more: object = {}) => ({
  data: { id, nodeType: "workload", cluster: "Kubernetes", namespace: "istioinaction", workload: id, healthData: null, ...more },
});
const edge = (more: object = {}, traffic: object = {}) => ({
  data: { id: "e", source: "a", target: "b", traffic: { protocol: "http", rates: { http: "2.00" }, ...traffic }, ...more },
});
const graph = (nodes: unknown, edges: unknown) => ({ timestamp: 1_795_538_552, duration: 60, graphType: "workload", elements: { nodes, edges } });
const observeEdge = (more: object = {}, traffic: object = {}) => {
  const { edges, omitted } = observe(graph([node("a"), node("b")], [edge(more, traffic)]));
  return { edge: edges[0], omitted };
};

test("the lab's graph: three hops of mutual TLS from the gateway, and a caller that showed no identity", () => {
  const observed = observe(readRecording("kiali-main", "graph-workload").response.body);
  expect(observed).toMatchObject({ receivedAt: AT, dataAt: 1_795_538_552_000, windowSeconds: 60, omitted: [] });
  const nameOf = (id: string) => observed.nodes.find((candidate) => candidate.id === id)?.workload;
  expect(observed.edges.map((e) => `${nameOf(e.source)} > ${nameOf(e.target)}: ${e.mtlsPercent} ${e.sourcePrincipal}`).sort()).toEqual([
    "istio-ingressgateway > web-api: 100 spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
    "recommendation > purchase-history-v1: 100 spiffe://cluster.local/ns/istioinaction/sa/recommendation",
    "unknown > purchase-history-v1: null unknown",
    "unknown > recommendation: null unknown",
    "unknown > web-api: null unknown",
    "web-api > recommendation: 100 spiffe://cluster.local/ns/istioinaction/sa/web-api",
  ]);
  expect(observed.edges.find((e) => nameOf(e.source) === "istio-ingressgateway")).toMatchObject({
    protocol: "http",
    rate: 0.76,
    codes: { "200": 0.76 },
    errorPercent: 0,
  });
  expect(observed.nodes.find((n) => n.kind === "unknown")).toMatchObject({ isInaccessible: true, isOutOfMesh: false, isGateway: false });
});

describe("every recorded graph of the three Kialis becomes an observed one, nothing omitted", () => {
  for (const version of ["kiali-main", "kiali-2.4", "kiali-1.73"] satisfies RecordedVersion[]) {
    const names = readdirSync(new URL(`testdata/${version}`, import.meta.url)).filter((name) => /graph/.test(name));
    for (const name of names.map((file) => file.replace(".json", ""))) {
      const { status, body } = readRecording(version, name).response;
      if (status !== 200) continue;
      test(`${version} ${name}`, () => {
        const wire = parseGraph(body);
        const observed = toObservedGraph(wire, AT);
        expect(observed.omitted).toEqual([]);
        expect(observed.nodes).toHaveLength(wire.nodes.filter((candidate) => candidate.nodeType !== "box").length);
        expect(observed.edges).toHaveLength(wire.edges.length);
        for (const e of observed.edges) {
          expect(Number.isFinite(e.rate) && e.rate >= 0).toBe(true);
          const answered = Object.values(e.codes).reduce((sum, share) => sum + share, 0);
          if (e.rate > 0) expect(answered).toBeCloseTo(e.rate, 5);
        }
      });
    }
  }
});

test("without the security appender nobody reported: no percentage and no principals", () => {
  const { edges } = observe(readRecording("kiali-main", "graph-no-security-appender").response.body);
  expect(edges.length).toBeGreaterThan(0);
  expect(edges.every((e) => e.mtlsPercent === null && e.sourcePrincipal === null && e.destinationPrincipal === null)).toBe(true);
});

test("sidecar marks of newer and older Kialis, and gateways", () => {
  const { nodes } = observe(
    graph(
      [
        node("a", { isOutOfMesh: true }),
        node("b", { hasMissingSC: true }),
        node("c", { isGateway: { ingressInfo: {} } }),
        node("d", { nodeType: "aggregate" }),
      ],
      [],
    ),
  );
  expect(nodes.map((n) => [n.isOutOfMesh, n.isGateway, n.kind])).toEqual([
    [true, false, "workload"],
    [true, false, "workload"],
    [false, true, "workload"],
    [false, false, "other"],
  ]);
});

test("errors are 5xx and unanswered requests; 4xx are answers", () => {
  const responses = {
    "200": { flags: { "-": "50.0" } },
    "404": { flags: { "-": "20.0" } },
    "503": { flags: { UC: "10.0", UF: "10.0" } },
    "-": { flags: { DC: "10.0" } },
  };
  expect(observeEdge({}, { responses }).edge).toMatchObject({ errorPercent: expect.closeTo(30, 5), codes: { "200": 1, "404": 0.4, "503": 0.4, "-": 0.2 } });
  expect(observeEdge({}, { rates: { http: "2.00", http5xx: "0.50", httpNoResponse: "0.50" } }).edge?.errorPercent).toBe(50);
  expect(observeEdge({}, { protocol: "grpc", rates: { grpc: "4.00", grpcErr: "1.00" }, responses: { "2": { flags: { "-": "100.0" } } } }).edge).toMatchObject({
    rate: 4,
    errorPercent: 25,
  });
  expect(observeEdge({}, { protocol: "tcp", rates: { tcp: "1200.00" }, responses: { "-": { flags: { "-": "100.0" } } } }).edge).toMatchObject({
    rate: 1200,
    errorPercent: null,
    codes: {},
  });
});

test("an idle edge has no rate, and no error share", () => {
  expect(observeEdge({}, { rates: undefined }).edge).toMatchObject({ rate: 0, codes: {}, errorPercent: null });
  expect(observeEdge({}, { rates: undefined }).omitted).toEqual([]);
});

describe("figures that cannot be right never become a percentage or a rate (B32)", () => {
  const unknown = { sourcePrincipal: "unknown", destPrincipal: "unknown" };
  for (const isMTLS of ["NaN", "-1", "1e308", "yes", "150", "", "Infinity", " 100", "0x64", 100, true, null, [], { toString: "100" }]) {
    test(`isMTLS ${JSON.stringify(isMTLS)}: not measured, neither closed nor plaintext`, () => {
      const { edge: observed, omitted } = observeEdge({ isMTLS, ...unknown });
      expect(observed).toMatchObject({ rate: 2, mtlsPercent: null, sourcePrincipal: null, destinationPrincipal: null });
      expect(omitted).toEqual(["1 edge with figures that cannot be right: not measured"]);
    });
  }
  for (const http of ["NaN", "-1", "1e308", "abc", "Infinity", "", 2, null, "99999999999"]) {
    test(`rate ${JSON.stringify(http)}: the edge stays, nothing is claimed of it`, () => {
      const { edge: observed, omitted } = observeEdge({ isMTLS: "100", ...unknown }, { rates: { http } });
      expect(observed).toMatchObject({ rate: 0, codes: {}, errorPercent: null, mtlsPercent: null, sourcePrincipal: null });
      expect(omitted).toHaveLength(1);
    });
  }
  test("principals of another type", () => {
    expect(observeEdge({ sourcePrincipal: 7, destPrincipal: "unknown" }).edge).toMatchObject({
      mtlsPercent: null,
      sourcePrincipal: null,
      destinationPrincipal: null,
    });
  });
  test("codes and response times", () => {
    expect(observeEdge({}, { responses: { "200": { flags: { "-": "NaN" } } } })).toMatchObject({
      edge: { codes: {}, errorPercent: null },
      omitted: [expect.any(String)],
    });
    expect(observeEdge({}, { responses: { __proto__x: { flags: {} } } })).toMatchObject({ edge: { codes: {} }, omitted: [expect.any(String)] });
    expect(observeEdge({}, { responses: { "200": { flags: { a: "90.0", b: "90.0" } } } })).toMatchObject({
      edge: { codes: {} },
      omitted: [expect.any(String)],
    });
    expect(observeEdge({ responseTime: "-3" })).toMatchObject({ edge: { responseTimeMs: null }, omitted: [expect.any(String)] });
    expect(observeEdge({ responseTime: "24" }).edge?.responseTimeMs).toBe(24);
  });
});

describe("odd graphs (B31)", () => {
  test("strange ids are kept as they are", () => {
    const ids = ["__proto__", "constructor", "hasOwnProperty", "#a .b[c]", "'"];
    const text = JSON.stringify(
      graph(
        ids.map((id) => node(id)),
        [{ data: { id: "__proto__", source: "__proto__", target: "constructor", traffic: { protocol: "http", rates: { http: "1.00" } } } }],
      ),
    );
    const observed = observe(JSON.parse(text));
    expect(observed.nodes.map((n) => n.id)).toEqual(ids);
    expect(observed.edges).toMatchObject([{ id: "__proto__", source: "__proto__", target: "constructor" }]);
  });
  test("duplicates, edges to nowhere and entries without ids are counted; loops are drawn", () => {
    const observed = observe(
      graph(
        [node("a"), node("a"), node("b"), node(""), {}, null, node("x".repeat(600))],
        [
          edge({ target: "a" }),
          edge(),
          edge({ id: "f", target: "z" }),
          edge({ id: "g", source: "z" }),
          edge({ id: "h" }, { protocol: "carrier-pigeon" }),
          { data: { id: "i" } },
          7,
        ],
      ),
    );
    expect(observed.nodes.map((n) => n.id)).toEqual(["a", "b"]);
    expect(observed.edges).toMatchObject([{ id: "e", source: "a", target: "a" }]);
    expect(observed.omitted).toEqual([
      "4 nodes without a usable id",
      "2 edges without usable ends",
      "1 node with an id that another has",
      "1 edge with an id that another has",
      "2 edges to a node that is not there",
      "1 edge of an unknown protocol",
    ]);
  });
  test("long names are cut, names of other types left out", () => {
    const [observed] = observe(graph([node("a", { workload: "w".repeat(10_000), namespace: 5, app: { x: 1 } })], [])).nodes;
    expect(observed?.workload).toHaveLength(253);
    expect(observed).toMatchObject({ namespace: "unknown", app: null });
  });
  test("null lists are empty ones", () => {
    expect(observe(graph(null, null))).toMatchObject({ nodes: [], edges: [], omitted: [] });
  });
});

describe("what is not a graph is refused whole (F15, B33)", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => node(String(index)));
  const cases: [string, unknown][] = [
    ["null", null],
    ["a list", []],
    ["a text", "graph"],
    ["no elements", { timestamp: 1, duration: 60 }],
    ["nodes as an object", graph({}, [])],
    ["edges missing", graph([], undefined)],
    ["timestamp a text", { ...graph([], []), timestamp: "now" }],
    ["timestamp negative", { ...graph([], []), timestamp: -1 }],
    ["duration missing", { ...graph([], []), duration: undefined }],
    ["5,001 nodes", graph(many(5_001), [])],
    ["20,001 edges", graph([], many(20_001))],
  ];
  for (const [what, body] of cases) test(what, () => expect(() => observe(body)).toThrow(KialiBadAnswer));
  test("5,000 nodes are drawn", () => expect(observe(graph(many(5_000), [])).nodes).toHaveLength(5_000));
});

test("ages are told by our clock: a skewed clock of Kiali's is taken out", () => {
  const wire = parseGraph(graph([], []));
  expect(toObservedGraph(wire, AT, 600_000).dataAt).toBe(1_795_538_552_000 - 600_000);
});
