import { arrangeWithDagre, toRowGap } from "./arrange-dagre";
import { withGrid } from "./arrange-grid";
import { arrangeQuickly } from "./arrange-quick";
import { layout } from "./layout";
import type { WorkerAnswer, WorkerQuestion } from "./layout-client";
import { withRespacing } from "./respace";

/** Above this dagre takes minutes, the quick ranking milliseconds. */
const DAGRE_UP_TO = { nodes: 400, edges: 1000 };

/** Layout off the main thread. One question, one answer, in order; an engine's error goes back as words. */
self.onmessage = (event: MessageEvent<WorkerQuestion>) => {
  const { id, request } = event.data;
  let answer: WorkerAnswer;
  try {
    const isSmall = request.nodes.length <= DAGRE_UP_TO.nodes && request.edges.length <= DAGRE_UP_TO.edges;
    answer = { id, positions: [...layout(request, withGrid(isSmall ? withRespacing(arrangeWithDagre, toRowGap) : arrangeQuickly))] };
  } catch (error) {
    answer = { id, failure: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(answer);
};
