import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

/** What the app says when somebody has to sign in. */
export interface SignInLinks {
  /** Makes an instructor, once. */
  link: string;
  /** For a room: read only, as often as wanted. */
  room: string;
  minutes: number;
}

export function toSignInLines({ link, room, minutes }: SignInLinks): string {
  return `  Sign in   ${link}\n            (once, within ${minutes} min)\n  Room      ${room}\n            (read only, for everybody)`;
}

/**
 * Enter in the terminal asks the app for a new sign-in link.
 * @returns whether this terminal can be asked
 */
export function offerNewLinks(app: ChildProcess): boolean {
  app.on("message", (message: { type?: unknown; link?: unknown; minutes?: unknown }) => {
    if (message.type !== "sign-in-link") return;
    console.log(
      typeof message.link === "string"
        ? `  Sign in   ${message.link}\n            (once, within ${message.minutes} min)`
        : `The last sign-in link is still good, for ${message.minutes} min.`,
    );
  });
  if (!process.stdin.isTTY || !isInForeground()) return false;
  process.stdin.on("error", () => process.stdin.destroy());
  process.stdin.on("data", () => {
    if (app.connected) app.send({ type: "sign-in-link" });
  });
  return true;
}

/** A background job that reads its terminal is stopped by the system (SIGTTIN), and the page with it. Only Linux tells without a native call. */
function isInForeground(): boolean {
  try {
    // proc(5): after the name in parentheses come state, parent, process group, session, terminal, the terminal's foreground group.
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return fields[2] === fields[5];
  } catch {
    return true;
  }
}
