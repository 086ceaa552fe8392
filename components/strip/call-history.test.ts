import { expect, test } from "vitest";
import type { Call } from "@/lib/mesh/calls";
import { addCalls, BUCKET_MS, emptyHistory, STRIP_MS, toSpan, toStripKind } from "./call-history";

const NOW = 1_000 * BUCKET_MS;
const call = (id: number, over: Partial<Call> = {}) => ({ id, startedAt: NOW - 1000, outcome: "served", encryption: "not-measured", ...over }) as Call;
const BUCKET = NOW - BUCKET_MS;
const counts = (history: ReturnType<typeof emptyHistory>) => history.buckets.get(BUCKET);

test("a call is counted once however often it is told", () => {
  const once = addCalls(emptyHistory(0), [call(1)], 0, NOW);
  expect(counts(addCalls(once, [call(1), call(2)], 0, NOW))).toMatchObject({ unmeasured: 2 });
});

test("evidence that comes later moves a call, and counts it no second time", () => {
  const before = addCalls(emptyHistory(0), [call(1)], 0, NOW);
  expect(counts(addCalls(before, [call(1, { encryption: "mutual-tls" })], 0, NOW))).toMatchObject({ "mutual-tls": 1, unmeasured: 0 });
});

test("calls the page was never told of are said to be missed, but not those before it came", () => {
  const first = addCalls(emptyHistory(0), [call(40)], 0, NOW);
  expect(counts(first)).toMatchObject({ missed: 0, unmeasured: 1 });
  expect(counts(addCalls(first, [call(51)], 0, NOW))).toMatchObject({ missed: 10, unmeasured: 2 });
});

test("a cross stands where the first was refused, not where its bar begins", () => {
  const history = addCalls(
    emptyHistory(0),
    [call(1, { startedAt: BUCKET + 3000, outcome: "refused" }), call(2, { startedAt: BUCKET + 6000, outcome: "refused" })],
    0,
    NOW,
  );
  expect(counts(history)).toMatchObject({ refused: 2, refusedAt: BUCKET + 3000 });
});

test("a reset begins anew, though ids go on", () => {
  const before = addCalls(emptyHistory(0), [call(1), call(2)], 0, NOW);
  expect(addCalls(before, [], 7, NOW).buckets.size).toBe(0);
  expect(counts(addCalls(before, [call(3)], 7, NOW))).toMatchObject({ missed: 0, unmeasured: 1 });
});

test("what is older than the strip is dropped", () => {
  const before = addCalls(emptyHistory(0), [call(1)], 0, NOW);
  expect(addCalls(before, [call(1)], 0, NOW + STRIP_MS + BUCKET_MS).buckets.size).toBe(0);
});

test("each call is of one kind, and a cancelled one of none", () => {
  expect(toStripKind({ outcome: "refused", encryption: "plaintext" })).toBe("refused");
  expect(toStripKind({ outcome: "unreachable", encryption: "not-measured" })).toBe("failed");
  expect(toStripKind({ outcome: "served", encryption: "one-way-tls" })).toBe("unmeasured");
  expect(toStripKind({ outcome: "cancelled", encryption: "not-measured" })).toBeNull();
});

test("the strip spans what there is to show, a quarter of an hour at most", () => {
  const minutes = (count: number) => NOW - count * 60_000;
  expect(
    [[], [undefined, Number.POSITIVE_INFINITY], [minutes(2)], [minutes(5), minutes(1)], [minutes(7)], [minutes(60)]].map(
      (events) => toSpan(NOW, events) / 60_000,
    ),
  ).toEqual([3, 3, 3, 6, 15, 15]);
});
