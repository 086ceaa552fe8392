import { beforeEach, describe, expect, test } from "vitest";
import { createGuessLimit } from "./guess-limit";
import { createLinks, LINK_MS, type Links } from "./links";

let time = 0;
let links: Links;
beforeEach(() => {
  time = 1_000_000;
  links = createLinks({ now: () => time });
});

describe("a one-time link", () => {
  test("is 32 random bytes", () => expect(Buffer.from(links.create().code, "base64url")).toHaveLength(32));
  test("makes an instructor, once", () => {
    const { code } = links.create();
    expect(links.try(code)).toEqual({ role: "instructor" });
    expect(links.try(code)).toEqual({ refused: "used" });
  });
  test("is good for 15 minutes", () => {
    const { code, until } = links.create();
    expect(until).toBe(time + 15 * 60_000);
    time += LINK_MS - 1;
    const late = links.create();
    time += 1;
    expect(links.try(code)).toEqual({ refused: "run-out" });
    expect(links.try(late.code)).toEqual({ role: "instructor" });
  });
  test("tells whether there is one that still opens", () => {
    expect(links.newestUntil()).toBeNull();
    const { code, until } = links.create();
    expect(links.newestUntil()).toBe(until);
    links.try(code);
    expect(links.newestUntil()).toBeNull();
  });
  test("five are open at once: a sixth ends the oldest", () => {
    const codes = Array.from({ length: 6 }, () => links.create().code);
    expect(links.try(codes[0] ?? "")).toEqual({ refused: "run-out" });
    expect(links.try(codes[1] ?? "")).toEqual({ role: "instructor" });
  });
});

describe("the room's link", () => {
  test("makes viewers as often as wanted, typed as people type", () => {
    const { room } = links;
    expect(room).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
    for (const typed of [room, room, ` ${room.toUpperCase()} `]) expect(links.try(typed)).toEqual({ role: "viewer" });
  });
  test("is another one after it was renewed", () => {
    const { room } = links;
    links.renewRoom();
    expect(links.try(room)).toEqual({ refused: "unknown" });
    expect(links.try(links.room)).toEqual({ role: "viewer" });
  });
});

describe("B37: codes that are none", () => {
  test.each(["", "a", "x".repeat(10_240), "__proto__", "a\nb", "../../etc/passwd", "%00", "é".repeat(43)])("%.20j", (code) =>
    expect(links.try(code)).toEqual({ refused: "malformed" }),
  );
  test("a near miss is as wrong as a far one", () => {
    const { code } = links.create();
    const near = `${code.slice(0, -2)}${code.endsWith("AA") ? "BB" : "AA"}`;
    expect(links.try(near)).toEqual({ refused: "unknown" });
    expect(links.try(code)).toEqual({ role: "instructor" });
  });
});

describe("B37: wrong codes are counted", () => {
  const wrongFrom = (limit: ReturnType<typeof createGuessLimit>, address: string) => {
    const seconds = limit.toWait(address);
    if (seconds === null) limit.wasWrong(address);
    return seconds;
  };
  test("the sixth a minute from one address waits, another address does not", () => {
    const limit = createGuessLimit({ now: () => time });
    expect(Array.from({ length: 6 }, () => wrongFrom(limit, "192.0.2.1"))).toEqual([null, null, null, null, null, 60]);
    expect(limit.toWait("192.0.2.2")).toBeNull();
    expect(limit.toWait("::ffff:192.0.2.1")).toBe(60);
    time += 59_000;
    expect(limit.toWait("192.0.2.1")).toBe(1);
    time += 1_000;
    expect(limit.toWait("192.0.2.1")).toBeNull();
  });
  test("30 a minute from everywhere together", () => {
    const limit = createGuessLimit({ now: () => time });
    const tried = Array.from({ length: 1000 }, (_, i) => wrongFrom(limit, `192.0.2.${i % 200}`)).filter((seconds) => seconds === null);
    expect(tried).toHaveLength(30);
  });
  test("S11: at most 300 an hour from one address", () => {
    const limit = createGuessLimit({ now: () => time });
    let tried = 0;
    for (let second = 0; second < 3600; second++, time += 1000) if (wrongFrom(limit, "192.0.2.1") === null) tried += 1;
    expect(tried).toBeLessThanOrEqual(300);
  });
});
