import { createHash } from "node:crypto";
import { ApiError } from "./api-error";

/** So long the same key gets the same answer, ms. */
const KEPT_MS = 10 * 60_000;
/** Answers that are kept at once. */
const KEPT = 500;
const KEY = /^[A-Za-z0-9_-]{8,128}$/;

/**
 * A command that arrives twice is done once: browsers and proxies send a request again when a connection broke before its answer
 * (Idempotency-Key, draft-ietf-httpapi-idempotency-key-header).
 */
export function createReplays({ now = Date.now }: { now?: () => number } = {}) {
  const answers = new Map<string, { digest: string; at: number; response: Promise<Response> }>();

  const sweep = () => {
    for (const [key, { at }] of answers) {
      if (now() - at < KEPT_MS && answers.size <= KEPT) break;
      answers.delete(key);
    }
  };

  return {
    /**
     * @param scope whose key it is: nobody gets an answer that was another's
     * @throws ApiError bad-request, key-reused, and what the work throws (again)
     */
    async once(key: string | null, scope: string, body: unknown, work: () => Promise<Response>): Promise<Response> {
      if (key === null) return work();
      if (!KEY.test(key)) throw new ApiError("bad-request", "Idempotency-Key has 8 to 128 letters, digits, dashes and underscores.");
      sweep();
      const digest = createHash("sha256").update(JSON.stringify(body)).digest("hex");
      const name = `${scope} ${key}`;
      const before = answers.get(name);
      if (before !== undefined && before.digest !== digest) {
        throw new ApiError("key-reused", "This Idempotency-Key came with another command before. Nothing was done; send the command with a key of its own.");
      }
      const response = before?.response ?? work();
      if (before === undefined) answers.set(name, { digest, at: now(), response });
      return (await response).clone();
    },
  };
}
export type Replays = ReturnType<typeof createReplays>;
