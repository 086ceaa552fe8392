import { expect, test } from "vitest";
import { formatAccessLog } from "./access-log";
import { parseClientHello } from "./client-hello";

const refused = {
  startTime: Date.UTC(2026, 7, 22, 10),
  request: undefined,
  responseCode: 0,
  flags: "NR",
  responseCodeDetails: "filter_chain_not_found",
  bytesReceived: 0,
  bytesSent: 0,
  duration: 0,
  downstreamLocalAddress: "10.42.0.17:8081",
  downstreamRemoteAddress: "10.42.0.9:51234",
};

test("a refused connection's line is Istio's", () => {
  expect(formatAccessLog(refused)).toBe(
    '[2026-08-22T10:00:00.000Z] "- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.42.0.17:8081 10.42.0.9:51234 - -',
  );
});

test("a caller's header cannot break out of its field", () => {
  const line = formatAccessLog({ ...refused, userAgent: 'x" "y"\n[forged]' });
  expect(line.split("\n")).toHaveLength(1);
  expect(line).toContain('"x\\x22 \\x22y\\x22\\x0a[forged]"');
});

test("bytes that only begin like a ClientHello are none", () => {
  expect(parseClientHello(Buffer.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0]))).toBeUndefined();
  expect(parseClientHello(Buffer.from([0x16, 3, 1, 0, 4, 2, 0, 0, 0]))).toBeUndefined();
});
