import { expect, test } from "vitest";
import { REASON_CODES } from "./lock";
import { call, mutualCall, NOW, plaintextCall, refusedCall } from "./testdata/edge";
import { REASON_WORDS, toCallCaption, toCallWords, toEnforcedCaption, toEvidenceWords, toLockSentence, toLockWord, toPolicyCaption } from "./words";

test.each([
  ["mutual-tls", 100, 0, "mutual TLS"],
  ["mixed", 73, 0, "mixed 73 %"],
  ["mixed", 99.97, 0, "mixed >99.9 %"],
  ["mixed", 100, 0, "mixed >99.9 %"],
  ["mixed", 0, 0, "mixed <0.5 %"],
  ["mixed", null, 0, "mixed ?"],
  ["plaintext", null, 2, "plaintext"],
  ["refused", null, 4, "refused ×4"],
  ["not-measured", null, 1, "not measured"],
] as const)('%s %s ×%s is "%s"', (state, percent, refused, word) => {
  expect(toLockWord({ state, percent, refused })).toBe(word);
});

test("a lock as a sentence: word, refusals, reason, newest fact", () => {
  const evidence = [{ mark: "observed", source: "Kiali, from Prometheus", at: NOW - 6_000, windowSeconds: 60, says: "73 % mutual TLS" } as const];
  const reason = { code: "caller-without-sidecar", text: "default/sleep has no sidecar." } as const;
  expect(toLockSentence({ state: "mixed", percent: 73, refused: 2, reason, evidence: [...evidence] }, NOW)).toBe(
    "Mixed 73 %, refused ×2. default/sleep has no sidecar. Kiali, from Prometheus, 6 s ago over 60 s: 73 % mutual TLS.",
  );
  expect(toLockSentence({ state: "not-measured", percent: null, refused: 0, reason: null, evidence: [] }, NOW)).toBe("Not measured.");
});

test("what is concluded says so", () => {
  expect(toEvidenceWords({ mark: "first-hand", source: "our own call", at: NOW, says: "it was answered", deduced: true }, NOW)).toBe(
    "our own call, now: it was answered (deduced)",
  );
});

test.each([
  ["served, nobody knows how", call(1), "served, encryption not measured"],
  ["served 404", call(1, { httpCode: 404 }), "served 404, encryption not measured"],
  ["plaintext", plaintextCall(1), "served in plaintext"],
  ["mutual TLS", mutualCall(1), "served over mutual TLS"],
  ["a claim without evidence", mutualCall(1, { evidence: [] }), "served, encryption not measured"],
  ["error", call(1, { outcome: "failed", httpCode: 503 }), "answered with an error: HTTP 503"],
  ["refused by curl's word", refusedCall(1), "refused: curl 56, nobody answered"],
  ["refused by a socket", refusedCall(1, { curlExit: null, message: "read ECONNRESET" }), "refused: read ECONNRESET, nobody answered"],
  ["unreachable", call(1, { outcome: "unreachable", message: "curl: (6) Could not resolve host" }), "unreachable: curl: (6) Could not resolve host"],
  ["cancelled", call(1, { outcome: "cancelled" }), "cancelled"],
])("a call, %s", (_, given, words) => {
  expect(toCallWords(given)).toBe(words);
});

test("deduced mutual TLS is marked", () => {
  const [fact] = mutualCall(1).evidence;
  expect(fact && toCallWords(mutualCall(1, { evidence: [{ ...fact, deduced: true }] }))).toBe("served over mutual TLS (deduced)");
});

test("captions for the back row", () => {
  expect(toCallCaption(refusedCall(1))).toBe("The caller without a sidecar was turned away: connection reset by peer.");
  expect(toCallCaption(call(1, { caller: "gateway", callerName: "127.0.0.1:443" }))).toBe(
    "A call through the gateway was served; its encryption was not measured.",
  );
  expect(toPolicyCaption("istioinaction", "STRICT", "padlock")).toBe("istioinaction is now STRICT: only mutual TLS is to be accepted.");
  expect(toPolicyCaption("istioinaction", "PERMISSIVE", "elsewhere")).toBe(
    "istioinaction is now PERMISSIVE: plaintext and mutual TLS are both accepted (changed from outside Padlock).",
  );
  expect(toEnforcedCaption("istioinaction", "STRICT", { workloads: 3, of: 3 })).toBe(
    "STRICT is enforced in istioinaction: new plaintext connections are refused by 3 of 3 workloads.",
  );
});

test("each reason has its few words", () => {
  for (const code of REASON_CODES) expect(REASON_WORDS[code].length).toBeGreaterThan(3);
});
