import { beforeEach, expect, test } from "vitest";
import { createPresence, GONE_AFTER_MS, type Presence } from "./presence";

let now = 0;
let presence: Presence;
beforeEach(() => {
  now = 1_000_000;
  presence = createPresence({ now: () => now });
});
const wait = (ms: number) => {
  now += ms;
};

test("a page that was closed is gone after 15 s, not before", () => {
  presence.streamOpened("page");
  presence.say({ page: "page", state: "closed" });
  presence.streamClosed("page");
  wait(GONE_AFTER_MS - 1);
  expect(presence.isGone("page")).toBe(false);
  wait(1);
  expect(presence.isGone("page")).toBe(true);
});

test("a hidden page has closed its stream and is still there, for hours", () => {
  presence.streamOpened("page");
  presence.say({ page: "page", state: "hidden" });
  presence.streamClosed("page");
  wait(4 * 3_600_000);
  expect(presence.isGone("page")).toBe(false);
});

test("a page that crashed says nothing: its stream's end counts", () => {
  presence.streamOpened("page");
  presence.streamClosed("page");
  wait(GONE_AFTER_MS);
  expect(presence.isGone("page")).toBe(true);
});

test("coming back within the time undoes it", () => {
  presence.say({ page: "page", state: "closed" });
  wait(10_000);
  presence.streamOpened("page");
  wait(GONE_AFTER_MS);
  expect(presence.isGone("page")).toBe(false);
});

test("a page without a stream of its own (another page's is shared) is there as long as it says so", () => {
  for (let i = 0; i < 100; i++) {
    presence.say({ page: "page", state: "visible" });
    wait(GONE_AFTER_MS - 1);
    expect(presence.isGone("page")).toBe(false);
  }
  wait(1);
  expect(presence.isGone("page")).toBe(true);
});

test("a page nobody heard of is not gone: a program has no stream", () => expect(presence.isGone("unheard")).toBe(false));

test("pages that left long ago are forgotten", () => {
  presence.say({ page: "page", state: "closed" });
  wait(11 * GONE_AFTER_MS);
  presence.sweep();
  expect(presence.isGone("page")).toBe(false);
});
