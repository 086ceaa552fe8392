import { expect, test } from "vitest";
import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import { toSelection } from "./selection";

const graph = {
  nodes: [{ id: "a" }, { id: "b" }] as GraphNode[],
  edges: [
    { id: "a>b", source: "a", target: "b" },
    { id: "x>b", source: "x", target: "b" },
  ] as GraphEdge[],
} as MeshGraph;

test("nothing is selected", () => expect(toSelection(graph, null)).toBeNull());
test("a line comes with both its ends", () => expect(toSelection(graph, "a>b")).toMatchObject({ kind: "edge", source: { id: "a" }, target: { id: "b" } }));
test("an end that the picture does not have is not made up", () =>
  expect(toSelection(graph, "x>b")).toMatchObject({ kind: "edge", source: null, target: { id: "b" } }));
test("a node comes with its lines", () => {
  const selection = toSelection(graph, "b");
  expect(selection?.kind === "node" && [selection.incoming.length, selection.outgoing.length]).toEqual([2, 0]);
});
test("what has left the picture is said to be gone", () => expect(toSelection(graph, "c")).toEqual({ kind: "gone" }));
