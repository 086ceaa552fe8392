import { expect, test } from "vitest";
import type { Call } from "@/lib/mesh/calls";
import { toCallerName, toCallerWords, toMeeting, toWitness } from "./probe-words";

const call = (over: Partial<Call>) =>
  ({ outcome: "served", httpCode: 200, latencyMs: 11.3, curlExit: 0, message: null, encryption: "not-measured", evidence: [], ...over }) as Call;

test("an answer has its code and its time", () => expect(toMeeting(call({}))).toBe("HTTP 200 in 11 ms"));
test("a refusal has curl's words and its exit code", () =>
  expect(toMeeting(call({ outcome: "refused", httpCode: null, curlExit: 56, message: "curl: (56) Recv failure: Connection reset by peer" }))).toBe(
    "connection reset by peer · curl exit 56",
  ));
test("without words there is no answer", () => expect(toMeeting(call({ outcome: "unreachable", curlExit: null }))).toBe("no answer"));
test("a caller is named as people do", () => expect([toCallerWords("default/sleep"), toCallerWords("sleep")]).toEqual(["sleep in default", "sleep"]));
test("this very process is named as what it is, whatever its Deployment is called", () => {
  const candidates = [
    { workload: "mesh-tools/dashboard", by: "padlock" },
    { workload: "default/sleep", by: "exec" },
  ] as const;
  expect(toCallerName("mesh-tools/dashboard", candidates)).toBe("Padlock itself (dashboard in mesh-tools)");
  expect(toCallerName("default/sleep", candidates)).toBe("sleep in default");
  expect(toCallerName("default/gone", candidates)).toBe("gone in default");
});
test("the call is no witness of its own encryption", () => {
  const own = { mark: "first-hand", source: "our own call", at: 0, says: "" } as const;
  const log = { mark: "first-hand", source: "web-api's proxy log", at: 0, says: "" } as const;
  expect(toWitness(call({ encryption: "plaintext", evidence: [own] }))).toBeNull();
  expect(toWitness(call({ encryption: "mutual-tls", evidence: [own, log] }))).toBe("seen in web-api's proxy log");
  expect(toWitness(call({ encryption: "mutual-tls", evidence: [{ ...log, deduced: true }] }))).toBe("deduced from web-api's proxy log");
  expect(toWitness(call({ evidence: [log] }))).toBeNull();
});
