import { redact } from "./redact";

/** What JSON leaves as it is and terminals or editors act on: C1 controls, zero width, line separators, marks that turn the direction. */
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const toEscape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * One line a happening on standard error, as JSON: machine-readable, and JSON's own escaping keeps line breaks and terminal codes of hostile
 * text inside their string. Secrets are taken out by pattern before anything is written.
 */
export function logLine(level: "info" | "warn" | "error", facts: Record<string, unknown>): void {
  const line = JSON.stringify({ time: new Date().toISOString(), level, ...facts }, (_key, value: unknown) =>
    value instanceof Error ? toLogged(value, 0) : value,
  );
  process.stderr.write(`${redact(line).replace(UNSEEN, toEscape)}\n`);
}

function toLogged(error: Error, depth: number): object {
  return {
    name: error.name,
    message: error.message.slice(0, 500),
    ...(depth === 0 ? { stack: toFrames(error.stack) } : {}),
    ...(error.cause instanceof Error && depth < 3 ? { cause: toLogged(error.cause, depth + 1) } : {}),
  };
}

/** A stack begins with the message once more, whose lines would be told without their beginning. */
function toFrames(stack: string | undefined): string | undefined {
  return stack
    ?.split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 5)
    .join("\n");
}
