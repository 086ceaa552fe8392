import { arrangeWithDagre } from "./arrange-dagre";
import { layout } from "./layout";
import type { WorkerAnswer, WorkerQuestion } from "./layout-client";

/** Layout off the main thread. One question, one answer, in order; an engine's error goes back as words. */
self.onmessage = (event: MessageEvent<WorkerQuestion>) => {
  const { id, request } = event.data;
  let answer: WorkerAnswer;
  try {
    answer = { id, positions: [...layout(request, arrangeWithDagre)] };
  } catch (error) {
    answer = { id, failure: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(answer);
};
