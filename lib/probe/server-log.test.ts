import { expect, test } from "vitest";
import { matchCall } from "./server-log";

const ID = "7f9c2ba4-e88f-4c21-9d83-0d1c8a7b6f55";
const served = `[2026-11-24T16:00:00.000Z] "GET / HTTP/1.1" 200 - via_upstream - "-" 0 120 3 2 "-" "curl/7.88.1" "${ID}" "web-api.istioinaction:8080" "10.88.0.11:8081" inbound|8081|| 127.0.0.6:44000 10.88.0.11:8081 10.88.0.14:50000 outbound_.8080_._.web-api.istioinaction.svc.cluster.local default`;
const refused = (from: string) =>
  `[2026-11-24T16:00:01.000Z] "- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.88.0.11:8081 ${from} - -`;
const lines = ["2026-11-24T15:59:58Z info Envoy proxy is ready", served, refused("10.88.0.15:41000"), refused("10.88.0.15:41001")];

test("a request is found by its id, wherever its connection came from", () => {
  expect(matchCall(lines, { requestId: ID, from: "10.88.0.99:1" })).toMatchObject({
    text: served,
    line: { code: 200, requestedServerName: "outbound_.8080_._.web-api.istioinaction.svc.cluster.local" },
  });
});

test("a refusal is found by the caller's address and port, and not taken for its neighbour's", () => {
  expect(matchCall(lines, { requestId: "other", from: "10.88.0.15:41000" })).toMatchObject({ text: refused("10.88.0.15:41000"), line: { flags: ["NR"] } });
  expect(matchCall(lines, { requestId: "other", from: "10.88.0.15:4100" })).toBeNull();
  expect(matchCall(lines, { requestId: "other", from: null })).toBeNull();
});

test("an address alone proves nothing about a request: ports are used again", () => {
  expect(matchCall([served], { requestId: "other", from: "10.88.0.14:50000" })).toBeNull();
});
