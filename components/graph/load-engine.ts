import type cytoscape from "cytoscape";
import { letRendererDrawDirectly } from "./direct-renderer";
import { letRendererRest } from "./resting-renderer";

/**
 * What a graph needs before it can be drawn and what does not depend on it: Cytoscape's script, half of all there is, and the worker that lays out. Both
 * start when this room's script comes, so that they are there when the first graph is.
 */
const createWorker = () => new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module", name: "layout" });

let engine: Promise<typeof cytoscape> | null = null;
let spare: Worker | null = null;

/** @throws when the script cannot be loaded; the next call tries again */
export function loadEngine(): Promise<typeof cytoscape> {
  engine ??= import("cytoscape").then(
    ({ default: library }) => {
      letRendererRest(library);
      letRendererDrawDirectly(library);
      return library;
    },
    (error: unknown) => {
      engine = null;
      throw error;
    },
  );
  return engine;
}

/** The worker that is running already, or another. */
export function takeLayoutWorker(): Worker {
  const worker = spare ?? createWorker();
  spare = null;
  return worker;
}

/** Idle until it is taken. One that fails meanwhile is forgotten: whoever needs one starts another and learns why. */
export function warmUp(): void {
  void loadEngine().catch(() => undefined);
  try {
    spare ??= createWorker();
    spare.onerror = () => {
      spare = null;
    };
  } catch {
    // No workers here: the layout client says what happens then.
  }
}
