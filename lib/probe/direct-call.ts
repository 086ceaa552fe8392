import { randomUUID } from "node:crypto";
import { request as send } from "node:http";
import type { Socket } from "node:net";
import { classifySocket } from "@/lib/mesh/call-outcome";
import type { CallAnswer } from "./make-call";

const MAX_BODY_BYTES = 256 * 1024;

/**
 * One GET from this process, on a new connection, in plain HTTP. It is a caller without sidecar only where this process runs in the cluster, in a pod
 * without one. Redirections are answers like others. A fired signal rejects with its reason.
 * @param timeoutMs of the whole call
 */
export function callDirectly({ url, timeoutMs, signal }: { url: string; timeoutMs: number; signal?: AbortSignal }): Promise<CallAnswer> {
  const requestId = randomUUID();
  const startedAt = Date.now();
  const began = performance.now();
  return new Promise((resolve, reject) => {
    let from: string | null = null;
    let httpCode: number | null = null;
    let bytes = 0;
    const chunks: Buffer[] = [];
    const request = send(url, { agent: false, headers: { accept: "*/*", "user-agent": "padlock", "x-request-id": requestId, connection: "close" } });

    const end = (code: string | null, message: string | null) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      request.destroy();
      resolve({
        startedAt,
        endedAt: Date.now(),
        outcome: classifySocket({ httpCode, code }),
        curlExit: null,
        httpCode,
        totalMs: performance.now() - began,
        body: Buffer.concat(chunks).toString("utf8"),
        message,
        requestId,
        from,
      });
    };
    const onAbort = () => {
      clearTimeout(timer);
      request.destroy();
      reject(signal?.reason);
    };
    const fail = (error: NodeJS.ErrnoException) => end(error.code ?? "UNKNOWN", toWords(error));
    const timer = setTimeout(() => end("ETIMEDOUT", `no answer within ${timeoutMs / 1000} s`), timeoutMs);

    request.on("error", fail);
    request.once("socket", (socket: Socket) => {
      socket.once("connect", () => {
        from = `${socket.localAddress}:${socket.localPort}`;
      });
    });
    request.once("response", (answer) => {
      httpCode = answer.statusCode ?? null;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
        else end(null, null);
      });
      answer.once("end", () => end(null, null));
      answer.once("error", fail);
    });
    request.end();
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** "connection reset (ECONNRESET)", as short as curl's. */
function toWords({ code = "UNKNOWN" }: NodeJS.ErrnoException): string {
  const words: Record<string, string> = {
    ECONNRESET: "connection reset by peer",
    ECONNREFUSED: "connection refused",
    ENOTFOUND: "the name does not resolve",
    EHOSTUNREACH: "no route to host",
  };
  return `${words[code] ?? "the call failed"} (${code})`;
}
