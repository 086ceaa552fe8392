import { expect, test } from "vitest";
import { KEYS, toAction } from "./keys";

const press = (key: string, over: Partial<Parameters<typeof toAction>[0]> = {}) =>
  toAction({ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, target: null, ...over });

test("each key has one meaning", () => expect(new Set(KEYS.map(({ key }) => key)).size).toBe(KEYS.length));
test("small and large letters mean the same", () => expect([press("l"), press("L"), press("?")]).toEqual(["send-calls", "send-calls", "keys"]));
test("Escape closes", () => expect(press("Escape")).toBe("close"));
test("a key that is held down acts once", () => expect(press("t", { repeat: true })).toBeNull());
test("the browser's own shortcuts and typing are left alone", () => {
  expect(press("l", { ctrlKey: true })).toBeNull();
  expect(press("r", { metaKey: true })).toBeNull();
  expect(press("t", { target: { tagName: "INPUT" } as unknown as EventTarget })).toBeNull();
  expect(press("x")).toBeNull();
});
