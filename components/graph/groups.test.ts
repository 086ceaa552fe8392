import { describe, expect, test } from "vitest";
import type { GraphEdge, GraphNode } from "@/lib/mesh/graph";
import { toFolded, toFoldPath } from "./groups";
import { edge, labMesh, lock, mesh, node } from "./testdata/lab";
import { toTallyWords, toWorst } from "./worst-lock";

const named = (namespace: string, names: string[], more: Partial<GraphNode> = {}) =>
  names.map((name) => node(`${namespace}/${name}`, { name, namespace, ...more }));
const numbered = (start: string, count: number) => Array.from({ length: count }, (_, index) => `${start}-${String(index).padStart(4, "0")}`);
const many = (nodes: GraphNode[], edges: GraphEdge[] = [], namespaces = ["shop", "pay"]) => mesh(nodes, edges, namespaces);
const quiet = { health: { rate: 0, errorPercent: null, codes: {} }, lock: lock("not-measured") };

describe("the worst of many locks", () => {
  const of = (...states: Parameters<typeof lock>[0][]) =>
    toWorst(
      states.map((state) => ({ lock: lock(state), idle: false })),
      "line",
    );

  test.each([
    [["mutual-tls", "not-measured", "mixed", "plaintext", "refused"], "refused"],
    [["mutual-tls", "not-measured", "mixed", "plaintext"], "plaintext"],
    [["mutual-tls", "not-measured", "mixed"], "mixed"],
    [["mutual-tls", "not-measured"], "not-measured"],
    [["mutual-tls", "mutual-tls"], "mutual-tls"],
  ] as const)("%j is %s", (states, worst) => {
    expect(of(...states).lock.state).toBe(worst);
    expect(of(...states.toReversed()).lock.state).toBe(worst);
  });

  test("it counts each state, and what was idle counts for none", () => {
    const worst = toWorst(
      [...Array.from({ length: 9 }, () => ({ lock: lock("mutual-tls"), idle: false })), { lock: lock("not-measured"), idle: true }],
      "workload",
    );
    expect(worst.lock.state).toBe("mutual-tls");
    expect(toTallyWords(worst.tally)).toBe("9 mutual TLS, 1 idle");
  });

  test("nothing but idle is not measured, never closed", () => {
    expect(toWorst([{ lock: lock("mutual-tls"), idle: true }], "line")).toMatchObject({ lock: { state: "not-measured" }, count: 0 });
    expect(toWorst([], "line").lock.state).toBe("not-measured");
  });

  test("of several mixed ones the least share, with its own reason led by the count", () => {
    const reason = { code: "caller-without-sidecar" as const, text: "sleep has no sidecar." };
    const worst = toWorst(
      [80, 20, 50].map((percent) => ({ lock: lock("mixed", { percent, refused: 1, reason }), idle: false })),
      "line",
    );
    expect(worst.lock).toMatchObject({ percent: 20, refused: 3, reason: { text: "3 of 3 lines: mixed. sleep has no sidecar." } });
  });
});

test("up to 60 workloads nothing folds by itself, and above it does", () => {
  const graph = labMesh();
  expect(toFolded(graph, "auto", []).graph).toBe(graph);
  const sixty = many([...named("shop", numbered("a", 30)), ...named("pay", numbered("b", 30))]);
  expect(toFolded(sixty, "auto", []).groups.size).toBe(0);
  expect([...toFolded(many([...sixty.nodes, node("one", { namespace: "pay" })]), "auto", []).groups.keys()]).toEqual(["group|shop", "group|pay"]);
  expect(toFolded(many([...sixty.nodes, node("one", { namespace: "pay" })]), "off", []).groups.size).toBe(0);
});

test("by choice a small picture folds too; the person, gateways and who is alone stay themselves", () => {
  const folded = toFolded(labMesh(), "on", []);
  expect(folded.graph.nodes.map(({ id }) => id)).toEqual(["you", "gateway", "group|istioinaction", "naked"]);
  expect(folded.groups.get("group|istioinaction")).toMatchObject({ members: 4, namespace: "istioinaction" });
  expect(folded.graph.edges.map(({ id, target }) => [id, target])).toEqual([
    ["you>gateway", "gateway"],
    ["gateway>web-api", "group|istioinaction"],
    ["naked>web-api", "group|istioinaction"],
  ]);
});

test("a group unfolds where it stands, and says where its members came from", () => {
  const folded = toFolded(labMesh(), "on", ["group|istioinaction"]);
  expect(folded.graph.nodes).toHaveLength(7);
  expect(folded.origins.get("web-api")).toBe("group|istioinaction");
  expect(folded.origins.has("gateway")).toBe(false);
  expect(folded.unfolded).toEqual([{ id: "group|istioinaction", title: "istioinaction" }]);
});

