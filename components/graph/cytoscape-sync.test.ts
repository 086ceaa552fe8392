import cytoscape from "cytoscape";
import { expect, test } from "vitest";
import { arrangeWithDagre } from "./arrange-dagre";
import { createCytoscapeSync } from "./cytoscape-sync";
import { type ElementSpec, toElements } from "./elements";
import { toPaths, toRects } from "./geometry";
import { layout } from "./layout";
import { toFramePad, toNodeSize } from "./metrics";
import { toModel } from "./model";
import { toFrameRects } from "./positions";
import { edge, labEdges, labMesh, labNodes, lock, measureRoughly, mesh, node, screen, toRequest } from "./testdata/lab";

const lab = toModel(labMesh(), { showLocks: true });
const positions = layout(toRequest(lab), arrangeWithDagre);

function elements(graph = labMesh()): ElementSpec[] {
  const model = toModel(graph, { showLocks: true });
  const rects = toRects(positions, new Map(model.nodes.map((item) => [item.key, toNodeSize(item, screen, measureRoughly)])));
  return toElements(model, rects, toFrameRects(model.nodes, rects, new Map(), toFramePad(screen, "right")), toPaths(model.edges, rects));
}

function create() {
  const cy = cytoscape({ headless: true, styleEnabled: true });
  return { cy, sync: createCytoscapeSync(cy) };
}

test("shows a snapshot, and the same snapshot changes nothing", () => {
  const { cy, sync } = create();
  expect(sync.show(elements())).toBe(7 + 1 + 6);
  expect([cy.nodes().length, cy.edges().length]).toEqual([8, 6]);
  expect(sync.show(elements())).toBe(0);
});

test("a lock that opens touches its one edge", () => {
  const { cy, sync } = create();
  sync.show(elements());
  const edges = labEdges();
  edges[1] = edge("gateway", "web-api", { lock: lock("plaintext") });
  expect(sync.show(elements(mesh(labNodes(), edges)))).toBe(1);
  expect(cy.getElementById("e:gateway>web-api").hasClass("pattern-plaintext")).toBe(true);
  expect(cy.getElementById("e:gateway>web-api").hasClass("pattern-solid")).toBe(false);
});

test("what is gone is removed, and no node moves", () => {
  const { cy, sync } = create();
  sync.show(elements());
  const before = cy.nodes(".box").map((item) => ({ ...item.position() }));
  sync.show(elements(mesh(labNodes(), labEdges().slice(0, 3))));
  expect(cy.edges().length).toBe(3);
  expect(cy.nodes(".box").map((item) => ({ ...item.position() }))).toEqual(before);
});

test("a frame that grows also moves its centre", () => {
  const { cy, sync } = create();
  sync.show(
    elements(
      mesh(
        labNodes().filter((item) => item.id !== "sleep"),
        labEdges().slice(0, 4),
      ),
    ),
  );
  const before = cy.getElementById("f:istioinaction").position("y");
  sync.show(elements());
  expect(cy.getElementById("f:istioinaction").position("y")).toBeLessThan(before);
});

test("an edge that now leads elsewhere under its old id is replaced", () => {
  const { cy, sync } = create();
  sync.show(elements());
  sync.show(elements(mesh(labNodes(), [edge("gateway", "recommendation", { id: "gateway>web-api" })])));
  expect(cy.getElementById("e:gateway>web-api").data("target")).toBe("n:recommendation");
});

test("names that look like selectors or properties are only names", () => {
  const { cy, sync } = create();
  const names = ["__proto__", "#a .b[c]", "'"];
  const model = toModel(
    mesh(
      names.map((id) => node(id)),
      [edge("__proto__", "'")],
    ),
    { showLocks: true },
  );
  const rects = new Map(model.nodes.map((item, index) => [item.key, { x: index * 200, y: 0, width: 100, height: 40 }]));
  sync.show(toElements(model, rects, new Map(), toPaths(model.edges, rects)));
  expect(cy.nodes().length).toBe(3);
  expect(sync.show([])).toBe(4);
  expect(cy.elements().length).toBe(0);
});
