import cytoscape from "cytoscape";
import { expect, test, vi } from "vitest";
import { letRendererDrawDirectly } from "./direct-renderer";

/** The renderer is Cytoscape's own: when its next release is made otherwise, this is where it shows. */
function toRenderer() {
  letRendererDrawDirectly(cytoscape);
  const { prototype } = cytoscape("renderer", "canvas") as unknown as { prototype: { drawCachedElement(...question: unknown[]): void; drawElement: unknown } };
  expect(prototype.drawElement).toBeInstanceOf(Function);
  const drawElement = vi.fn();
  return { renderer: Object.assign(Object.create(prototype) as typeof prototype, { drawElement }), drawElement };
}

test("lines and frames are drawn themselves, without names, and boxes not at all", () => {
  const { renderer, drawElement } = toRenderer();
  const cy = cytoscape({
    headless: true,
    styleEnabled: true,
    style: [{ selector: ".box", style: { opacity: 0 } }],
    elements: [{ data: { id: "frame" } }, { data: { id: "box" }, classes: "box" }, { data: { id: "line", source: "frame", target: "box" } }],
  });
  const context = {};
  for (const element of cy.elements().toArray()) renderer.drawCachedElement(context, element, 1, null);
  expect(drawElement.mock.calls.map(([, element]) => element.id())).toEqual(["frame", "line"]);
  expect(drawElement.mock.calls[0]).toEqual([context, expect.anything(), null, false, false]);
});
