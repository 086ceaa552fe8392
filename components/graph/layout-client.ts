import { arrangeQuickly } from "./arrange-quick";
import { type LayoutRequest, layout, type Point, type Positions } from "./layout";

/** Asks the worker for a layout; without a worker, or when it fails or takes too long, the quick ranking answers here. */
export interface LayoutClient {
  layout(request: LayoutRequest): Promise<Positions>;
  close(): void;
}

export interface WorkerQuestion {
  id: number;
  request: LayoutRequest;
}

export type WorkerAnswer = { id: number; positions: [string, Point][] } | { id: number; failure: string };

const PATIENCE_MS = 6000;

/** @param onBusy told when somebody begins to wait for the worker, and when nobody does any longer */
export function createLayoutClient(createWorker: () => Worker, onBusy: (busy: boolean) => void = () => {}): LayoutClient {
  let worker: Worker | null = null;
  let nextId = 1;
  const waiting = new Map<number, (answer: WorkerAnswer | null) => void>();

  function start(): Worker | null {
    if (worker) return worker;
    try {
      worker = createWorker();
    } catch {
      // No workers here (an old browser, a policy that forbids them): the quick ranking serves.
      return null;
    }
    worker.onmessage = (event: MessageEvent<WorkerAnswer>) => waiting.get(event.data.id)?.(event.data);
    worker.onerror = stop;
    return worker;
  }

  /** Gives up on the worker; whoever waits is answered without it. */
  function stop(): void {
    worker?.terminate();
    worker = null;
    for (const answer of [...waiting.values()]) answer(null);
    waiting.clear();
  }

  function ask(target: Worker, request: LayoutRequest): Promise<WorkerAnswer | null> {
    const id = nextId++;
    onBusy(true);
    return new Promise((resolve) => {
      const timer = setTimeout(stop, PATIENCE_MS);
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        waiting.delete(id);
        if (waiting.size === 0) onBusy(false);
        resolve(answer);
      });
      target.postMessage({ id, request } satisfies WorkerQuestion);
    });
  }

  return {
    async layout(request) {
      const target = start();
      const answer = target && (await ask(target, request));
      if (answer && "positions" in answer) return new Map(answer.positions);
      return layout(request, arrangeQuickly);
    },
    close: stop,
  };
}
