import { expect, test } from "vitest";
import type { LiveState, SourceStatus } from "@/lib/api/state";
import { isTrafficStale, toStaleness } from "./stale-reason";

const ok: SourceStatus = { state: "ok", reason: null, since: 0, lastGood: 90, nextTry: null };
const withSources = (sources: Partial<LiveState["sources"]>) =>
  ({ unread: [], sources: { kubernetes: ok, kiali: ok, prometheus: ok, gateway: ok, ...sources } }) as unknown as LiveState;

test("nothing is old while everything answers, or is only just being asked", () => {
  expect(toStaleness(withSources({}), null)).toBeNull();
  expect(toStaleness(withSources({ kiali: { ...ok, state: "connecting" } }), null)).toBeNull();
  expect(toStaleness(null, null)).toBeNull();
});

test("our own server comes before every source behind it", () => {
  const staleness = toStaleness(withSources({ kiali: { ...ok, state: "down" } }), { reason: "Padlock's server does not answer.", since: 5 });
  expect(staleness).toMatchObject({ source: "server", lastGood: 5 });
  expect(staleness?.reason).toContain("npm start");
});

test("a broken source is named with its reason as a sentence", () =>
  expect(toStaleness(withSources({ kiali: { ...ok, state: "down", reason: "connection refused" } }), null)?.reason).toMatch(
    /^Kiali is down: connection refused\. /,
  ));

test("who may not read policies is told that only of them, in the API server's own words", () => {
  const kubernetes: SourceStatus = { ...ok, state: "forbidden", lastGood: null, reason: 'peerauthentications is forbidden: User "viewer" cannot list it' };
  const state = withSources({ kubernetes });
  expect(toStaleness(state, null)).toMatchObject({
    isRefused: true,
    reason: 'peerauthentications is forbidden: User "viewer" cannot list it. No policy is known; workloads are shown.',
  });
  const blind = { ...state, unread: [{ kind: "Pod", state: "forbidden", reason: "no", hides: "" }] } as LiveState;
  expect(toStaleness(blind, null)?.reason).toMatch(/Policies and workloads are not known\.$/);
  expect(toStaleness(withSources({ kubernetes: { ...kubernetes, lastGood: 5 } }), null)?.reason).toMatch(/as they were\.$/);
});

test("without Kubernetes the traffic is still new, without Kiali it is not", () => {
  expect(isTrafficStale(withSources({ kubernetes: { ...ok, state: "forbidden" } }), null)).toBe(false);
  expect(isTrafficStale(withSources({ kiali: { ...ok, state: "stale" } }), null)).toBe(true);
  expect(isTrafficStale(withSources({}), { reason: "", since: 0 })).toBe(true);
});

test("a Prometheus that Kiali cannot ask is told apart from a Kiali that is down, and the traffic is old as well", () => {
  const state = withSources({ prometheus: { ...ok, state: "down", reason: "Kiali cannot ask Prometheus: connection refused" } });
  expect(toStaleness(state, null)).toMatchObject({ source: "prometheus", reason: expect.stringMatching(/^Prometheus is down: Kiali cannot ask Prometheus/) });
  expect(isTrafficStale(state, null)).toBe(true);
  expect(toStaleness(withSources({ kiali: { ...ok, state: "down" }, prometheus: { ...ok, state: "connecting" } }), null)?.source).toBe("kiali");
});

test("a gateway that is missing makes nothing old", () => expect(toStaleness(withSources({ gateway: { ...ok, state: "absent" } }), null)).toBeNull());
