import type { InstructorLinkAnswer, InviteAnswer } from "@/lib/api/session";
import { ApiError } from "../api-error";
import type { Config } from "../config";
import { toLinkOrigin } from "../hosts";
import { readSecret, toCookieName, toEndedCookie, toSessionCookie } from "./cookie";
import { createGuessLimit } from "./guess-limit";
import { createLinks } from "./links";
import { ABSOLUTE_MS, createSessions, type Session } from "./sessions";

/** Sessions that have run out end within this, ms; their streams with them. */
const SWEEP_MS = 15_000;

export interface Caller {
  /** Of the socket, not of a header. */
  address: string;
  cookies: string | null | undefined;
}

export type Entered =
  | { kind: "in"; session: Session; cookie: string }
  /** Whoever may do everything loses nothing by opening a lesser or used link. */
  | { kind: "in-already"; session: Session }
  | { kind: "refused"; why: "malformed" | "unknown" | "used" | "run-out" }
  | { kind: "too-many"; seconds: number };

/** Who may come in and as whom. Without sign-in (loopback) everybody is the instructor, as at the machine itself. */
export interface Gate {
  readonly signIn: boolean;
  /** null = not signed in. */
  identify(cookies: string | null | undefined): Session | null;
  enter(code: string, caller: Caller): Entered;
  /** @throws ApiError not-found where nobody signs in */
  createInstructorLink(): InstructorLinkAnswer;
  /** Until when the newest instructor link is good, epoch ms; null when it was used or has run out. */
  instructorLinkUntil(): number | null;
  /** @throws ApiError not-found where nobody signs in */
  invite(): InviteAnswer;
  /** Ends this caller's session. @returns the cookie that takes it out of the browser */
  leave(cookies: string | null | undefined): string;
  /** Ends all sessions but one, and the links with which they were made. */
  endOthers(kept: Session): void;
  /** A viewer's session for a request that this process makes to itself. */
  startOwn(): { cookie: string; end(): void };
  /** The cookie that takes a session which has ended out of the browser; null when none came. */
  toStaleCookie(cookies: string | null | undefined): string | null;
  close(): void;
}

declare global {
  var padlockGate: Gate | undefined;
}

/** The edge and Next's bundles are loaded apart; what lives once lives on `globalThis`. */
export function getGate(config: Config): Gate {
  globalThis.padlockGate ??= config.signIn ? createGate(config) : createOpenGate();
  return globalThis.padlockGate;
}

export function createGate({ listen, allowHosts }: Pick<Config, "listen" | "allowHosts">, { now = Date.now }: { now?: () => number } = {}): Gate {
  const sessions = createSessions({ now });
  const links = createLinks({ now });
  const limit = createGuessLimit({ now });
  const toUrl = (code: string) => `${toLinkOrigin(listen, allowHosts)}/enter?code=${code}`;
  const sweeping = setInterval(sessions.sweep, SWEEP_MS);
  sweeping.unref();

  const identify: Gate["identify"] = (cookies) => {
    const secret = readSecret(cookies, listen.port);
    return secret === null ? null : sessions.find(secret);
  };
  const leave: Gate["leave"] = (cookies) => {
    const secret = readSecret(cookies, listen.port);
    if (secret !== null) sessions.end(secret);
    return toEndedCookie(listen.port);
  };

  return {
    signIn: true,
    identify,
    enter(code, { address, cookies }) {
      const seconds = limit.toWait(address);
      if (seconds !== null) return { kind: "too-many", seconds };
      const trial = links.try(code);
      const before = identify(cookies);
      if ("refused" in trial) {
        const isOld = trial.refused === "used" || trial.refused === "run-out";
        if (isOld && before?.role === "instructor") return { kind: "in-already", session: before };
        limit.wasWrong(address);
        return { kind: "refused", why: trial.refused };
      }
      if (trial.role === "viewer" && before?.role === "instructor") return { kind: "in-already", session: before };
      // A session that was there before is not carried on under new rights (session fixation).
      leave(cookies);
      const secret = sessions.start(trial.role);
      const session = sessions.find(secret);
      if (session === null) throw new ApiError("internal", "The session could not be started.");
      return { kind: "in", session, cookie: toSessionCookie(listen.port, secret, ABSOLUTE_MS / 1000) };
    },
    createInstructorLink() {
      const { code, until } = links.create();
      return { url: toUrl(code), until };
    },
    instructorLinkUntil: links.newestUntil,
    invite: () => ({ room: toUrl(links.room), people: sessions.count() }),
    leave,
    endOthers(kept) {
      sessions.endOthers(kept);
      links.endAll();
      links.renewRoom();
    },
    startOwn() {
      const secret = sessions.start("viewer");
      return { cookie: `${toCookieName(listen.port)}=${secret}`, end: () => sessions.end(secret) };
    },
    toStaleCookie: (cookies) => (readSecret(cookies, listen.port) === null || identify(cookies) !== null ? null : toEndedCookie(listen.port)),
    close: () => clearInterval(sweeping),
  };
}

/** Everybody who reaches the machine's own loopback is its user. */
export function createOpenGate(): Gate & { session: Session } {
  const session: Session = { role: "instructor", hash: "-", ended: new AbortController().signal, take() {}, hold: () => () => {} };
  const nobodySignsIn = () => new ApiError("not-found", "Nobody has to sign in here: Padlock listens on this machine only.");
  return {
    session,
    signIn: false,
    identify: () => session,
    enter: () => ({ kind: "in-already", session }),
    createInstructorLink() {
      throw nobodySignsIn();
    },
    instructorLinkUntil: () => null,
    invite() {
      throw nobodySignsIn();
    },
    leave() {
      throw nobodySignsIn();
    },
    endOthers() {
      throw nobodySignsIn();
    },
    startOwn: () => ({ cookie: "", end() {} }),
    toStaleCookie: () => null,
    close() {},
  };
}
