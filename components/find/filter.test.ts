import { describe, expect, test } from "vitest";
import { edge, labMesh, lock, mesh, node } from "../graph/testdata/lab";
import { type Filter, NO_FILTER, toFiltered } from "./filter";
import { toFilterWords, toHiddenWords, toThicketWords } from "./find-words";
import { toMatches } from "./search";

const filter = (more: Partial<Filter>): Filter => ({ ...NO_FILTER, ...more });
const ids = (graph: { nodes: { id: string }[]; edges: { id: string }[] }) => [graph.nodes.map(({ id }) => id), graph.edges.map(({ id }) => id)];
const quiet = { health: { rate: 0, errorPercent: null, codes: {} }, lock: lock("not-measured") };

test("without a wish the graph is the same object, and nothing is hidden", () => {
  const graph = labMesh();
  const filtered = toFiltered(graph, filter({ search: "   " }));
  expect(filtered.graph).toBe(graph);
  expect(toHiddenWords(filtered)).toBeNull();
});

describe("search", () => {
  test("what is found stays with its lines and their other ends", () => {
    const filtered = toFiltered(labMesh(), filter({ search: "RECOMM" }));
    expect(ids(filtered.graph)).toEqual([
      ["web-api", "recommendation", "purchase-history"],
      ["web-api>recommendation", "recommendation>purchase-history"],
    ]);
    expect(toHiddenWords(filtered)).toBe("1 found · 4 nodes, 4 lines hidden");
  });

  test("the whole name comes first, then its start, then anywhere, then the namespace", () => {
    const nodes = [node("x", { name: "other", namespace: "api" }), node("a", { name: "web-api" }), node("b", { name: "api-web" }), node("c", { name: "api" })];
    expect(toMatches(nodes, "api").map(({ id }) => id)).toEqual(["c", "b", "a", "x"]);
  });

  test("namespace/name finds one of two of a name", () => {
    expect(toMatches(labMesh().nodes, "default/sleep").map(({ id }) => id)).toEqual(["naked"]);
    expect(toMatches(labMesh().nodes, "sleep").map(({ id }) => id)).toEqual(["naked", "sleep"]);
  });

  test("a text is no pattern: what would be one in an expression is looked for as it is", () => {
    expect(toMatches(labMesh().nodes, ".*")).toEqual([]);
    expect(toMatches([node("odd", { name: "a.*(b" })], ".*(")).toHaveLength(1);
  });

  test("a line is found by its state, with its ends; one text serves picture and table", () => {
    const filtered = toFiltered(labMesh(), filter({ search: "plaintext" }));
    expect(ids(filtered.graph)).toEqual([["web-api", "naked"], ["naked>web-api"]]);
    expect(toHiddenWords(filtered)).toBe("1 line found · 5 nodes, 5 lines hidden");
  });

  test("names come before what is known of others", () => {
    const nodes = [node("a", { sidecar: "none" }), node("b", { name: "no-sidecar" })];
    expect(toMatches(nodes, "sidecar").map(({ id }) => id)).toEqual(["b", "a"]);
  });

  test("nothing found says so with the text, and how to come back", () => {
    const { graph } = toFiltered(labMesh(), filter({ search: "nobody" }));
    expect(graph.nodes).toEqual([]);
    expect(graph.empty?.cause).toContain("“nobody”");
    expect(graph.empty?.next).toContain("Show all");
  });
});

describe("focus", () => {
  test("a workload and those at its lines, without the lines among those", () => {
    const graph = labMesh();
    graph.edges.push(edge("sleep", "recommendation"));
    expect(ids(toFiltered(graph, filter({ focus: "web-api" })).graph)).toEqual([
      ["gateway", "web-api", "recommendation", "sleep", "naked"],
      ["gateway>web-api", "web-api>recommendation", "sleep>web-api", "naked>web-api"],
    ]);
  });

  test("one that is gone says so instead of an empty picture without a word", () => {
    expect(toFiltered(labMesh(), filter({ focus: "gone" })).graph.empty?.cause).toContain("not in the picture");
  });

  test("a workload without lines stands alone", () => {
    expect(ids(toFiltered(mesh([node("a"), node("b")], []), filter({ focus: "a" })).graph)).toEqual([["a"], []]);
  });
});

