import { describe, expect, test } from "vitest";
import type { GraphEdge } from "@/lib/mesh/graph";
import { type ModelEdge, toModel } from "./model";
import { edge, labMesh, labNodes, lock, mesh, node } from "./testdata/lab";

const shown = { showLocks: true };

function only(more: Partial<GraphEdge>, options = shown): ModelEdge {
  const model = toModel(mesh(labNodes(), [edge("gateway", "web-api", more)]), options);
  return model.edges[0] as ModelEdge;
}

const traffic = (rate: number, errorPercent: number | null = 0) => ({ rate, errorPercent, codes: {} });

test("the lab: who stands where, with what look", () => {
  const { nodes } = toModel(labMesh(), shown);
  expect(nodes.map(({ id, place, look }) => [id, place, look])).toEqual([
    ["you", "client", "client"],
    ["gateway", "gateway", "meshed"],
    ["web-api", "frame", "meshed"],
    ["recommendation", "frame", "meshed"],
    ["purchase-history", "frame", "meshed"],
    ["sleep", "frame", "meshed"],
    ["naked", "caller", "bare"],
  ]);
});

describe("an edge's colour is health, its pattern protection", () => {
  const cases: [string, Partial<GraphEdge>, string, string][] = [
    ["mutual TLS, answered", {}, "answered", "solid"],
    ["plaintext, answered: still green", { lock: lock("plaintext") }, "answered", "plaintext"],
    ["mixed", { lock: lock("mixed", { percent: 73 }) }, "answered", "mixed"],
    ["traffic nobody measured", { lock: lock("not-measured") }, "answered", "not-measured"],
    ["errors over mutual TLS", { health: traffic(1, 12) }, "errors", "solid"],
    ["nothing in the window", { health: traffic(0, null), lock: lock("not-measured") }, "idle", "idle"],
    ["only refusals", { health: traffic(0, null), lock: lock("refused", { refused: 4 }) }, "refused", "refused"],
    [
      "no rate yet, but our own call was answered",
      { health: traffic(0, null), own: { served: 1, failed: 0, refused: 0, lastAt: 1, lastServedAt: null, lastRefusedAt: null } },
      "answered",
      "solid",
    ],
    ["a rate that is no number", { health: traffic(Number.NaN, Number.NaN), lock: lock("not-measured") }, "idle", "idle"],
  ];
  test.each(cases)("%s", (_name, more, tone, pattern) => {
    expect(only(more)).toMatchObject({ tone, pattern });
  });

  test("no dot passes a lock that turns its caller away, whatever the window still holds", () => {
    expect(only({ health: traffic(3), lock: lock("refused", { refused: 1 }) }).flow).toMatchObject({ rate: 0, refused: 1 });
  });

  test("magenta is for nothing but the state refused", () => {
    expect(only({ lock: lock("plaintext", { refused: 9 }) }).tone).toBe("answered");
  });
});

describe("plates", () => {
  const text = (item: ModelEdge) => item.plate?.parts.map((part) => part.text).join("|");

  test("a mixed lock always has its number, and refusals are a count beside it", () => {
    expect(text(only({ lock: lock("mixed", { percent: 73.2, refused: 4 }) }))).toBe("73 %|4 refused");
    expect(text(only({ lock: lock("mixed", { percent: 99.7 }) }))).toBe("99 %");
    expect(text(only({ lock: lock("mixed", { percent: 0.2 }) }))).toBe("1 %");
  });

  test("refused stands with its count", () => {
    const item = only({ health: traffic(0, null), lock: lock("refused", { refused: 4 }) });
    expect(item.plate?.lock).toBe("refused");
    expect(text(item)).toBe("4 refused");
  });

  test("ordinary TLS has words and no lock", () => {
    const item = only({ kind: "one-way-tls", lock: lock("not-measured") });
    expect(item.plate).toEqual({ lock: null, parts: [{ text: "TLS, one way", token: "muted" }] });
  });

  test("errors are words too, not colour alone", () => {
    expect(text(only({ health: traffic(1, 12.4) }))).toBe("12 % errors");
    expect(text(only({ health: traffic(1, 0.2) }))).toBe("< 1 % errors");
  });

  test("without Security no lock and no ring is left, but a refusal is", () => {
    const off = { showLocks: false };
    expect(only({}, off)).toMatchObject({ plate: null, pattern: "solid", flow: { mutualTls: null } });
    expect(only({ lock: lock("refused", { refused: 2 }), health: traffic(0, null) }, off)).toMatchObject({ pattern: "refused", plate: { lock: "refused" } });
    expect(toModel(labMesh(), off).frames[0]?.lock).toBeNull();
  });

  test("above 60 edges only locks that are not closed are drawn", () => {
    const many = Array.from({ length: 61 }, (_, index) =>
      edge("gateway", "web-api", { id: `e${index}`, lock: lock(index === 7 ? "plaintext" : "mutual-tls") }),
    );
    const { edges } = toModel(mesh(labNodes(), many), shown);
    expect(edges.filter((item) => item.plate).map((item) => item.id)).toEqual(["e7"]);
    expect(toModel(mesh(labNodes(), many.slice(0, 60)), shown).edges.every((item) => item.plate)).toBe(true);
  });
});

describe("bad input", () => {
  test("names that are also words of JavaScript or of a selector stay names", () => {
    const ids = ["__proto__", "constructor", "hasOwnProperty", "#a .b[c]", "'"];
    const model = toModel(
      mesh(
        ids.map((id) => node(id)),
        ids.slice(1).map((id) => edge(id, "__proto__")),
      ),
      shown,
    );
    expect(model.nodes.map((item) => item.id)).toEqual(ids);
    expect(model.edges).toHaveLength(4);
    expect(model.omitted).toBe(0);
  });

  test("doubles and edges to nowhere are left out and counted", () => {
    const model = toModel(mesh([node("a"), node("a"), node("b")], [edge("a", "b"), edge("a", "b"), edge("a", "nowhere")]), shown);
    expect([model.nodes.length, model.edges.length, model.omitted]).toEqual([2, 1, 3]);
  });

  test("a node and an edge of one id do not meet", () => {
    const model = toModel(mesh([node("a"), node("b")], [edge("a", "b", { id: "a" })]), shown);
    expect(new Set([...model.nodes, ...model.edges].map((item) => item.key)).size).toBe(3);
  });

  test("hostile titles are shown, not obeyed, and cut", () => {
    const model = toModel(mesh([node("a", { title: "\u202egnp.exe", subtitle: "x".repeat(253) })], []), shown);
    expect(model.nodes[0]?.title).toBe("\\u{202e}gnp.exe");
    expect(Array.from(model.nodes[0]?.subtitle ?? "")).toHaveLength(30);
  });

  test("shares beyond 0–100 % are clamped, no number is no measurement", () => {
    expect(only({ lock: lock("mixed", { percent: 150 }) }).flow.mutualTls).toBe(1);
    expect(only({ lock: lock("mixed", { percent: null }) }).flow.mutualTls).toBeNull();
    expect(only({ health: traffic(Number.POSITIVE_INFINITY) }).flow.rate).toBe(0);
  });
});

test("a frame nobody lives in is not drawn; an unread policy has no mode", () => {
  const graph = mesh(labNodes(), [], ["istioinaction", "deserted"]);
  for (const frame of graph.namespaces) frame.policy = null;
  expect(toModel(graph, shown).frames).toEqual([{ key: "f:istioinaction", name: "istioinaction", mode: "", lock: "mixed", number: "83 %" }]);
});