describe("one large namespace", () => {
  const names = [...numbered("cart", 30), ...numbered("pay", 30), "lonely"];

  test("it is not one box but groups by the first word of their names", () => {
    const { groups, graph } = toFolded(many(named("shop", names), [], ["shop"]), "auto", []);
    expect([...groups.values()].map(({ title, members }) => [title, members])).toEqual([
      ["cart-*", 30],
      ["pay-*", 30],
    ]);
    expect(graph.nodes.map(({ name }) => name)).toContain("lonely");
    expect(graph.nodes.find(({ id }) => id === "group|shop|cart")).toMatchObject({ namespace: "shop", outside: false });
  });

  test("beside others it is one box first", () => {
    const graph = many([...named("shop", names), ...named("pay", ["a", "b"])]);
    expect([...toFolded(graph, "auto", []).groups.keys()]).toEqual(["group|shop", "group|pay"]);
    expect([...toFolded(graph, "auto", ["group|shop"]).groups.keys()]).toEqual(["group|shop|cart", "group|shop|pay", "group|pay"]);
  });

  test.each([
    ["numbered", numbered("svc", 5000)],
    ["of no common word", Array.from({ length: 5000 }, (_, index) => `${(index * 7919) % 5000}x`)],
    ["all of one name", Array.from({ length: 5000 }, () => "same")],
  ])("5,000 %s: every unfolding shows at most 60 things, down to each workload", (_name, list) => {
    const graph = many(
      list.map((name, index) => node(`n${index}`, { name, namespace: "shop" })),
      [],
      ["shop"],
    );
    const open: string[] = [];
    const steps = [0];
    for (let step = 0; step < 8; step++) {
      const folded = toFolded(graph, "auto", open);
      const added = folded.graph.nodes.length - (steps.at(-1) ?? 0);
      expect(added).toBeLessThanOrEqual(60);
      steps.push(folded.graph.nodes.length);
      const next = folded.homes.get("n1234");
      if (next === undefined) break;
      open.push(next);
    }
    expect(toFolded(graph, "auto", open).graph.nodes.some(({ id }) => id === "n1234")).toBe(true);
    expect(toFoldPath(graph, "auto", "n1234")).toEqual(open);
  });

  test("nobody is lost: each workload is drawn or at home in a group", () => {
    const graph = many(named("shop", [...names, ...numbered("deep-er", 70)]), [], ["shop"]);
    const folded = toFolded(graph, "auto", ["group|shop|deep"]);
    const drawn = new Set(folded.graph.nodes.map(({ id }) => id));
    for (const { id } of graph.nodes) expect(drawn.has(id) !== folded.homes.has(id)).toBe(true);
  });
});

describe("lines", () => {
  const nodes = [...named("shop", numbered("a", 40)), ...named("pay", numbered("b", 40))];
  const line = (from: number, to: number, more: Partial<GraphEdge> = {}) =>
    edge(`shop/a-${String(from).padStart(4, "0")}`, `pay/b-${String(to).padStart(4, "0")}`, more);

  test("several between two groups are one, with sums and the worst lock", () => {
    const own = { served: 0, failed: 0, refused: 2, lastAt: 7, lastServedAt: null, lastRefusedAt: 7 };
    const { graph, bundles, homes } = toFolded(
      many(nodes, [
        line(0, 0, { health: { rate: 3, errorPercent: 0, codes: { "200": 3 } } }),
        line(1, 1, { health: { rate: 1, errorPercent: 100, codes: { "500": 1 } }, lock: lock("plaintext") }),
        line(2, 2, { ...quiet, lock: lock("refused", { refused: 2 }), own }),
      ]),
      "auto",
      [],
    );
    expect(graph.edges).toHaveLength(1);
    expect(graph.edges[0]).toMatchObject({
      source: "group|shop",
      target: "group|pay",
      health: { rate: 4, errorPercent: 25, codes: { "200": 3, "500": 1 } },
      lock: { state: "refused", refused: 2 },
      own: { refused: 2, lastRefusedAt: 7 },
    });
    const [id] = [...bundles.keys()];
    expect(bundles.get(id ?? "")?.tally.states).toMatchObject({ "mutual-tls": 1, plaintext: 1, refused: 1 });
    expect(homes.get(line(0, 0).id)).toBe(id);
  });

  test("one alone keeps its id; one inside a group goes with it; bytes and requests stay apart", () => {
    const inside = edge("shop/a-0000", "shop/a-0001");
    expect(toFolded(many(nodes, [line(0, 0), inside]), "auto", []).graph.edges.map(({ id }) => id)).toEqual([line(0, 0).id]);
    expect(toFolded(many(nodes, [line(0, 0), line(1, 1), line(2, 2, { protocol: "tcp" }), line(3, 3, { protocol: "tcp" })]), "auto", []).bundles.size).toBe(2);
  });

  test("a group is as bad as the worst it serves, whether the line crosses its border or not", () => {
    const victim = nodes.map((item) => (item.id === "pay/b-0001" ? { ...item, lock: lock("plaintext") } : item));
    const graph = many(victim, [line(0, 0), edge("pay/b-0000", "pay/b-0001", { lock: lock("plaintext") })]);
    expect(toFolded(graph, "auto", []).groups.get("group|pay")).toMatchObject({ lock: { state: "plaintext" }, count: 1 });
  });
});
