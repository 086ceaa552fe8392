import type { Dispatcher } from "undici";
import { AnswerTooLargeError } from "./errors";
import { isStatus, toApiError } from "./status";

/** The answer of what stands behind the API server's proxy. */
export interface ForwardedAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Uint8Array;
}

interface AnswerLimit {
  method: string;
  path: string;
  /** What the answer may have. */
  maxBytes: number;
}

/**
 * The API server's own words come as a Status, which nothing else sends.
 * @throws ApiError what the API server says itself, AnswerTooLargeError
 */
export async function readForwarded(answer: Dispatcher.ResponseData, { method, path, maxBytes }: AnswerLimit): Promise<ForwardedAnswer> {
  const { statusCode: status, headers } = answer;
  const body = await readBytes(answer, { method, path, maxBytes });
  const text = status < 400 ? "" : body.toString("utf8");
  if (status >= 400 && isStatus(text)) {
    const retryAfter = headers["retry-after"];
    throw toApiError({ method, path, httpStatus: status, body: text, ...(typeof retryAfter === "string" ? { retryAfter } : {}) });
  }
  return { status, headers, body };
}

/** @throws AnswerTooLargeError */
export async function readText(answer: Dispatcher.ResponseData, limit: AnswerLimit): Promise<string> {
  return (await readBytes(answer, limit)).toString("utf8");
}

async function readBytes(answer: Dispatcher.ResponseData, { method, path, maxBytes }: AnswerLimit): Promise<Buffer> {
  const tooLarge = () => {
    answer.body.on("error", () => undefined).destroy();
    return new AnswerTooLargeError(method, path, maxBytes);
  };
  if (Number(answer.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
