import { beforeEach, describe, expect, test } from "vitest";
import { ABSOLUTE_MS, createSessions, IDLE_MS, type Sessions } from "./sessions";

let time = 0;
let sessions: Sessions;
beforeEach(() => {
  time = 1_000_000;
  sessions = createSessions({ now: () => time });
});

test("a secret has 256 bits, and no two are equal", () => {
  const secrets = Array.from({ length: 100 }, () => sessions.start("viewer"));
  for (const secret of secrets) expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  expect(new Set(secrets).size).toBe(100);
});

test("B9 tampered: one letter more, less or other is nobody's session", () => {
  const secret = sessions.start("instructor");
  const other = secret.startsWith("A") ? "B" : "A";
  for (const tampered of [`${other}${secret.slice(1)}`, secret.slice(1), `${secret}A`, secret.toUpperCase(), ""]) expect(sessions.find(tampered)).toBeNull();
  expect(sessions.find(secret)?.role).toBe("instructor");
});

describe("B9 expired", () => {
  test("60 minutes without use", () => {
    const secret = sessions.start("viewer");
    time += IDLE_MS - 1;
    expect(sessions.find(secret)).not.toBeNull();
    time += IDLE_MS;
    expect(sessions.find(secret)).toBeNull();
  });
  test("a stream is use; what is left of the hour begins with its end", () => {
    const secret = sessions.start("viewer");
    const release = sessions.find(secret)?.hold();
    time += 3 * IDLE_MS;
    sessions.sweep();
    expect(sessions.find(secret)).not.toBeNull();
    release?.();
    time += IDLE_MS;
    expect(sessions.find(secret)).toBeNull();
  });
  test("12 hours end it, whatever goes on, and its streams with it", () => {
    const secret = sessions.start("instructor");
    const session = sessions.find(secret);
    session?.hold();
    for (time += IDLE_MS / 2; time < 1_000_000 + ABSOLUTE_MS; time += IDLE_MS / 2) expect(sessions.find(secret)).not.toBeNull();
    sessions.sweep();
    expect(session?.ended.aborted).toBe(true);
    expect(sessions.find(secret)).toBeNull();
  });
});

test("ending one ends its streams and nobody else's", () => {
  const [mine, other] = [sessions.start("instructor"), sessions.start("viewer")];
  const [ended, left] = [sessions.find(mine)?.ended, sessions.find(other)?.ended];
  sessions.end(mine);
  expect([ended?.aborted, left?.aborted]).toEqual([true, false]);
  expect(sessions.find(mine)).toBeNull();
});

test("an instructor ends everybody else", () => {
  const [mine, ...others] = [sessions.start("instructor"), sessions.start("instructor"), sessions.start("viewer")];
  const kept = sessions.find(mine ?? "");
  if (kept === null) throw new Error("there is no session");
  sessions.endOthers(kept);
  expect(others.map((secret) => sessions.find(secret))).toEqual([null, null]);
  expect(sessions.find(mine ?? "")).toBe(kept);
  expect(sessions.count()).toEqual({ viewer: 0, instructor: 1 });
});

test("a flood of viewers is bounded and ends no instructor", () => {
  const instructor = sessions.start("instructor");
  time += 1;
  const first = sessions.start("viewer");
  for (let i = 0; i < 1500; i++) {
    time += 1;
    sessions.start("viewer");
  }
  const { viewer, instructor: instructors } = sessions.count();
  expect(viewer + instructors).toBe(1000);
  expect(sessions.find(first)).toBeNull();
  expect(sessions.find(instructor)).not.toBeNull();
});

test("B27: four streams of one session, not five", () => {
  const session = sessions.find(sessions.start("viewer"));
  const releases = Array.from({ length: 4 }, () => session?.hold());
  expect(() => session?.hold()).toThrow(expect.objectContaining({ code: "too-many", status: 429 }));
  releases[0]?.();
  releases[0]?.();
  session?.hold();
  expect(() => session?.hold()).toThrow("already");
});

test("one browser asks 20 times a second, not a thousand", () => {
  const session = sessions.find(sessions.start("viewer"));
  const ask = () => {
    try {
      session?.take();
      return true;
    } catch {
      return false;
    }
  };
  expect(Array.from({ length: 1000 }, ask).filter(Boolean)).toHaveLength(60);
  time += 1000;
  expect(Array.from({ length: 1000 }, ask).filter(Boolean)).toHaveLength(20);
});

test("the log's name for a session does not open it", () => {
  const secret = sessions.start("viewer");
  const hash = sessions.find(secret)?.hash ?? "";
  expect(hash).toMatch(/^[0-9a-f]{12}$/);
  expect(secret).not.toContain(hash);
  expect(sessions.find(hash)).toBeNull();
});
