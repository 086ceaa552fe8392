import { offer } from "../measured-page";
import { BOX, toDagrePositions } from "./dagre-positions";
import { readElements } from "./kiali-elements";

/**
 * The first idea one has of animated traffic, and Kiali's default: a graph of SVG, one `<circle>` for each particle, moved along its path at every
 * frame. `?particles=3` puts so many on each line; `?particles=requests` one for each request under way.
 */
const SPEED = 84;
const wish = new URLSearchParams(location.search).get("particles") ?? "requests";
const NAMESPACE = "http://www.w3.org/2000/svg";

interface Particle {
  circle: SVGCircleElement;
  path: SVGPathElement;
  length: number;
  distance: number;
}

const particles: Particle[] = [];
let request: number | null = null;
let last = 0;

function add<Name extends keyof SVGElementTagNameMap>(parent: Element, name: Name, attributes: Record<string, string | number>): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  parent.append(element);
  return element;
}

function animate(now: number): void {
  const elapsed = Math.min(250, now - last) / 1000;
  last = now;
  for (const particle of particles) {
    particle.distance = (particle.distance + SPEED * elapsed) % particle.length;
    const { x, y } = particle.path.getPointAtLength(particle.distance);
    particle.circle.setAttribute("cx", String(x));
    particle.circle.setAttribute("cy", String(y));
  }
  request = requestAnimationFrame(animate);
}

offer({
  async draw(json) {
    const { nodes, edges } = readElements(json);
    const { at, width, height } = toDagrePositions(nodes, edges);
    const svg = add(document.body, "svg", { viewBox: `0 0 ${width} ${height}`, width: innerWidth, height: innerHeight });
    for (const { id, source, target, rate } of edges) {
      const [from, to] = [at.get(source), at.get(target)];
      if (!from || !to) continue;
      const middle = (from.x + to.x) / 2;
      const path = add(svg, "path", {
        id,
        d: `M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`,
        fill: "none",
        stroke: "#7a8699",
        "stroke-width": 2,
      });
      const length = path.getTotalLength();
      const count = wish === "requests" ? Math.max(1, Math.round((rate * length) / SPEED)) : Number(wish);
      for (let index = 0; index < count; index++) {
        const circle = add(svg, "circle", { r: 4, fill: "#1f8a53", cx: from.x, cy: from.y });
        particles.push({ circle, path, length, distance: (length * index) / count });
      }
    }
    for (const { id, workload } of nodes) {
      const place = at.get(id) ?? { x: 0, y: 0 };
      add(svg, "rect", { x: place.x - BOX.width / 2, y: place.y - BOX.height / 2, ...BOX, rx: 6, fill: "#dfe7f2" });
      add(svg, "text", { x: place.x, y: place.y + 5, "text-anchor": "middle", "font-size": 14 }).textContent = workload ?? id;
    }
  },
  setMotion(on) {
    if (on && request === null) {
      last = performance.now();
      request = requestAnimationFrame(animate);
    }
    if (!on && request !== null) {
      cancelAnimationFrame(request);
      request = null;
    }
  },
  countParticles: () => particles.length,
});
