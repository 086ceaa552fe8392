import { expect, test } from "vitest";
import type { WatchState } from "@/lib/kubernetes/watch-state";
import { withLastGood } from "./unread-kinds";

const state = (over: Partial<WatchState>): WatchState => ({ state: "ok", reason: null, since: 1000, lastGood: 1000, nextTry: null, skipped: 0, ...over });

test("an open watch was good until it broke, though its last event was long before", () => {
  const down = withLastGood(state({}), state({ state: "down", since: 90_000, lastGood: 60_000 }));
  expect(down.lastGood).toBe(90_000);
  expect(withLastGood(down, state({ state: "down", since: 90_000, lastGood: 60_000 })).lastGood).toBe(90_000);
});

test("one that was never good has no such time", () => expect(withLastGood(undefined, state({ state: "down", lastGood: null })).lastGood).toBeNull());
