import { describe, expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import type { Call, CallHop } from "./calls";
import type { MeshGraph } from "./graph";
import { toPosture } from "./posture";
import { call, mutualCall, NOW, plaintextCall, refusedCall, UNREPORTED } from "./testdata/edge";
import { CHAIN, edge, find, findNode, GATEWAY_ID, ids, lab, lines, NODES, node, seen, UNKNOWN, unknownToWebApi, WEB_API_ID } from "./testdata/graph";
import { LEGACY, policy, RECOMMENDATION, WEB_API_SERVICE } from "./testdata/objects";

const PATH: CallHop[] = [
  { name: "web-api", code: 200, durationMs: 12.9, depth: 0 },
  { name: "recommendation", code: 200, durationMs: 6.1, depth: 1 },
  { name: "purchase-history-v1", code: 200, durationMs: 0.2, depth: 2 },
];

function gatewayCall(ago: number, given: Partial<Call> = {}): Call {
  const evidence = [{ mark: "first-hand", source: "our own TLS handshake", at: NOW, says: "verified" }] as const;
  return call(ago, {
    caller: "gateway",
    callerName: "127.0.0.1:443",
    curlExit: null,
    encryption: "one-way-tls",
    evidence: [...evidence],
    path: PATH,
    ...given,
  });
}

test("the lab before any traffic: every workload idle, both callers, the gateway and the person's side", () => {
  const graph = assembleGraph(lab());
  expect(ids(graph)).toEqual(
    ["client", "default/sleep", GATEWAY_ID, "istioinaction/purchase-history-v1", "istioinaction/recommendation", "istioinaction/sleep", WEB_API_ID].toSorted(),
  );
  expect(graph.nodes.every(({ idle }) => idle)).toBe(true);
  expect(graph.nodes.filter(({ outside }) => outside).map(({ id }) => id)).toEqual(expect.arrayContaining(["client", "default/sleep", GATEWAY_ID]));
  expect(findNode(graph, WEB_API_ID)).toMatchObject({
    title: "web-api",
    subtitle: "v1",
    sidecar: "sidecar",
    policy: { mode: "PERMISSIVE", from: "mesh" },
    lock: { state: "not-measured" },
  });
  expect(findNode(graph, "istioinaction/purchase-history-v1")).toMatchObject({ title: "purchase-history", subtitle: "v1" });
  expect(findNode(graph, "default/sleep")).toMatchObject({ title: "sleep", subtitle: "default · no sidecar", sidecar: "none", policy: null });
  expect(findNode(graph, GATEWAY_ID)).toMatchObject({ isGateway: true, subtitle: "ingress gateway", lock: { reason: { code: "one-way-tls" } } });
  expect(graph.empty).toEqual({ cause: "No traffic in the last 60 s.", next: "Send 10 calls, or wait for somebody else's." });
  expect(graph.namespaces).toMatchObject([{ name: "istioinaction", policy: { mode: "PERMISSIVE" }, lock: { state: "not-measured" } }]);
});

test("the chain in Kiali's figures: three closed locks, a closed frame, and a line without a lock on the person's side", () => {
  const graph = assembleGraph(lab({ observed: seen(NODES, CHAIN) }));
  expect(lines(graph)).toEqual(
    [
      `client->${GATEWAY_ID}`,
      `${GATEWAY_ID}->${WEB_API_ID}`,
      `${WEB_API_ID}->istioinaction/recommendation`,
      "istioinaction/recommendation->istioinaction/purchase-history-v1",
    ].toSorted(),
  );
  expect(graph.edges.filter(({ kind }) => kind === "mesh").map(({ lock }) => lock.state)).toEqual(["mutual-tls", "mutual-tls", "mutual-tls"]);
  expect(find(graph, "client", GATEWAY_ID)).toMatchObject({
    kind: "one-way-tls",
    health: { rate: 1 },
    lock: { state: "not-measured", reason: { code: "one-way-tls" } },
  });
  expect(graph.namespaces[0]?.lock).toMatchObject({ state: "mutual-tls", percent: 100 });
  expect(findNode(graph, WEB_API_ID)).toMatchObject({ idle: false, rateIn: 1, rateOut: 1, lock: { state: "mutual-tls" } });
  expect(graph.empty).toBeNull();
});

test("calls through the gateway show their path at once, and no lock", () => {
  const graph = assembleGraph(lab({ calls: [gatewayCall(1), gatewayCall(2)] }));
  for (const [source, target] of [
    [GATEWAY_ID, WEB_API_ID],
    [WEB_API_ID, "istioinaction/recommendation"],
    ["istioinaction/recommendation", "istioinaction/purchase-history-v1"],
  ] as const) {
    expect(find(graph, source, target)).toMatchObject({
      own: { served: 2, failed: 0, refused: 0 },
      lock: { state: "not-measured", evidence: [], reason: { code: "too-few-samples" } },
    });
  }
  expect(find(graph, "client", GATEWAY_ID).own).toMatchObject({ served: 2 });
  expect(graph.empty).toBeNull();
});

test("a failed hop fails where it failed", () => {
  const broken: CallHop[] = [
    { name: "web-api", code: 500, durationMs: null, depth: 0 },
    { name: "recommendation", code: -1, durationMs: null, depth: 1 },
  ];
  const graph = assembleGraph(lab({ calls: [gatewayCall(1, { outcome: "failed", httpCode: 500, path: broken })] }));
  expect(find(graph, GATEWAY_ID, WEB_API_ID).own).toMatchObject({ served: 0, failed: 1 });
  expect(find(graph, WEB_API_ID, "istioinaction/recommendation").own).toMatchObject({ served: 0, failed: 1 });
});

test("a 404 of the gateway, and a refusal by it, reach nobody behind it", () => {
  const graph = assembleGraph(lab({ calls: [gatewayCall(1, { httpCode: 404, path: [] }), gatewayCall(2, { outcome: "refused", httpCode: null, path: [] })] }));
  expect(lines(graph)).toEqual([`client->${GATEWAY_ID}`]);
  expect(find(graph, "client", GATEWAY_ID)).toMatchObject({ own: { served: 1, refused: 1 }, lock: { refused: 1 } });
});

test("two upstreams of one service are two lines; a hop nobody knows ends its branch", () => {
  const path: CallHop[] = [
    { name: "web-api", code: 200, durationMs: null, depth: 0 },
    { name: "stranger", code: 200, durationMs: null, depth: 1 },
    { name: "purchase-history-v1", code: 200, durationMs: null, depth: 2 },
    { name: "recommendation", code: 200, durationMs: null, depth: 1 },
    { name: "purchase-history", code: 200, durationMs: null, depth: 2 },
  ];
  const graph = assembleGraph(lab({ calls: [gatewayCall(1, { path })] }));
  expect(lines(graph)).toEqual(
    [
      `client->${GATEWAY_ID}`,
      `${GATEWAY_ID}->${WEB_API_ID}`,
      `${WEB_API_ID}->istioinaction/recommendation`,
      "istioinaction/recommendation->istioinaction/purchase-history-v1",
    ].toSorted(),
  );
});

const strict = policy({ namespace: "istioinaction", name: "default", mode: "STRICT", createdAt: 1 });

test("a refused call makes a line that Kiali never hears of, beside a frame that stays closed", () => {
  const graph = assembleGraph(lab({ observed: seen(NODES, CHAIN), policies: [strict], calls: [refusedCall(3), refusedCall(2), refusedCall(1)] }));
  expect(find(graph, "default/sleep", WEB_API_ID)).toMatchObject({
    health: { rate: 0 },
    own: { served: 0, refused: 3, lastRefusedAt: NOW - 990 },
    lock: { state: "refused", refused: 3, reason: { code: "strict-refused-plaintext", object: { name: "default", namespace: "istioinaction" } } },
  });
  expect(graph.namespaces[0]?.lock).toMatchObject({ state: "mutual-tls", percent: 100, refused: 3 });
  expect(findNode(graph, WEB_API_ID).lock).toMatchObject({ state: "mutual-tls", refused: 3 });
});

test("after a switch our refused call decides over the window, and the time of the change is told", () => {
  const graph = assembleGraph(
    lab({
      observed: seen([...NODES, UNKNOWN], [...CHAIN, unknownToWebApi]),
      policies: [strict],
      lastChangeByNamespace: new Map([["istioinaction", NOW - 10_000]]),
      calls: [50, 40, 30, 20].map((ago) => plaintextCall(ago)).concat(refusedCall(1)),
    }),
  );
  const { lock } = find(graph, "default/sleep", WEB_API_ID);
  expect(lock).toMatchObject({ state: "refused", refused: 1, reason: { code: "strict-refused-plaintext" } });
  expect(lock.reason?.text).toContain("It was plaintext until 14:02:50.");
});

test.each([
  ["the root namespace", new Map([["istio-system", NOW - 10_000]]), undefined, "window-older-than-change"],
  ["an unrelated namespace", new Map([["other", NOW - 10_000]]), undefined, "caller-without-sidecar"],
  ["a rule in the caller's namespace", new Map(), new Map([["default", NOW - 10_000]]), "window-older-than-change"],
])("a change in %s", (_, lastChangeByNamespace, lastRuleChangeByNamespace, code) => {
  const graph = assembleGraph(
    lab({
      observed: seen([...NODES, UNKNOWN], [unknownToWebApi]),
      calls: [15].map((ago) => plaintextCall(ago)),
      lastChangeByNamespace,
      lastRuleChangeByNamespace,
    }),
  );
  expect(find(graph, "default/sleep", WEB_API_ID).lock.reason?.code).toBe(code);
});

test("self-calls and cycles stay lines", () => {
  const graph = assembleGraph(
    lab({
      observed: seen(NODES, [edge(WEB_API_ID, WEB_API_ID), edge("istioinaction/recommendation", WEB_API_ID), edge(WEB_API_ID, "istioinaction/recommendation")]),
    }),
  );
  expect(lines(graph)).toHaveLength(4);
  expect(findNode(graph, WEB_API_ID)).toMatchObject({ rateIn: 2, rateOut: 2 });
});

test("names that are keys of a prototype are names", () => {
  const odd = ["__proto__", "constructor", "toString"].map((id) => node(id, { namespace: "istioinaction", workload: id, app: id }));
  const graph = assembleGraph(
    lab({ observed: seen([...NODES, ...odd], [edge("__proto__", "constructor", { codes: JSON.parse('{"__proto__": 1}') }), edge("constructor", "toString")]) }),
  );
  expect(find(graph, "istioinaction/__proto__", "istioinaction/constructor").lock.state).toBe("mutual-tls");
  expect(ids(graph)).toContain("istioinaction/toString");
});

test("Kiali down: its last figures stay, their locks do not, and own calls newer than them speak", () => {
  const graph = assembleGraph(
    lab({ observed: seen(NODES, CHAIN, { dataAt: NOW - 20_000 }), kiali: { state: "down", reason: "Kiali answers 503." }, calls: [plaintextCall(1)] }),
  );
  expect(find(graph, GATEWAY_ID, WEB_API_ID)).toMatchObject({ health: { rate: 1 }, lock: { state: "not-measured", reason: { code: "source-down" } } });
  expect(find(graph, "default/sleep", WEB_API_ID).lock.state).toBe("plaintext");
});

test("figures of long ago are stale, whatever their source says of itself", () => {
  const graph = assembleGraph(lab({ observed: seen(NODES, CHAIN, { dataAt: NOW - 120_000 }) }));
  expect(find(graph, GATEWAY_ID, WEB_API_ID).lock).toMatchObject({ state: "not-measured", reason: { code: "source-down" } });
});

test("policies that could not be read are null, not PERMISSIVE", () => {
  const graph = assembleGraph(lab({ policies: null, destinationRules: null, observed: seen(NODES, CHAIN) }));
  expect(graph.namespaces[0]?.policy).toBeNull();
  expect(findNode(graph, WEB_API_ID).policy).toBeNull();
});

test("a server without sidecar in the namespace keeps the frame from closing", () => {
  const legacy = { ...LEGACY, namespace: "istioinaction" };
  const graph = assembleGraph(
    lab({
      workloads: [...lab().workloads, legacy],
      observed: seen([...NODES, node("istioinaction/legacy")], [...CHAIN, edge(WEB_API_ID, "istioinaction/legacy", UNREPORTED)]),
    }),
  );
  expect(graph.namespaces[0]?.lock).toMatchObject({ state: "not-measured", reason: { code: "server-without-sidecar" } });
});

test("a click does not open a closed frame while its encryption is not measured", () => {
  const graph = assembleGraph(lab({ observed: seen(NODES, CHAIN), calls: [call(1, { caller: "with-sidecar", callerName: "istioinaction/sleep" })] }));
  expect(find(graph, "istioinaction/sleep", WEB_API_ID).lock.state).toBe("not-measured");
  expect(graph.namespaces[0]?.lock.state).toBe("mutual-tls");
  expect(assembleGraph(lab({ calls: [mutualCall(1)] })).namespaces[0]?.lock).toMatchObject({ state: "mutual-tls" });
});

test("a namespace of its own keeps what is outside it outside", () => {
  const graph = assembleGraph(lab({ view: { namespaces: ["istioinaction", "istio-system"], windowSeconds: 60 } }));
  expect(findNode(graph, GATEWAY_ID).outside).toBe(false);
  expect(graph.namespaces.map(({ name }) => name)).toEqual(["istioinaction", "istio-system"]);
});

test("the same input in another order gives the same graph", () => {
  const input = lab({ observed: seen([...NODES, UNKNOWN], [...CHAIN, unknownToWebApi]), calls: [plaintextCall(5), gatewayCall(3)] });
  const turned = {
    ...input,
    workloads: input.workloads.toReversed(),
    observed: seen([UNKNOWN, ...NODES].toReversed(), [unknownToWebApi, ...CHAIN].toReversed()),
  };
  const sorted = ({ nodes, edges, ...rest }: MeshGraph) => ({
    ...rest,
    nodes: nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    edges: edges.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  });
  const [one, other] = [sorted(assembleGraph(input)), sorted(assembleGraph(turned))];
  expect(other.edges).toEqual(one.edges);
  expect(other.nodes.map(({ id, lock }) => [id, lock.state, lock.percent])).toEqual(one.nodes.map(({ id, lock }) => [id, lock.state, lock.percent]));
});

test("RECOMMENDATION is found by its app label where its workload bears another name", () => {
  const renamed = { ...RECOMMENDATION, name: "recommendation-v7" };
  const graph = assembleGraph(lab({ workloads: lab().workloads.map((each) => (each.name === "recommendation" ? renamed : each)), calls: [gatewayCall(1)] }));
  expect(lines(graph)).toContain(`${WEB_API_ID}->istioinaction/recommendation-v7`);
});

describe("Kiali tells nothing", () => {
  const absent = { state: "absent", reason: "Kiali is absent: there is no Service of that name", culprit: "kiali" } as const;

  test("absent: what runs is drawn, with the lines of our own calls and their evidence; no lock says that there was no traffic", () => {
    const graph = assembleGraph(lab({ observed: null, kiali: absent, calls: [gatewayCall(3), plaintextCall(1)] }));
    expect(ids(graph)).toEqual(expect.arrayContaining([GATEWAY_ID, WEB_API_ID, "istioinaction/recommendation", "istioinaction/sleep", "default/sleep"]));
    expect(find(graph, "default/sleep", WEB_API_ID)).toMatchObject({ own: { served: 1 }, lock: { state: "plaintext" } });
    expect(find(graph, "default/sleep", WEB_API_ID).lock.evidence.length).toBeGreaterThan(0);
    const hop = find(graph, WEB_API_ID, "istioinaction/recommendation").lock;
    expect(hop).toMatchObject({ state: "not-measured", evidence: [], reason: { code: "source-down", text: expect.stringContaining("Kiali is absent") } });
    expect(graph.observedAt).toBeNull();
  });

  test("a Service that leads to no pod is not drawn: nobody saw a call to it, and it has no proxy whose lock could be told", () => {
    const empty = { ...WEB_API_SERVICE, name: "planned", selector: { app: "planned" } };
    const graph = assembleGraph(lab({ observed: null, kiali: absent, services: [...lab().services, empty] }));
    expect(ids(graph)).toEqual(ids(assembleGraph(lab({ observed: null, kiali: absent }))));
  });

  test.each([
    ["absent", absent, "Install Kiali"],
    ["down", { state: "down", reason: "Kiali refuses connections", culprit: "kiali" }, "Bring Kiali back"],
    ["without Prometheus", { state: "down", reason: "Kiali cannot ask Prometheus", culprit: "prometheus" }, "Bring Prometheus back"],
  ] as const)("%s: an idle workload and an idle namespace are not measured, never without traffic", (_, kiali, fix) => {
    const graph = assembleGraph(lab({ observed: null, kiali }));
    for (const lock of [findNode(graph, WEB_API_ID).lock, graph.namespaces[0]?.lock]) {
      expect(lock).toMatchObject({ state: "not-measured", reason: { code: "source-down", fix: expect.stringContaining(fix) } });
    }
    expect(toPosture(graph, "istioinaction").facts).toContain("not measured");
    expect(graph.empty?.cause).toBe(`${kiali.reason}.`);
  });
});
