import { expect, test } from "vitest";
import type { JournalEntry, Posture } from "@/lib/api/state";
import { toCaption } from "./caption";

const posture = { mode: "STRICT" } as Posture;
const entry = { id: 1, at: 1000, kind: "refused", says: "The caller without a sidecar was turned away.", namespace: null } satisfies JournalEntry;

test("what just happened is said", () => expect(toCaption({ journal: [entry], posture }, 5000)).toBe(entry.says));
test("what happened long ago is not said as if it just had", () => expect(toCaption({ journal: [entry], posture }, 100_000)).toContain("identity"));
test("without a policy that was read nothing is claimed", () => expect(toCaption({ journal: [], posture: { ...posture, mode: null } }, 0)).toBe(""));
