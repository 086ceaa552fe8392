import { useState } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { GraphStage } from "@/components/graph/graph-stage";
import type { Viewport } from "@/components/graph/viewport";
import type { MeshGraph } from "@/lib/mesh/graph";
import { applyGraphChange, type GraphChange } from "@/lib/mesh/graph-change";
import { offer } from "../measured-page";
import { toMeshGraph } from "../to-mesh-graph";

/** Padlock's picture as the dashboard shows it, by itself: every workload drawn, nothing folded to groups. */
const root = createRoot(document.body.appendChild(document.createElement("div")));
const NO_CALLS: [] = [];
let motion = true;
let graph: MeshGraph | null = null;
let ready = () => {};

function Page({ graph, animate }: { graph: MeshGraph; animate: boolean }) {
  const [viewport, setViewport] = useState<Viewport>(null);
  const [selected, setSelected] = useState<string | null>(null);
  return (
    <GraphStage
      graph={graph}
      calls={NO_CALLS}
      stale={false}
      animate={animate}
      showLocks
      theme="light"
      size="screen"
      selected={selected}
      onSelect={setSelected}
      viewport={viewport}
      onViewport={setViewport}
      onReady={() => ready()}
    />
  );
}

function render(): void {
  if (graph !== null) root.render(<Page graph={graph} animate={motion} />);
}

offer({
  draw(json) {
    graph = toMeshGraph(json);
    return new Promise((resolve) => {
      ready = resolve;
      render();
    });
  },
  async update(json) {
    if (graph !== null) graph = applyGraphChange(graph, JSON.parse(json) as GraphChange);
    flushSync(render);
  },
  setMotion(on) {
    motion = on;
    flushSync(render);
  },
  countParticles: () => Number(document.querySelector<HTMLElement>("[data-graph-stage]")?.dataset["dots"] ?? 0),
});
