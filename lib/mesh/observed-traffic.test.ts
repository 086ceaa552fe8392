import { expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import { NOW, PLAINTEXT, plaintextCall, UNREPORTED } from "./testdata/edge";
import { CHAIN, edge, find, findNode, GATEWAY_ID, ids, lab, lines, NODES, node, seen, UNKNOWN, unknownToWebApi, WEB_API_ID } from "./testdata/graph";

test("Kiali's unknown caller is ours as far as our calls explain it", () => {
  const own = [55, 45, 35, 25, 15, 5].map((ago) => plaintextCall(ago));
  const graph = assembleGraph(lab({ observed: seen([...NODES, UNKNOWN], [...CHAIN, unknownToWebApi]), calls: own }));
  expect(ids(graph)).not.toContain("unidentified");
  const line = find(graph, "default/sleep", WEB_API_ID);
  expect(line).toMatchObject({
    own: { served: 6 },
    lock: { state: "plaintext", reason: { code: "caller-without-sidecar", object: { namespace: "default", name: "sleep" } } },
  });
  expect(line.health.rate).toBeCloseTo(0.1, 9);
  expect(graph.namespaces[0]?.lock).toMatchObject({ state: "mixed" });
  expect(graph.omitted).toEqual([]);
});

test("in a young namespace Kiali's window is shorter, and one call of ours weighs more", () => {
  const namespaces = lab({}).namespaces.map((namespace) => ({ ...namespace, createdAt: NOW - 20_000 }));
  const observed = seen([...NODES, UNKNOWN], [...CHAIN, { ...unknownToWebApi, rate: 1 / 20 }]);
  expect(ids(assembleGraph(lab({ namespaces, observed, calls: [plaintextCall(5)] })))).not.toContain("unidentified");
  expect(ids(assembleGraph(lab({ observed, calls: [plaintextCall(5)] })))).toContain("unidentified");
});

test("what exceeds our calls is an unidentified caller's", () => {
  const graph = assembleGraph(
    lab({ observed: seen([...NODES, UNKNOWN], [...CHAIN, { ...unknownToWebApi, rate: 1 }]), calls: [55, 45, 35, 25, 15, 5].map((ago) => plaintextCall(ago)) }),
  );
  const [ours, theirs] = [find(graph, "default/sleep", WEB_API_ID), find(graph, "unidentified", WEB_API_ID)];
  expect(theirs.health.rate).toBeCloseTo(0.9, 6);
  expect(ours.health.rate).toBeCloseTo(0.1, 6);
  expect(theirs.lock).toMatchObject({ state: "plaintext", reason: { code: "outside-the-mesh" } });
  expect(findNode(graph, "unidentified")).toMatchObject({ kind: "unidentified", outside: true, namespace: null });
});

test("without calls of ours all of it is unidentified; enforcement checks are nobody's traffic", () => {
  const observed = seen([...NODES, UNKNOWN], [unknownToWebApi]);
  expect(find(assembleGraph(lab({ observed })), "unidentified", WEB_API_ID).health.rate).toBe(0.1);
  const checks = new Map([[WEB_API_ID, [55, 45, 35, 25, 15, 5].map((ago) => NOW - ago * 1_000)]]);
  expect(lines(assembleGraph(lab({ observed, checkTimesByTarget: checks })))).toEqual([`client->${GATEWAY_ID}`]);
});

test("a call that left the window still explains figures that lag behind it", () => {
  const figures = seen([...NODES, UNKNOWN], [{ ...unknownToWebApi, rate: 1 / 60 }], { dataAt: NOW - 20_000 });
  const graph = assembleGraph(lab({ observed: figures, calls: [plaintextCall(70)] }));
  expect(ids(graph)).not.toContain("unidentified");
  expect(find(graph, "default/sleep", WEB_API_ID)).toMatchObject({ own: { served: 0 }, lock: { state: "plaintext" } });
});

test("where it cannot be told, that is said", () => {
  const graph = assembleGraph(
    lab({
      observed: seen([...NODES, UNKNOWN], [{ ...unknownToWebApi, rate: 0.13 }]),
      scrapeSeconds: 15,
      calls: [55, 45, 35, 25, 15, 5].map((ago) => plaintextCall(ago)),
    }),
  );
  expect(ids(graph)).not.toContain("unidentified");
  expect(graph.omitted).toEqual(["Whether somebody else calls web-api without identity cannot be told from our own calls."]);
});

test("Kiali's unknown caller of a gateway is the person's side", () => {
  const graph = assembleGraph(lab({ observed: seen([...NODES, UNKNOWN], [edge(UNKNOWN.id, GATEWAY_ID, { ...PLAINTEXT, rate: 2 })]) }));
  expect(lines(graph)).toEqual([`client->${GATEWAY_ID}`]);
  expect(find(graph, "client", GATEWAY_ID)).toMatchObject({ kind: "one-way-tls", health: { rate: 2 }, lock: { state: "not-measured" } });
});

test("edges to nowhere, twice sent and to an unknown destination are left out and counted", () => {
  const edges = [...CHAIN, ...CHAIN.slice(0, 1), edge("x", WEB_API_ID), edge(WEB_API_ID, "y"), edge(WEB_API_ID, UNKNOWN.id)];
  const graph = assembleGraph(lab({ observed: seen([...NODES, ...NODES, UNKNOWN], edges, { omitted: ["1 node without a usable id"] }) }));
  expect(graph.omitted).toEqual(["1 node without a usable id", "3 edges to nowhere", "1 edge sent twice"]);
  expect(find(graph, GATEWAY_ID, WEB_API_ID).health.rate).toBe(1);
});

test("two nodes of one name in two clusters are two", () => {
  const far = node("far", { cluster: "east", namespace: "istioinaction", workload: "web-api", app: "web-api", version: "v1" });
  const graph = assembleGraph(lab({ observed: seen([...NODES, far], [...CHAIN, edge("far", "istioinaction/recommendation", { ...PLAINTEXT, rate: 3 })]) }));
  expect(findNode(graph, "istioinaction/web-api@east")).toMatchObject({ cluster: "east", sidecar: "unknown", subtitle: "v1 · east" });
  expect(find(graph, WEB_API_ID, "istioinaction/recommendation").lock.state).toBe("mutual-tls");
  expect(find(graph, "istioinaction/web-api@east", "istioinaction/recommendation").lock.state).toBe("plaintext");
});

test("two Kiali edges of one line add up; a part that nobody measured leaves the line not measured", () => {
  const versions = [node("a", { namespace: "istioinaction", workload: "web-api" }), node("b", { namespace: "istioinaction", workload: "web-api" })];
  const to = "istioinaction/recommendation";
  const half = assembleGraph(lab({ observed: seen([...NODES, ...versions], [edge("a", to), edge("b", to, PLAINTEXT)]) }));
  expect(find(half, WEB_API_ID, to)).toMatchObject({ health: { rate: 2, codes: { 200: 2 } }, lock: { state: "mixed", percent: 50 } });
  const blind = assembleGraph(lab({ observed: seen([...NODES, ...versions], [edge("a", to), edge("b", to, UNREPORTED)]) }));
  expect(find(blind, WEB_API_ID, to).lock.state).toBe("not-measured");
});

test("traffic of several protocols between two workloads is several lines, and bytes are no requests", () => {
  const graph = assembleGraph(
    lab({ observed: seen(NODES, [edge(GATEWAY_ID, WEB_API_ID), edge(GATEWAY_ID, WEB_API_ID, { id: "t", protocol: "tcp", rate: 5_000, ...PLAINTEXT })]) }),
  );
  expect(graph.edges.filter(({ kind }) => kind === "mesh").map(({ protocol }) => protocol)).toEqual(["http", "tcp"]);
  expect(findNode(graph, WEB_API_ID)).toMatchObject({ rateIn: 1, lock: { state: "mixed", percent: expect.closeTo((100 * 1) / (1 + 1 / 60), 6) } });
});
