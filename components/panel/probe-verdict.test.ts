import { expect, test } from "vitest";
import type { Call } from "@/lib/mesh/calls";
import { toProbeVerdict } from "./probe-verdict";

const call: Call = {
  id: 1,
  runId: null,
  caller: "with-sidecar",
  callerName: "istioinaction/sleep",
  target: "istioinaction/web-api",
  startedAt: 0,
  endedAt: 10,
  latencyMs: 10,
  newConnection: true,
  outcome: "served",
  httpCode: 200,
  curlExit: 0,
  message: null,
  encryption: "not-measured",
  evidence: [],
  path: [],
  logLine: null,
};

test("a 200 without evidence closes no lock", () => expect(toProbeVerdict(call)).toEqual({ lock: "not-measured", title: "Served, encryption not measured" }));
test("nothing tried is nothing measured", () => expect(toProbeVerdict(null).lock).toBe("not-measured"));
test("an unreachable server is not a refusal", () =>
  expect(toProbeVerdict({ ...call, outcome: "unreachable", httpCode: null, curlExit: 7 }).lock).toBe("not-measured"));
test("each verdict has its lock", () => {
  expect(toProbeVerdict({ ...call, encryption: "mutual-tls" }).title).toBe("Served over mutual TLS");
  expect(toProbeVerdict({ ...call, encryption: "plaintext" })).toEqual({ lock: "plaintext", title: "Served in plaintext" });
  expect(toProbeVerdict({ ...call, outcome: "refused", httpCode: null, curlExit: 56 })).toEqual({ lock: "refused", title: "Refused" });
  expect(toProbeVerdict({ ...call, outcome: "failed", httpCode: 503, encryption: "mutual-tls" }).title).toBe("Answered with an error over mutual TLS");
});
