import { expect, test } from "vitest";
import type { JournalEntry, Posture, RunSection } from "@/lib/api/state";
import { toCaption } from "./caption";

const posture = { mode: "STRICT" } as Posture;
const entry = { id: 1, at: 1000, kind: "refused", says: "The caller without a sidecar was turned away.", namespace: null } satisfies JournalEntry;

const run: RunSection = { current: null, last: null };

test("what just happened is said", () => expect(toCaption({ journal: [entry], posture, run }, 5000)).toBe(entry.says));
test("what happened long ago is not said as if it just had", () => expect(toCaption({ journal: [entry], posture, run }, 100_000)).toContain("identity"));
test("without a policy that was read nothing is claimed", () => expect(toCaption({ journal: [], posture: { ...posture, mode: null }, run }, 0)).toBe(""));

test("while three send, the one that is turned away is counted", () => {
  const count = (served: number, refused: number) => ({ sent: served + refused, served, failed: 0, refused, unreachable: 0 });
  const streams = (bare: number, meshed = count(5, 0)) =>
    ({
      current: { kind: "keep-sending", byCaller: { gateway: count(5, 0), "with-sidecar": meshed, "without-sidecar": count(3, bare) } },
      last: null,
    }) as unknown as RunSection;
  expect(toCaption({ journal: [entry], posture, run: streams(4) }, 2000)).toBe(entry.says);
  expect(toCaption({ journal: [entry], posture, run: streams(4) }, 9000)).toBe("Without a sidecar: 4 calls turned away. The others are served.");
  expect(toCaption({ journal: [], posture, run: streams(1, count(4, 1)) }, 9000)).toBe("Without a sidecar: 1 call turned away.");
  expect(toCaption({ journal: [entry], posture, run: streams(0) }, 9000)).toBe(entry.says);
});
