import type { LiveState } from "@/lib/api/state";
import { tellState } from "../e2e/told-state";
import { readGraph } from "./graph-files";
import { toMeshGraph } from "./to-mesh-graph";
import type { Visited } from "./whole-page";

/**
 * Our own dashboard, whole and as it is built, with a fixed graph in its first state; every workload drawn.
 * @param url of a running Padlock @param state anything it said, for all that is not the graph
 */
export async function toDashboardPage(url: string, state: LiveState, graph: string, animation: boolean): Promise<Visited> {
  const told = { ...state, graph: toMeshGraph(await readGraph(graph)) };
  return {
    url: `${url}/?groups=off${animation ? "" : "&animation=off"}`,
    async prepare(context) {
      await tellState(context, { state: told });
      await context.addInitScript(() => {
        let received = Number.NaN;
        const Told = window.EventSource;
        window.EventSource = class extends Told {
          constructor(address: string | URL) {
            super(address);
            this.addEventListener("state", () => {
              received = performance.now();
            });
          }
        };
        window.benchReceived = () => received;
        window.benchComplete = () => document.querySelector("[data-graph-stage][data-ready=true]") !== null;
      });
    },
  };
}
