import { expect, test } from "vitest";
import { aggregateLocks } from "./aggregate-locks";
import type { Lock, LockState } from "./lock";

const NOW = 1_000_000;
function lock(state: LockState, percent: number | null = null, refused = 0): Lock {
  const evidence =
    state === "not-measured" ? [] : [{ mark: "observed", source: "Kiali, from Prometheus", at: NOW, windowSeconds: 60, says: `${state} ${percent}` } as const];
  return { state, percent, refused, reason: state === "mutual-tls" ? null : { code: "idle", text: `why ${state}.` }, evidence: [...evidence] };
}
const closed = lock("mutual-tls", 100);
const open = lock("plaintext");
const quiet = lock("not-measured");
const away = lock("refused", null, 4);

test.each<{ what: string; locks: Lock[]; weights: number[]; state: LockState; percent?: number; refused?: number }>([
  { what: "no lines", locks: [], weights: [], state: "not-measured" },
  { what: "all mutual TLS", locks: [closed, closed], weights: [1, 2], state: "mutual-tls", percent: 100 },
  { what: "all plaintext", locks: [open, open], weights: [1, 2], state: "plaintext" },
  { what: "by request rate", locks: [closed, open], weights: [3, 1], state: "mixed", percent: 75 },
  { what: "mixed lines weigh in with their share", locks: [lock("mixed", 50), closed], weights: [1, 1], state: "mixed", percent: 75 },
  { what: "one plaintext line without a rate is enough", locks: [closed, open], weights: [1_000, 0], state: "mixed", percent: 99.999 },
  { what: "idle lines do not matter", locks: [closed, quiet], weights: [1, 0], state: "mutual-tls", percent: 100 },
  { what: "a line with traffic that nobody measured keeps it open", locks: [closed, quiet], weights: [1, 1], state: "not-measured" },
  { what: "but does not hide plaintext", locks: [open, quiet], weights: [1, 1], state: "plaintext" },
  { what: "nor a mixture", locks: [closed, open, quiet], weights: [1, 1, 5], state: "mixed", percent: 50 },
  { what: "refusals beside served traffic only count", locks: [closed, away], weights: [1, 0], state: "mutual-tls", percent: 100, refused: 4 },
  { what: "nothing but refusals", locks: [away, quiet, away], weights: [0, 0, 0], state: "refused", refused: 8 },
  { what: "refusals beside traffic that nobody measured", locks: [away, quiet], weights: [0, 1], state: "not-measured", refused: 4 },
  { what: "weights that are no numbers", locks: [closed, open], weights: [Number.NaN, -1], state: "mixed", percent: 50 },
])("$what: $state", ({ locks, weights, state, percent, refused }) => {
  const whole = aggregateLocks(locks, weights);
  expect(whole.state).toBe(state);
  expect(whole.percent).toEqual(percent === undefined ? null : expect.closeTo(percent, 6));
  expect(whole.refused).toBe(refused ?? 0);
  if (state !== "not-measured") expect(whole.evidence.length).toBeGreaterThan(0);
  if (state === "mixed") expect(whole.percent).toBeLessThan(100);
});

test("the reason is the heaviest open line's, and says how many are not measured", () => {
  const light = { ...open, reason: { code: "idle", text: "light." } as const };
  expect(aggregateLocks([light, open, closed], [1, 2, 3]).reason?.text).toBe("why plaintext.");
  expect(aggregateLocks([closed, quiet], [1, 1]).reason?.text).toBe("1 line of 2 not measured, the others are mutual TLS. why not-measured.");
});

test("evidence is kept once a saying, the newest, and not without end", () => {
  const older = { ...closed, evidence: closed.evidence.map((evidence) => ({ ...evidence, at: NOW - 5 })) };
  expect(aggregateLocks([older, closed], [1, 1]).evidence).toEqual(closed.evidence);
  const many = Array.from({ length: 50 }, (_, index) => lock("mixed", index));
  expect(
    aggregateLocks(
      many,
      many.map(() => 1),
    ).evidence,
  ).toHaveLength(8);
});
