import { setMaxListeners } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBackoff, createRetryGate } from "./retry-gate";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;
setMaxListeners(0, never);

/** A client that tries whenever the gate lets it, against a server that is down until `isUp`. */
function startClient(gate: ReturnType<typeof createRetryGate>, isUp: () => boolean, tries: number[], signal = never) {
  const run = async () => {
    gate.fail();
    for (;;) {
      await gate.enter(signal);
      if (isUp()) return gate.succeed();
      tries.push(Date.now());
      gate.fail();
    }
  };
  return run();
}

test.each([1, 8, 200])("%i clients on a server that is down for 10 minutes: at most 12 tries in any minute", async (clients) => {
  const gate = createRetryGate();
  const tries: number[] = [];
  for (let client = 0; client < clients; client++) void startClient(gate, () => false, tries);
  await vi.advanceTimersByTimeAsync(600_000);
  const mostInAMinute = Math.max(...tries.map((from) => tries.filter((at) => at >= from && at < from + 60_000).length));
  expect(mostInAMinute).toBeLessThanOrEqual(12);
  expect(tries.length).toBeGreaterThan(15);
  expect(tries.length).toBeLessThanOrEqual(120);
});

test("even with the unluckiest jitter there are at most 12 tries in a minute", async () => {
  const gate = createRetryGate({ random: () => 0 });
  const tries: number[] = [];
  void startClient(gate, () => false, tries);
  await vi.advanceTimersByTimeAsync(59_999);
  expect(tries.length).toBe(12);
});

test("when the server is back all go on at once", async () => {
  const gate = createRetryGate();
  let isUp = false;
  let live = 0;
  for (let client = 0; client < 8; client++) void startClient(gate, () => isUp, []).then(() => live++);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(gate.open).toBe(false);
  isUp = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(live).toBe(8);
  expect(gate).toMatchObject({ open: true, nextTry: null });
});

test("a client that gives up while it waits does not cost the others their turn", async () => {
  const gate = createRetryGate();
  const giveUp = new AbortController();
  const tries: number[] = [];
  const given = startClient(gate, () => false, [], giveUp.signal).catch((error: unknown) => error);
  void startClient(gate, () => false, tries);
  giveUp.abort("enough");
  expect(await given).toBe("enough");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tries.length).toBeGreaterThan(3);
});

test("a server that asks for time gets it", async () => {
  const gate = createRetryGate();
  gate.fail(7000);
  let entered = false;
  void gate.enter(never).then(() => {
    entered = true;
  });
  await vi.advanceTimersByTimeAsync(6_999);
  expect(entered).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(entered).toBe(true);
});

test("pauses are drawn evenly up to a ceiling that doubles from 0.5 s to 30 s", () => {
  const backoff = createBackoff({ random: () => 1 });
  expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  backoff.reset();
  expect(backoff.next()).toBe(500);
  expect(createBackoff({ random: () => 0.5 }).next()).toBe(250);
});
