import cytoscape from "cytoscape";
import { expect, test } from "vitest";
import { toStylesheet } from "./cytoscape-style";
import { createCytoscapeSync } from "./cytoscape-sync";
import { toElements } from "./elements";
import { toSvg } from "./export-svg";
import { ALL_LOCKS_UP_TO, edgeKey, nodeKey, toModel } from "./model";
import { PALETTES } from "./palette";
import type { Scene } from "./scene";
import { FORWARD_ABOVE, isQuiet, toFaint, toForward, toLayer, VEILED } from "./standing";
import { edge, lock, measureRoughly, mesh, node, screen } from "./testdata/lab";
import { toScene } from "./testdata/scene";

const NOTHING = { rate: 0, errorPercent: null, codes: {} };
const ERRORS = { rate: 1, errorPercent: 12, codes: { "503": 1 } };
const caption = { lock: "mixed" as const, title: "t", facts: "f", time: "now" };

/** Closed lines between twelve workloads, and one of each other kind; the first lines are the special ones, so that the order given says nothing. */
function thicket(closed: number): Scene {
  const names = Array.from({ length: 12 }, (_, index) => `w${index}`);
  const pairs = names.flatMap((source) => names.filter((target) => target !== source).map((target) => [source, target] as const));
  const special = [
    edge("w0", "w1", { lock: lock("refused", { refused: 4 }), health: NOTHING }),
    edge("w0", "w2", { lock: lock("plaintext") }),
    edge("w0", "w3", { health: ERRORS }),
    edge("w0", "w4", { lock: lock("not-measured"), health: NOTHING }),
  ];
  const taken = new Set(special.map(({ id }) => id));
  const rest = pairs.filter(([source, target]) => !taken.has(`${source}>${target}`)).slice(0, closed);
  return toScene(
    toModel(
      mesh(
        names.map((name) => node(name)),
        [...special, ...rest.map(([source, target]) => edge(source, target))],
      ),
      { showLocks: true },
    ),
  );
}

const dense = thicket(ALL_LOCKS_UP_TO);
const find = (scene: Scene, id: string) => scene.model.edges.find((line) => line.key === edgeKey(id)) ?? expect.fail(`${id} is not drawn`);

test("among many lines what is closed or idle steps back, and nothing else does", () => {
  const standing = dense.model.edges.filter((line) => !isQuiet(line, true)).map(({ id }) => id);
  expect(standing).toEqual(["w0>w1", "w0>w2", "w0>w3"]);
  expect(isQuiet(find(dense, "w0>w5"), false)).toBe(false);
});

test("the more lines, the fainter each, and never gone", () => {
  expect(toFaint(ALL_LOCKS_UP_TO)).toBe(0.5);
  expect(toFaint(272)).toBeLessThan(0.3);
  expect(toFaint(100_000)).toBe(0.08);
});

test("refused lies over plaintext and errors, these over what is closed", () => {
  const layer = (id: string) => toLayer(find(dense, id), isQuiet(find(dense, id), true));
  expect(["w0>w1", "w0>w2", "w0>w3", "w0>w4", "w0>w5"].map(layer)).toEqual([3, 2, 2, 0, 0]);
  // In a small picture as well, where nothing steps back.
  const small = thicket(3);
  expect(["w0>w1", "w0>w2", "w0>w5"].map((id) => toLayer(find(small, id), false))).toEqual([3, 2, 1]);
});

test("Cytoscape paints them in that order, below the boxes", () => {
  const cy = cytoscape({ headless: true, styleEnabled: true, style: toStylesheet(PALETTES.light, screen, false) });
  createCytoscapeSync(cy).show(toElements(dense.model, dense.rects, dense.frames, dense.paths));
  const depth = (key: string) => Number(cy.getElementById(key).style("z-index"));
  const depths = ["w0>w5", "w0>w2", "w0>w1"].map((id) => depth(edgeKey(id)));
  expect(depths).toEqual(depths.toSorted((a, b) => a - b));
  expect(new Set(depths).size).toBe(3);
  expect(depth("f:istioinaction")).toBeLessThan(Math.min(...depths));
  expect(depth(nodeKey("w0"))).toBeGreaterThan(Math.max(...depths));
  expect(cy.getElementById(edgeKey("w0>w5")).numericStyle("width")).toBeLessThan(cy.getElementById(edgeKey("w0>w2")).numericStyle("width"));
});

test("a node that is pointed at or selected brings its own lines to the front, and pointing wins", () => {
  const touching = (name: string) => dense.model.edges.filter(({ source, target }) => [source, target].includes(nodeKey(name))).map(({ key }) => key);
  const forward = (selected: string | null, hovered: string | null) => toForward({ model: dense.model, selected, hovered });
  expect(forward(null, null)).toBeNull();
  expect(forward(nodeKey("w1"), null)).toEqual({ edges: new Set(touching("w1")), isAlone: true });
  expect(forward(nodeKey("w1"), nodeKey("w2"))).toEqual({ edges: new Set(touching("w2")), isAlone: true });
  expect(forward(edgeKey("w0>w2"), null)).toEqual({ edges: new Set([edgeKey("w0>w2")]), isAlone: true });
  // A pointer that crosses lines does not make the whole picture flicker.
  expect(forward(null, edgeKey("w0>w2"))).toEqual({ edges: new Set([edgeKey("w0>w2")]), isAlone: false });
});

test("few lines are followed as they are", () => {
  expect(toForward({ model: thicket(FORWARD_ABOVE - 4).model, selected: nodeKey("w0"), hovered: null })).toBeNull();
});

test("the exported picture: quiet lines first and thin, the refused last, and what is selected in front of a veil", () => {
  const lines = (scene: Scene) => [...toSvg(scene, caption, measureRoughly).matchAll(/<path d="M[^"]*" fill="none" stroke="([^"]+)" stroke-width="([\d.]+)"/g)];
  const drawn = lines(dense).filter(([, stroke]) => [PALETTES.light.ok, PALETTES.light.refused, PALETTES.light.bad].includes(stroke ?? ""));
  expect(Number(drawn[0]?.[2])).toBeLessThan(screen.line);
  const strokes = drawn.map(([, stroke]) => stroke);
  expect(strokes.indexOf(PALETTES.light.refused)).toBeGreaterThan(strokes.indexOf(PALETTES.light.bad));
  const veils = (scene: Scene) => toSvg(scene, caption, measureRoughly).split(`<g opacity="${VEILED}">`).length - 1;
  expect(veils(dense)).toBe(0);
  const selected = { ...dense, selected: nodeKey("w11") };
  const others = dense.model.edges.filter(({ source, target }) => ![source, target].includes(nodeKey("w11")));
  expect(veils(selected)).toBe(others.length + others.filter(({ plate }) => plate !== null).length);
});
