import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Role } from "@/lib/api/session";

/** A one-time link that nobody opened ends after this, ms. */
export const LINK_MS = 15 * 60_000;
/** One-time links that are open at once; a further one ends the oldest. */
const OPEN = 5;
/** Links that ended are remembered, so that the page can say so instead of "unknown". */
const REMEMBERED = 50;
/** Letters and digits that nobody mistakes for another: a room's code is read from a wall. 32 of them, 5 bits each. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
const ROOM_CODE = /^[a-km-np-z2-9]{5}(?:-[a-km-np-z2-9]{5}){3}$/;
const ONE_TIME_CODE = /^[A-Za-z0-9_-]{43}$/;

export type Trial = { role: Role } | { refused: "malformed" | "unknown" | "used" | "run-out" };

interface OneTime {
  digest: Buffer;
  until: number;
}

const toDigest = (code: string) => createHash("sha256").update(code).digest();

/**
 * The codes of sign-in links: one-time ones for instructors (256 bits, 15 minutes, kept as digests) and one for a room (100 bits, read
 * only, until it is renewed; guesses are limited to 30 a minute). Digests of equal length are compared in constant time.
 */
export function createLinks({ now = Date.now }: { now?: () => number } = {}) {
  let open: OneTime[] = [];
  let ended: { digest: Buffer; why: "used" | "run-out" }[] = [];
  let room = createRoomCode();

  const end = (links: readonly OneTime[], why: "used" | "run-out") => {
    open = open.filter((link) => !links.includes(link));
    ended = [...ended, ...links.map(({ digest }) => ({ digest, why }))].slice(-REMEMBERED);
  };
  const sweep = () =>
    end(
      open.filter(({ until }) => until <= now()),
      "run-out",
    );

  return {
    /** A new one-time code. @returns with epoch ms until when it is good */
    create(): { code: string; until: number } {
      sweep();
      const code = randomBytes(32).toString("base64url");
      const until = now() + LINK_MS;
      open = [...open, { digest: toDigest(code), until }];
      end(open.slice(0, -OPEN), "run-out");
      return { code, until };
    },
    /** Until when the newest one-time code is good, epoch ms; null when there is none. */
    newestUntil(): number | null {
      sweep();
      return open.at(-1)?.until ?? null;
    },
    get room(): string {
      return room;
    },
    renewRoom(): void {
      room = createRoomCode();
    },
    /** Tries a code that somebody brought; a one-time code that fits is used up by it. */
    try(code: string): Trial {
      const typed = code.trim().toLowerCase();
      if (ROOM_CODE.test(typed)) return timingSafeEqual(toDigest(typed), toDigest(room)) ? { role: "viewer" } : { refused: "unknown" };
      if (!ONE_TIME_CODE.test(code)) return { refused: "malformed" };
      sweep();
      const given = toDigest(code);
      const found = open.filter(({ digest }) => timingSafeEqual(digest, given));
      if (found.length > 0) {
        end(found, "used");
        return { role: "instructor" };
      }
      return { refused: ended.find(({ digest }) => timingSafeEqual(digest, given))?.why ?? "unknown" };
    },
    /** Ends every one-time link. */
    endAll(): void {
      end(open, "run-out");
    },
  };
}
export type Links = ReturnType<typeof createLinks>;

function createRoomCode(): string {
  const letters = Array.from(randomBytes(20), (byte) => ALPHABET[byte % 32]).join("");
  return letters.replace(/.{5}(?=.)/g, "$&-");
}
