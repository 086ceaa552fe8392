import cytoscape, { type Core } from "cytoscape";
import { offer } from "../measured-page";
import { BOX, toDagrePositions } from "./dagre-positions";
import { readElements } from "./kiali-elements";

/**
 * The baseline most dashboards are: Cytoscape, dagre on the main thread, labels and arrows; traffic by moving every line's dashes, which Kiali
 * offers as its second animation.
 */
const DASH_SPEED = 84;
const container = document.body.appendChild(document.createElement("div"));
container.style.cssText = "position:absolute;inset:0";
let cy: Core | null = null;
let request: number | null = null;

function animate(): void {
  const offset = -((performance.now() * DASH_SPEED) / 1000) % 24;
  cy?.edges().style("line-dash-offset", offset);
  request = requestAnimationFrame(animate);
}

offer({
  async draw(json) {
    const { nodes, edges } = readElements(json);
    const { at } = toDagrePositions(nodes, edges);
    const core = cytoscape({
      container,
      elements: {
        nodes: nodes.map(({ id, workload }) => ({ data: { id, label: workload ?? id }, position: at.get(id) ?? { x: 0, y: 0 } })),
        edges: edges.map(({ id, source, target, rate }) => ({ data: { id, source, target, label: `${rate.toFixed(1)} rps` } })),
      },
      style: [
        { selector: "node", style: { shape: "round-rectangle", ...BOX, label: "data(label)", "text-valign": "center", "background-color": "#dfe7f2" } },
        { selector: "edge", style: { width: 2, "curve-style": "bezier", "target-arrow-shape": "triangle", label: "data(label)", "font-size": 10 } },
        { selector: ".moving", style: { "line-style": "dashed", "line-dash-pattern": [14, 10] } },
      ],
      layout: { name: "preset" },
    });
    cy = core;
    core.fit(undefined, 20);
    await core.promiseOn("render");
  },
  setMotion(on) {
    cy?.edges().toggleClass("moving", on);
    if (on && request === null) request = requestAnimationFrame(animate);
    if (!on && request !== null) {
      cancelAnimationFrame(request);
      request = null;
    }
  },
});
