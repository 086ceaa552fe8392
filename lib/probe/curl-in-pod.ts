import { randomUUID } from "node:crypto";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { ExecError } from "@/lib/kubernetes/errors";
import { execInPod } from "@/lib/kubernetes/exec";
import type { PodCaller } from "./find-callers";

/** The container has no curl: it says nothing of the mesh. */
export class NoCurlError extends ExecError {
  constructor(pod: ExecError["pod"], options?: ErrorOptions) {
    super(pod, "there is no curl in it", options);
  }
}

export interface CurlRequest {
  connection: KubernetesConnection;
  caller: PodCaller;
  url: string;
  /** curl's own limit, ms. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** What one curl, on one new connection, met. */
export interface CurlAnswer {
  /** Epoch ms by Padlock's clock, around the whole exec. */
  startedAt: number;
  endedAt: number;
  exit: number;
  httpCode: number | null;
  /** curl's own measure of the call, ms; null when it did not get to print it. */
  totalMs: number | null;
  body: string;
  /** curl's sentence about what failed. */
  message: string | null;
  /** Sent as x-request-id, so that proxies log this very call. */
  requestId: string;
  /** `address:port` the call came from; null when there was no connection. */
  from: string | null;
}

const MAX_BODY_BYTES = 256 * 1024;
/** What the exec itself may take on top of the call. */
const EXEC_MARGIN_MS = 5000;

/**
 * Runs curl once in the caller's pod. The exit code is taken from the exec's status, since the lab's older curl cannot print it.
 * @throws NoCurlError, and what execInPod throws
 */
export async function runCurl({ connection, caller, url, timeoutMs, signal }: CurlRequest): Promise<CurlAnswer> {
  const requestId = randomUUID();
  // Behind the body, where no answer can pretend to it: the mark holds the call's own id.
  const mark = `\n${requestId} `;
  const format = `\\n${requestId} %{http_code} %{time_total} %{local_ip}:%{local_port}`;
  const command = ["curl", "-sS", "-m", String(timeoutMs / 1000), "-H", `x-request-id: ${requestId}`, "-w", format, url];
  const { namespace, pod, container } = caller;
  const startedAt = Date.now();
  const where = { namespace, name: pod, container };
  const result = await execInPod(connection, {
    namespace,
    pod,
    container,
    command,
    timeoutMs: timeoutMs + EXEC_MARGIN_MS,
    maxBytes: MAX_BODY_BYTES,
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    // Container runtimes say it in these words, some of them as a failure to start instead of an exit code.
    throw error instanceof ExecError && /executable file not found|no such file or directory/i.test(error.problem)
      ? new NoCurlError(where, { cause: error })
      : error;
  });
  const endedAt = Date.now();
  const at = result.stdout.lastIndexOf(mark);
  const notRun = at < 0 && (result.exitCode === 126 || result.exitCode === 127);
  if (notRun) throw new NoCurlError(where);
  const [code, seconds, from] =
    at < 0
      ? []
      : result.stdout
          .slice(at + mark.length)
          .trim()
          .split(" ");
  const totalMs = Number.parseFloat(seconds ?? "") * 1000;
  return {
    startedAt,
    endedAt,
    exit: result.exitCode,
    httpCode: code === undefined || code === "000" ? null : Number(code),
    totalMs: Number.isFinite(totalMs) ? totalMs : null,
    body: at < 0 ? result.stdout : result.stdout.slice(0, at),
    message: lastLine(result.stderr),
    requestId,
    from: from !== undefined && /^[\da-fA-F.:]+:[1-9]\d*$/.test(from) ? from : null,
  };
}

function lastLine(stderr: string): string | null {
  const lines = stderr.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line.startsWith("curl:")) ?? lines.findLast((line) => line !== "") ?? null;
}
