export type JsonObject = Record<string, unknown>;

/** encoding/json in Go gives up at this depth; the walks over objects here are recursive and rely on it. */
const MAX_DEPTH = 1_000;

/** Text that is not JSON, in the words of Go's encoding/json, which clients of the Kubernetes API know. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}

/** A copy whose keys are in alphabetical order at every level, as the API server prints custom resources. */
export function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, withSortedKeys(value[key])]),
  );
}

/** @throws JsonSyntaxError */
export function parseJson(text: string): unknown {
  if (deeperThan(text, MAX_DEPTH)) throw new JsonSyntaxError("exceeded max depth");
  try {
    // `__proto__` as an own key would become a prototype on the first copy by assignment.
    return text.includes("__proto__") ? JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? undefined : value)) : JSON.parse(text);
  } catch (error) {
    throw new JsonSyntaxError(toGoSyntaxMessage(text, error), { cause: error });
  }
}

function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") {
      if (++depth > limit) return true;
    } else if (character === "}" || character === "]") depth--;
  }
  return false;
}

/** V8 names a position or the offending token; Go names the character and what it was looking for. */
function toGoSyntaxMessage(text: string, error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  if (/end of JSON input|Unterminated string/.test(words) || text.trim() === "") return "unexpected end of JSON input";
  const position = Number(/position (\d+)/.exec(words)?.[1] ?? Number.NaN);
  const character = /Unexpected token '(.+?)',/su.exec(words)?.[1] ?? text[position] ?? text.trim()[0];
  const purpose = /property name/.test(words)
    ? "looking for beginning of object key string"
    : /after (property value|array element)/.test(words)
      ? "after object key:value pair"
      : /after JSON/.test(words)
        ? "after top-level value"
        : "looking for beginning of value";
  return `invalid character '${character}' ${purpose}`;
}
