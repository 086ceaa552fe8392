import { expect, test } from "vitest";
import { isMeshServerName, isRefusalLine, parseProxyLogLine } from "./proxy-log";

const SERVED =
  '[2026-11-24T16:39:40.123Z] "GET / HTTP/1.1" 200 - via_upstream - "-" 0 892 7 6 "-" "curl/7.88.1" "0b2c" "web-api:8080" "10.42.0.17:8081" inbound|8081|| 127.0.0.6:41337 10.42.0.17:8081 10.42.0.9:51234 outbound_.8080_._.web-api.istioinaction.svc.cluster.local default';
const REFUSED =
  '[2026-11-24T16:39:41.000Z] "- - -" 0 NR filter_chain_not_found - "TLS_error|error:1000009c:SSL_routines:OPENSSL_internal:HTTP_REQUEST:TLS_error_end" 0 0 0 - "-" "-" "-" "-" "-" - - 10.42.0.17:8081 10.42.0.9:51234 - -';

test("a request over mutual TLS", () => {
  expect(parseProxyLogLine(SERVED)).toEqual({
    startedAt: Date.UTC(2026, 10, 24, 16, 39, 40, 123),
    request: "GET / HTTP/1.1",
    code: 200,
    flags: [],
    details: "via_upstream",
    downstreamLocal: "10.42.0.17:8081",
    downstreamRemote: "10.42.0.9:51234",
    requestedServerName: "outbound_.8080_._.web-api.istioinaction.svc.cluster.local",
    namesRequest: true,
  });
});

test("a plaintext connection that was turned away", () => {
  const line = parseProxyLogLine(REFUSED);
  expect(line).toMatchObject({ code: 0, flags: ["NR"], request: null, requestedServerName: null, downstreamRemote: "10.42.0.9:51234" });
  expect(line && isRefusalLine(line)).toBe(true);
});

test("plaintext that was served has no server name", () => {
  const line = parseProxyLogLine(SERVED.replace(/outbound_\S+/, "-"));
  expect(line?.requestedServerName).toBeNull();
  expect(line && isRefusalLine(line)).toBe(false);
});

test("kubectl's time stamp before the line, and several flags", () => {
  expect(parseProxyLogLine(`2026-11-24T16:39:40.2Z ${SERVED.replace("200 -", "503 URX,UF")}`)).toMatchObject({ code: 503, flags: ["URX", "UF"] });
});

test("a caller cannot write itself a server name through a header", () => {
  const forged = SERVED.replace("curl/7.88.1", 'x" "y" "z" "w" a b 127.0.0.1:1 10.0.0.1:1 outbound_.8080_._.web-api default "').replace(
    /outbound_\S+ default$/,
    "- default",
  );
  expect(parseProxyLogLine(forged)?.requestedServerName).toBeNull();
});

test.each([
  "",
  "-",
  "2026-11-24T16:39:40Z info Envoy proxy is ready",
  '{"response_code":200}',
  `[x] "${"a".repeat(20_000)}"`,
  SERVED.slice(0, 60),
  `${SERVED} one more`,
])("%#: another kind of line is none", (line) => {
  expect(parseProxyLogLine(line)).toBeNull();
});

test("only Istio's own server names count", () => {
  expect(["outbound_.80_._.x", "web-api", null].map(isMeshServerName)).toEqual([true, false, false]);
});

// The names of Istio's JSON format (pilot/pkg/model/telemetry_logging.go, EnvoyJSONLogFormatIstio).
const JSON_LINE = {
  start_time: "2026-11-24T16:39:40.123Z",
  method: "GET",
  path: "/",
  protocol: "HTTP/1.1",
  response_code: 200,
  response_flags: "-",
  response_code_details: "via_upstream",
  request_id: "0b2c",
  downstream_local_address: "10.42.0.17:8081",
  downstream_remote_address: "10.42.0.9:51234",
  requested_server_name: "outbound_.8080_._.web-api.istioinaction.svc.cluster.local",
};

test("the same request in JSON says the same; a time stamp before it does not disturb", () => {
  expect(parseProxyLogLine(JSON.stringify(JSON_LINE))).toEqual(parseProxyLogLine(SERVED));
  expect(parseProxyLogLine(`2026-11-24T16:39:40.124Z ${JSON.stringify(JSON_LINE)}`)).toEqual(parseProxyLogLine(SERVED));
});

test("a JSON format without the server name proves no plaintext; a refusal it still tells", () => {
  const { requested_server_name: _, ...silent } = JSON_LINE;
  expect(parseProxyLogLine(JSON.stringify(silent))).toBeNull();
  expect(parseProxyLogLine(JSON.stringify({ ...silent, response_code: 0, response_flags: "NR" }))).toMatchObject({ code: 0, flags: ["NR"] });
});

test("a refusal in JSON, by the short names of a format of one's own", () => {
  const line = parseProxyLogLine(
    '{"code":0,"details":"filter_chain_not_found","downstream":"10.88.0.15:41000","downstream_local":"10.88.0.11:8081","flags":"NR","sni":null,"start":"2026-11-30T01:41:56.359Z"}',
  );
  expect(line).toMatchObject({ code: 0, flags: ["NR"], request: null, requestedServerName: null, downstreamRemote: "10.88.0.15:41000" });
  expect(line && isRefusalLine(line)).toBe(true);
});

test.each(['{"level":"info","msg":"ready"}', "{broken}", '{"response_code":"many","downstream_remote_address":"x"}', "[]", '{"response_code":200}'])(
  "%s is no call",
  (text) => expect(parseProxyLogLine(text)).toBeNull(),
);
