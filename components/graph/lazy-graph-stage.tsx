"use client";

import { LazyPart, toPartSource } from "../frame/lazy-part";
import type { GraphStageProps } from "./graph-stage";
import { warmUp } from "./load-engine";

const source = toPartSource(async () => (await import("./graph-stage")).GraphStage);

/** The graph's code is half of all script: the page is painted without it, and it comes while React takes the page over and the first state is on its way. */
export function prepareGraph(): void {
  warmUp();
  source.prepare();
}

/** The graph, once its code is there. */
export function LazyGraphStage(props: GraphStageProps) {
  return <LazyPart source={source} props={props} waiting={<p className="p-6 text-muted">Loading the graph …</p>} />;
}
