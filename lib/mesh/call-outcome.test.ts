import { expect, test } from "vitest";
import { classifyCurl, classifySocket } from "./call-outcome";
import { MATRIX } from "./testdata/matrix";

test.each(MATRIX)("recorded: $server, $client", ({ curlExit, httpCode, message }) => {
  const expected = httpCode === 200 ? "served" : httpCode === 503 ? "failed" : curlExit === 28 ? "unreachable" : "refused";
  expect(classifyCurl({ exit: curlExit, httpCode: httpCode ?? 0, message })).toBe(expected);
});

test.each([
  { exit: 0, httpCode: 404, outcome: "served" },
  { exit: 22, httpCode: 404, outcome: "served" },
  { exit: 22, httpCode: 500, outcome: "failed" },
  { exit: 0, httpCode: 0, outcome: "unreachable" },
  { exit: 0, httpCode: 999, outcome: "unreachable" },
  { exit: 52, httpCode: 0, outcome: "refused" },
  { exit: 56, httpCode: 200, outcome: "failed" },
  { exit: 6, httpCode: 0, outcome: "unreachable" },
  { exit: 7, httpCode: 0, outcome: "unreachable" },
  { exit: 28, httpCode: 0, outcome: "unreachable" },
  { exit: 60, httpCode: 0, outcome: "unreachable" },
  { exit: 127, httpCode: null, outcome: "unreachable" },
])("curl $exit with HTTP $httpCode is $outcome", ({ exit, httpCode, outcome }) => {
  expect(classifyCurl({ exit, httpCode, message: null })).toBe(outcome);
});

test.each([
  { code: null, httpCode: 200, outcome: "served" },
  { code: null, httpCode: 404, outcome: "served" },
  { code: null, httpCode: 503, outcome: "failed" },
  { code: "ECONNRESET", httpCode: null, outcome: "refused" },
  { code: "ECONNRESET", httpCode: 200, outcome: "failed" },
  { code: "UND_ERR_SOCKET", httpCode: null, outcome: "refused" },
  { code: "ERR_SSL_TLSV1_UNRECOGNIZED_NAME", httpCode: null, outcome: "refused" },
  { code: "ERR_TLS_CERT_ALTNAME_INVALID", httpCode: null, outcome: "unreachable" },
  { code: "SELF_SIGNED_CERT_IN_CHAIN", httpCode: null, outcome: "unreachable" },
  { code: "ECONNREFUSED", httpCode: null, outcome: "unreachable" },
  { code: "UND_ERR_HEADERS_TIMEOUT", httpCode: null, outcome: "unreachable" },
  { code: "ABORT_ERR", httpCode: null, outcome: "cancelled" },
])("a gateway call that ends with $code, HTTP $httpCode is $outcome", ({ code, httpCode, outcome }) => {
  expect(classifySocket({ code, httpCode })).toBe(outcome);
});
