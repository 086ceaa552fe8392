import { beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError } from "./api-error";
import { createReplays, type Replays } from "./replays";

const KEY = "0123456789abcdef";
let time = 0;
let replays: Replays;
const work = vi.fn(async () => Response.json({ count: work.mock.calls.length }));
const read = async (response: Promise<Response>) => (await (await response).json()) as { count: number };

beforeEach(() => {
  time = 0;
  work.mockClear();
  replays = createReplays({ now: () => time });
});

test("without a key every command is its own", async () => {
  expect(await read(replays.once(null, "a", {}, work))).toEqual({ count: 1 });
  expect(await read(replays.once(null, "a", {}, work))).toEqual({ count: 2 });
});

describe("B41: the same key", () => {
  test("gets the same answer for 10 minutes, and the work is done once", async () => {
    const first = read(replays.once(KEY, "a", { position: "STRICT" }, work));
    const atOnce = read(replays.once(KEY, "a", { position: "STRICT" }, work));
    expect([await first, await atOnce]).toEqual([{ count: 1 }, { count: 1 }]);
    time += 10 * 60_000 - 1;
    expect(await read(replays.once(KEY, "a", { position: "STRICT" }, work))).toEqual({ count: 1 });
    time += 1;
    expect(await read(replays.once(KEY, "a", { position: "STRICT" }, work))).toEqual({ count: 2 });
  });
  test("with another body is refused, and nothing is done", async () => {
    await replays.once(KEY, "a", { position: "STRICT" }, work);
    await expect(replays.once(KEY, "a", { position: "inherit" }, work)).rejects.toMatchObject({ code: "key-reused", status: 409 });
    expect(work).toHaveBeenCalledTimes(1);
  });
  test("of another session or route is another key", async () => {
    await replays.once(KEY, "session-a /api/reset", {}, work);
    expect(await read(replays.once(KEY, "session-b /api/reset", {}, work))).toEqual({ count: 2 });
    expect(await read(replays.once(KEY, "session-a /api/switch", {}, work))).toEqual({ count: 3 });
  });
  test("repeats a refusal, too", async () => {
    const refuse = vi.fn(() => Promise.reject(new ApiError("changed-meanwhile", "It has changed.")));
    for (let i = 0; i < 2; i++) await expect(replays.once(KEY, "a", {}, refuse)).rejects.toMatchObject({ code: "changed-meanwhile" });
    expect(refuse).toHaveBeenCalledTimes(1);
  });
});

test.each(["", "short", "a".repeat(129), "with space here", "x\ny-header-1", "é".repeat(10)])("%j is no key", async (key) => {
  await expect(replays.once(key, "a", {}, work)).rejects.toMatchObject({ code: "bad-request" });
  expect(work).not.toHaveBeenCalled();
});

test("keeps a bounded number of answers", async () => {
  for (let i = 0; i < 600; i++) await replays.once(`${KEY}-${i}`, "a", {}, work);
  expect(await read(replays.once(`${KEY}-599`, "a", {}, work))).toEqual({ count: 600 });
  expect(await read(replays.once(`${KEY}-0`, "a", {}, work))).toEqual({ count: 601 });
});
