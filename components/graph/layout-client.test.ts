import { afterEach, expect, test, vi } from "vitest";
import { arrangeQuickly } from "./arrange-quick";
import { layout } from "./layout";
import { createLayoutClient, type WorkerAnswer, type WorkerQuestion } from "./layout-client";
import { toModel } from "./model";
import { labMesh, toRequest } from "./testdata/lab";

const request = toRequest(toModel(labMesh(), { showLocks: true }));
const quick = layout(request, arrangeQuickly);

/** The part of a Worker the client uses, in this thread. */
class WorkerDouble extends EventTarget implements Worker {
  onmessage: ((this: Worker, event: MessageEvent) => unknown) | null = null;
  onmessageerror = null;
  onerror: ((this: AbstractWorker, event: ErrorEvent) => unknown) | null = null;
  ended = false;
  constructor(private readonly answer: (question: WorkerQuestion) => WorkerAnswer | null) {
    super();
  }
  postMessage(question: WorkerQuestion): void {
    const answer = this.answer(question);
    if (answer) queueMicrotask(() => this.onmessage?.call(this, new MessageEvent("message", { data: answer })));
  }
  terminate(): void {
    this.ended = true;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

test("the worker's answer is taken, one worker for all questions, and who waits is told", async () => {
  let started = 0;
  const told: boolean[] = [];
  const client = createLayoutClient(
    () => {
      started++;
      return new WorkerDouble(({ id }) => ({ id, positions: [["n:web-api", { x: 1, y: 2 }]] }));
    },
    (busy) => told.push(busy),
  );
  expect([...(await client.layout(request))]).toEqual([["n:web-api", { x: 1, y: 2 }]]);
  await client.layout(request);
  expect(told).toEqual([true, false, true, false]);
  expect(started).toBe(1);
  client.close();
});

test("without workers, or when the engine fails, the quick ranking answers", async () => {
  const none = createLayoutClient(() => {
    throw new Error("Refused to create a worker");
  });
  expect(await none.layout(request)).toEqual(quick);
  const failing = createLayoutClient(() => new WorkerDouble(({ id }) => ({ id, failure: "Not possible to find intersection" })));
  expect(await failing.layout(request)).toEqual(quick);
  failing.close();
});

test("a worker that does not answer is ended, and the next question starts a new one", async () => {
  vi.useFakeTimers();
  const workers: WorkerDouble[] = [];
  const client = createLayoutClient(() => {
    const worker = new WorkerDouble(({ id }) => (workers.length === 1 ? null : { id, positions: [] }));
    workers.push(worker);
    return worker;
  });
  const answer = client.layout(request);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await answer).toEqual(quick);
  expect(workers[0]?.ended).toBe(true);
  expect((await client.layout(request)).size).toBe(0);
  expect(workers).toHaveLength(2);
  client.close();
});
