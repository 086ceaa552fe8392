"use client";

import { useEffect, useState } from "react";
import type { GraphStage, GraphStageProps } from "./graph-stage";
import { warmUp } from "./load-engine";

let loaded: typeof GraphStage | null = null;

async function load(): Promise<typeof GraphStage> {
  loaded ??= (await import("./graph-stage")).GraphStage;
  return loaded;
}

/** The graph's code is half of all script: the page is painted without it, and it comes while React takes the page over and the first state is on its way. */
export function prepareGraph(): void {
  warmUp();
  // Asked for again, and its failure told, where it is drawn.
  void load().catch(() => undefined);
}

/**
 * The graph, once its code is there. Not by Suspense, whose fallback React keeps for 300 ms once it was shown: that is half of the time to a first picture.
 * @throws into the nearest boundary what kept the code from coming
 */
export function LazyGraphStage(props: GraphStageProps) {
  const [Stage, setStage] = useState(() => loaded);
  const [failure, setFailure] = useState<{ cause: unknown } | null>(null);
  useEffect(() => {
    if (Stage !== null) return;
    let ended = false;
    load().then(
      (stage) => ended || setStage(() => stage),
      (cause: unknown) => ended || setFailure({ cause }),
    );
    return () => {
      ended = true;
    };
  }, [Stage]);
  if (failure !== null) throw failure.cause;
  return Stage === null ? <p className="p-6 text-muted">Loading the graph …</p> : <Stage {...props} />;
}
