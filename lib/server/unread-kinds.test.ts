import { expect, test } from "vitest";
import type { WatchState } from "@/lib/kubernetes/watch-state";
import { NO_ISTIO, toSourceStatus, toUnreadKinds, withLastGood } from "./unread-kinds";

const state = (over: Partial<WatchState>): WatchState => ({ state: "ok", reason: null, since: 1000, lastGood: 1000, nextTry: null, skipped: 0, ...over });

test("an open watch was good until it broke, though its last event was long before", () => {
  const down = withLastGood(state({}), state({ state: "down", since: 90_000, lastGood: 60_000 }));
  expect(down.lastGood).toBe(90_000);
  expect(withLastGood(down, state({ state: "down", since: 90_000, lastGood: 60_000 })).lastGood).toBe(90_000);
});

test("one that was never good has no such time", () => expect(withLastGood(undefined, state({ state: "down", lastGood: null })).lastGood).toBeNull());

const kinds = (over: Record<string, Partial<WatchState>>) =>
  new Map(["Namespace", "Pod", "PeerAuthentication", "DestinationRule"].map((kind) => [kind, state(over[kind] ?? {})]));

test("a kind that may not be listed is told by name, with what that hides; the others go on and the source is well", () => {
  const states = kinds({ DestinationRule: { state: "forbidden", reason: "viewer cannot list" }, Namespace: { state: "forbidden", reason: "nor these" } });
  expect(toUnreadKinds(states)).toMatchObject([
    { kind: "Namespace", state: "forbidden", hides: expect.stringContaining("unknown standing") },
    { kind: "DestinationRule", state: "forbidden", reason: "viewer cannot list", hides: expect.stringContaining("told to send") },
  ]);
  expect(toSourceStatus(states).state).toBe("ok");
});

test("policies that may not be listed are no empty list: the source is forbidden", () =>
  expect(toSourceStatus(kinds({ PeerAuthentication: { state: "forbidden", reason: "no" } }))).toMatchObject({ state: "forbidden", reason: "no" }));

test("without Istio's kinds it says so, and what to do", () => {
  const states = kinds({ PeerAuthentication: { state: "absent", reason: "404" }, DestinationRule: { state: "absent", reason: "404" } });
  expect(toSourceStatus(states)).toMatchObject({ state: "absent", reason: NO_ISTIO });
  expect(toUnreadKinds(states).map(({ kind, reason }) => [kind, reason])).toEqual([
    ["PeerAuthentication", NO_ISTIO],
    ["DestinationRule", NO_ISTIO],
  ]);
});

test("while the whole server is away, no kind is blamed", () => {
  const down: Partial<WatchState> = { state: "down", reason: "connection refused" };
  expect(toUnreadKinds(kinds({ Namespace: down, Pod: down, PeerAuthentication: down, DestinationRule: down }))).toEqual([]);
});
