import { createHash, randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { Role } from "@/lib/api/session";
import { ApiError } from "../api-error";

/** A session that nobody uses ends after this, ms; an open stream is use. */
export const IDLE_MS = 60 * 60_000;
/** And every session ends after this, ms. */
export const ABSOLUTE_MS = 12 * 60 * 60_000;
/** Sessions that are kept at once; a room has some dozens. */
const KEPT = 1000;
/** Streams of one session: a browser has six connections to a server, and commands need some. */
const STREAMS = 4;
/** Requests to the API that one session may send at once, and a second. */
const REQUESTS = { burst: 60, perSecond: 20 };

export interface Session {
  readonly role: Role;
  /** Names the session in the audit log without opening it. */
  readonly hash: string;
  /** Aborts when the session ends, by whom or what ever. */
  readonly ended: AbortSignal;
  /** Counts one request. @throws ApiError too-many */
  take(): void;
  /** Keeps the session while a stream is open. @returns what lets go of it @throws ApiError too-many */
  hold(): () => void;
}

interface Entry extends Session {
  startedAt: number;
  usedAt: number;
  streams: number;
  end: AbortController;
}

/** Whoever reads this process's memory must not find what opens a session: only digests are kept. */
function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Sessions in memory: they end with the process. A secret is 256 bits by the system's generator (OWASP ASVS 5.0, 7.2.3). */
export function createSessions({ now = Date.now }: { now?: () => number } = {}) {
  const entries = new Map<string, Entry>();

  const isOver = (entry: Entry) => now() - entry.startedAt >= ABSOLUTE_MS || (entry.streams === 0 && now() - entry.usedAt >= IDLE_MS);
  const remove = (key: string, entry: Entry) => {
    entries.delete(key);
    entry.end.abort(new ApiError("not-signed-in", "This session has ended."));
  };
  const sweep = () => {
    for (const [key, entry] of entries) if (isOver(entry)) remove(key, entry);
  };
  /** Makes room by ending the viewer who has been away longest: a flood of viewers never ends an instructor. */
  const makeRoom = () => {
    sweep();
    if (entries.size < KEPT) return;
    const order = [...entries].sort(([, a], [, b]) => Number(a.role === "instructor") - Number(b.role === "instructor") || a.usedAt - b.usedAt);
    const [first] = order;
    if (first !== undefined) remove(...first);
  };

  return {
    /** @returns the secret for the cookie; it is told once and kept nowhere */
    start(role: Role): string {
      makeRoom();
      const secret = randomBytes(32).toString("base64url");
      const hash = digest(secret);
      const entry = createEntry(role, hash.slice(0, 12), now);
      entries.set(hash, entry);
      return secret;
    },
    /** Being found is being used. */
    find(secret: string): Session | null {
      const key = digest(secret);
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (isOver(entry)) {
        remove(key, entry);
        return null;
      }
      entry.usedAt = now();
      return entry;
    },
    end(secret: string): void {
      const key = digest(secret);
      const entry = entries.get(key);
      if (entry !== undefined) remove(key, entry);
    },
    endOthers(kept: Session): void {
      for (const [key, entry] of entries) if (entry !== kept) remove(key, entry);
    },
    count(): Record<Role, number> {
      sweep();
      const roles = [...entries.values()].map(({ role }) => role);
      return { viewer: roles.filter((role) => role === "viewer").length, instructor: roles.filter((role) => role === "instructor").length };
    },
    /** Ends what has run out; streams of such a session end with it. */
    sweep,
  };
}
export type Sessions = ReturnType<typeof createSessions>;

function createEntry(role: Role, hash: string, now: () => number): Entry {
  const end = new AbortController();
  // One listener a stream and request, none of them a leak.
  setMaxListeners(0, end.signal);
  let tokens = REQUESTS.burst;
  let filledAt = now();
  const entry: Entry = {
    role,
    hash,
    ended: end.signal,
    startedAt: now(),
    usedAt: now(),
    streams: 0,
    end,
    take() {
      tokens = Math.min(REQUESTS.burst, tokens + ((now() - filledAt) / 1000) * REQUESTS.perSecond);
      filledAt = now();
      if (tokens < 1) throw new ApiError("too-many", "This browser asks too much at once; wait a second.", { retryAfter: 1 });
      tokens -= 1;
    },
    hold() {
      if (entry.streams >= STREAMS) throw new ApiError("too-many", `This browser follows Padlock on ${STREAMS} pages already; close one.`, { retryAfter: 5 });
      entry.streams += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        entry.streams -= 1;
        entry.usedAt = now();
      };
    },
  };
  return entry;
}