describe("only what is not mutual TLS", () => {
  test("plaintext, mixed, refused, not measured and ordinary TLS stay", () => {
    const graph = labMesh();
    graph.edges.push(edge("web-api", "sleep", quiet), edge("sleep", "purchase-history", { lock: lock("mutual-tls", { refused: 2 }) }));
    expect(ids(toFiltered(graph, filter({ onlyNotMutual: true })).graph)[1]).toEqual([
      "you>gateway",
      "naked>web-api",
      "web-api>sleep",
      "sleep>purchase-history",
    ]);
  });

  test("when all is mutual TLS that is what it says", () => {
    expect(toFiltered(mesh([node("a"), node("b")], [edge("a", "b")]), filter({ onlyNotMutual: true })).graph.empty?.cause).toBe(
      "Every line of the picture is mutual TLS.",
    );
  });
});

describe("hide idle", () => {
  const idle = () =>
    mesh(
      [node("a"), node("b"), node("c", { idle: true }), node("d", { idle: true }), node("e", { idle: true })],
      [edge("a", "b"), edge("a", "c", quiet), edge("d", "b", { ...quiet, lock: lock("refused", { refused: 1 }) })],
    );

  test("what had no traffic goes; who was turned away stays", () => {
    const filtered = toFiltered(idle(), filter({ hideIdle: true }));
    expect(ids(filtered.graph)).toEqual([
      ["a", "b", "d"],
      ["a>b", "d>b"],
    ]);
    expect(toHiddenWords(filtered)).toBe("2 idle, 1 line hidden");
  });

  test("our own calls are traffic, and a rate that is no number is none", () => {
    const own = { served: 1, failed: 0, refused: 0, lastAt: 1, lastServedAt: null, lastRefusedAt: null };
    const graph = mesh(
      [node("a"), node("b")],
      [edge("a", "b", { ...quiet, own }), edge("b", "a", { ...quiet, health: { rate: Number.NaN, errorPercent: null, codes: {} } })],
    );
    expect(ids(toFiltered(graph, filter({ hideIdle: true })).graph)[1]).toEqual(["a>b"]);
  });
});

test("a thicket is said, and a chain of as many lines is none", () => {
  const names = Array.from({ length: 17 }, (_, index) => node(`n${index}`));
  const all = names.flatMap((a) => names.flatMap((b) => (a === b ? [] : [edge(a.id, b.id)])));
  expect(toThicketWords({ nodes: names, edges: all })).toBe("272 lines are too many to follow: find one name, or show only what is not mutual TLS.");
  const long = Array.from({ length: 80 }, (_, index) => node(`n${index}`));
  expect(toThicketWords({ nodes: long, edges: long.slice(1).map(({ id }, index) => edge(`n${index}`, id)) })).toBeNull();
  expect(toThicketWords(labMesh())).toBeNull();
});

test("wishes add up, and their words name each", () => {
  const graph = labMesh();
  const filtered = toFiltered(graph, { search: "sleep", focus: "web-api", onlyNotMutual: true, hideIdle: true });
  expect(ids(filtered.graph)).toEqual([["web-api", "naked"], ["naked>web-api"]]);
  expect(toFilterWords({ search: "sleep", focus: "web-api", onlyNotMutual: true, hideIdle: true }, "web-api")).toBe(
    "Search “sleep” · web-api and its neighbours · Only what is not mutual TLS · Idle hidden",
  );
});

test("the graph that came is left as it was", () => {
  const graph = labMesh();
  const before = structuredClone(graph);
  toFiltered(graph, { search: "sleep", focus: "web-api", onlyNotMutual: true, hideIdle: true });
  expect(graph).toEqual(before);
});
