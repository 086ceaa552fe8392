import { isAlias, isCollection, parseDocument } from "yaml";
import * as z from "zod/mini";
import { ApiError } from "./api-error";

/** Largest body of a command, bytes. */
export const BODY_LIMIT = 16 * 1024;
/** How long a body may take to arrive, ms. */
const BODY_TIMEOUT = 8_000;

const JSON_TYPE = /^application\/json(?:\s*;\s*charset=utf-8)?$/i;

/**
 * Reads and checks the JSON body of a command.
 * @throws ApiError unsupported-media-type, too-large, request-timeout, bad-request
 */
export async function readJsonBody<S extends z.core.$ZodType>(request: Request, schema: S): Promise<z.output<S>> {
  const type = request.headers.get("content-type");
  if (type === null || !JSON_TYPE.test(type.trim())) throw new ApiError("unsupported-media-type", "Send the command as application/json.");
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") throw new ApiError("unsupported-media-type", "Send the command without content encoding.");
  const text = await readText(request);
  const value = parseStrictJson(text);
  const parsed = z.safeParse(schema, value);
  if (!parsed.success) throw new ApiError("bad-request", describeIssues(parsed.error));
  return parsed.data;
}

async function readText(request: Request): Promise<string> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > BODY_LIMIT) throw tooLarge();
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, BODY_TIMEOUT, "late");
  });
  try {
    for (;;) {
      const part = await Promise.race([reader.read(), late]);
      if (part === "late") throw new ApiError("request-timeout", "The command's body did not arrive in time.");
      if (part.done) break;
      size += part.value.byteLength;
      if (size > BODY_LIMIT) throw tooLarge();
      chunks.push(part.value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
  try {
    // ignoreBOM keeps a byte order mark in the text, where JSON.parse refuses it (RFC 8259, 8.1).
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new ApiError("bad-request", "The body is not UTF-8.", {}, { cause: error });
  }
}

/** JSON.parse keeps the last of two equal keys silently; a command that says two things at once is refused instead. */
function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiError("bad-request", "The body is not valid JSON.", {}, { cause: error });
  }
  if (depthOf(text) > 16) throw new ApiError("bad-request", "The body is nested too deeply.");
  if (/"__proto__"|"constructor"|"prototype"/.test(text)) throw new ApiError("bad-request", "The body holds a key that is never part of a command.");
  const document = parseDocument(text, { schema: "json", uniqueKeys: true });
  if (document.errors.length > 0 || isAlias(document.contents)) throw new ApiError("bad-request", "The body holds the same key twice.");
  if (!isCollection(document.contents)) throw new ApiError("bad-request", "The body must be a JSON object.");
  return value;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === "{" || char === "[") deepest = Math.max(deepest, ++depth);
    else if (char === "}" || char === "]") depth--;
  }
  return deepest;
}

function describeIssues(error: z.core.$ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "The command is not of its form.";
  const place = issue.path.length > 0 ? issue.path.map(String).join(".") : "body";
  return `${place}: ${describeIssue(issue)}`.slice(0, 300);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `unknown field ${issue.keys.map((key) => JSON.stringify(key.slice(0, 64))).join(", ")}.`;
  if (issue.code === "too_big") return `at most ${issue.maximum}${issue.inclusive === false ? ", exclusive" : ""}.`;
  if (issue.code === "too_small") return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}.`;
  if (issue.code === "invalid_value") return `one of ${issue.values.map(String).join(", ")}.`;
  if (issue.code === "invalid_format") return "not of the form that is allowed here.";
  if (issue.code === "invalid_type") return `must be ${issue.expected}.`;
  return "not of the form that is allowed here.";
}

function tooLarge(): ApiError {
  return new ApiError("too-large", `A command has at most ${BODY_LIMIT} bytes.`);
}
