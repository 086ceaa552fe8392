import { expect, test } from "vitest";
import type { Call } from "@/lib/mesh/calls";
import { addCalls, emptyHistory } from "./call-history";
import { toPointWords } from "./strip-figures";
import { toStripWords } from "./strip-words";

const point = (at: number, mutualTls: number, plaintext = 0, notMeasured = 0) => ({ at, mutualTls, plaintext, notMeasured });
const none = emptyHistory(0);

test("a look says its rate and what it was made of", () => {
  expect(toPointWords(point(1, 1, 0.2, 0.001))).toBe("1.20 requests/s: 1.00 mutual TLS, 0.20 plaintext, < 0.01 not measured");
  expect(toPointWords(point(1, 0))).toBe("no traffic");
});

test("nothing told is not nothing there", () => expect(toStripWords([], none, [], 0)).toBe("Kiali has told nothing yet. No calls of Padlock's own yet"));

test("what lies before the strip is not told; the last look and how often plaintext was seen are", () =>
  expect(toStripWords([point(5, 9, 9), point(20, 1, 1), point(30, 2)], none, ["STRICT stored"], 10)).toBe(
    "Kiali observed, last: 2.00 requests/s: 2.00 mutual TLS; plaintext in 1 of 2 looks. No calls of Padlock's own yet. STRICT stored",
  ));

test("own calls are counted by what they met", () => {
  const calls = [
    { id: 1, startedAt: 1000, outcome: "served", encryption: "mutual-tls" },
    { id: 2, startedAt: 1000, outcome: "refused", encryption: "not-measured" },
  ] as Call[];
  expect(toStripWords([], addCalls(none, calls, 0, 2000), [], 0)).toContain("Padlock's own calls: 1 mutual TLS, 1 refused");
});
