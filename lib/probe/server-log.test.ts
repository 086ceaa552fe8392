import { expect, test } from "vitest";
import { matchCall } from "./server-log";

const ID = "7f9c2ba4-e88f-4c21-9d83-0d1c8a7b6f55";
const served = `[2026-11-24T16:00:00.000Z] "GET / HTTP/1.1" 200 - via_upstream - "-" 0 120 3 2 "-" "curl/7.88.1" "${ID}" "web-api.istioinaction:8080" "10.88.0.11:8081" inbound|8081|| 127.0.0.6:44000 10.88.0.11:8081 10.88.0.14:50000 outbound_.8080_._.web-api.istioinaction.svc.cluster.local default`;
const refused = (from: string) =>
  `[2026-11-24T16:00:01.000Z] "- - -" 0 NR filter_chain_not_found - "-" 0 0 0 - "-" "-" "-" "-" "-" - - 10.88.0.11:8081 ${from} - -`;
/** Parts of a call that only matter where lines have no ids. */
const CALL = { startedAt: Date.parse("2026-11-24T16:00:02.000Z"), endedAt: Date.parse("2026-11-24T16:00:02.080Z"), httpCode: 200, throughSidecar: true };
const lines = ["2026-11-24T15:59:58Z info Envoy proxy is ready", served, refused("10.88.0.15:41000"), refused("10.88.0.15:41001")];

test("a request is found by its id, wherever its connection came from", () => {
  expect(matchCall(lines, { ...CALL, requestId: ID, from: "10.88.0.99:1" })).toMatchObject({
    text: served,
    line: { code: 200, requestedServerName: "outbound_.8080_._.web-api.istioinaction.svc.cluster.local" },
  });
});

test("a refusal is found by the caller's address and port, and not taken for its neighbour's", () => {
  expect(matchCall(lines, { ...CALL, requestId: "other", from: "10.88.0.15:41000" })).toMatchObject({
    text: refused("10.88.0.15:41000"),
    line: { flags: ["NR"] },
  });
  expect(matchCall(lines, { ...CALL, requestId: "other", from: "10.88.0.15:4100" })).toBeNull();
  expect(matchCall(lines, { ...CALL, requestId: "other", from: null })).toBeNull();
});

test("an address alone proves nothing about a request: ports are used again", () => {
  expect(matchCall([served], { ...CALL, requestId: "other", from: "10.88.0.14:50000" })).toBeNull();
});

/** As a mesh logs whose accessLogFormat has a field for the server name, and none for the request's id. */
const withoutId = (start: string, from: string, code = 200, sni: string | null = "outbound_.8080_._.web-api.shop.svc") =>
  JSON.stringify({
    start,
    code,
    flags: "-",
    details: "via_upstream",
    downstream: from,
    downstream_local: "10.88.0.11:8081",
    sni,
  });

test("without ids a line is the call's when it is the only one from that address around that time", () => {
  const call = { ...CALL, requestId: ID, from: "10.88.0.14:41000" };
  const own = withoutId("2026-11-24T16:00:02.040Z", "10.88.0.14:39000");
  const others = [withoutId("2026-11-24T15:59:50.000Z", "10.88.0.14:38000"), withoutId("2026-11-24T16:00:02.040Z", "10.88.0.140:39000")];
  expect(matchCall([...others, own], call)).toMatchObject({
    text: own,
    onlyFrom: "10.88.0.14",
    line: { requestedServerName: "outbound_.8080_._.web-api.shop.svc" },
  });
  expect(matchCall([...others, own, withoutId("2026-11-24T16:00:02.900Z", "10.88.0.14:39001")], call)).toBeNull();
  expect(matchCall([withoutId("2026-11-24T16:00:02.040Z", "10.88.0.14:39000", 503)], call)).toBeNull();
  expect(matchCall(others, call)).toBeNull();
  expect(matchCall([own], { ...call, from: null })).toBeNull();
});

test("without ids a call that the gateway passed on for the same address is never taken for the call itself", () => {
  const passedOn = withoutId("2026-11-24T16:00:02.010Z", "10.88.0.60:0");
  const own = withoutId("2026-11-24T16:00:02.040Z", "10.88.0.60:48254", 200, null);
  const call = { ...CALL, requestId: ID, from: "10.88.0.60:48254", throughSidecar: false };
  expect(matchCall([passedOn], call)).toBeNull();
  expect(matchCall([passedOn], { ...call, throughSidecar: true })).toBeNull();
  expect(matchCall([passedOn, own], call)).toMatchObject({ text: own, onlyFrom: null, line: { requestedServerName: null } });
});

test("without a sidecar between, address and port name the connection, and the address alone does not", () => {
  const call = { ...CALL, requestId: ID, from: "10.88.0.15:41000", throughSidecar: false };
  const other = withoutId("2026-11-24T16:00:02.040Z", "10.88.0.15:41001", 200, null);
  expect(matchCall([other], call)).toBeNull();
  const own = withoutId("2026-11-24T16:00:02.050Z", "10.88.0.15:41000", 200, null);
  expect(matchCall([other, own], call)).toMatchObject({ text: own, onlyFrom: null });
  expect(matchCall([withoutId("2026-11-24T15:59:50.000Z", "10.88.0.15:41000", 200, null)], call)).toBeNull();
});
