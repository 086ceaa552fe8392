import { type RawData, WebSocket } from "ws";
import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { startDeadline } from "./deadline";
import { BadAnswerError, ClusterUnreachableError, ExecError, ExecTimeoutError, UnauthorizedError } from "./errors";
import { toPath } from "./paths";
import { toApiError } from "./status";
import { toTransportProblem } from "./transport-problem";
import { toSocketOptions } from "./tunnel";

export interface ExecRequest {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
  signal?: AbortSignal;
  /** Of the whole exchange; 10 s unless told. */
  timeoutMs?: number;
  /** Standard output and error together; 1 MB unless told. */
  maxBytes?: number;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The same messages in both; v5 can also close standard input, which is not used here (KEP-4006). */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

/**
 * Runs a command in a container and waits for its end. Output comes back whole; a fired signal drops the connection at once.
 * @throws NotFoundError (no such pod), ForbiddenError, InvalidError (no such container), ExecError (the node could not run it), ExecTimeoutError,
 * BadAnswerError (too much output), ClusterUnreachableError
 */
export async function execInPod(connection: KubernetesConnection, request: ExecRequest): Promise<ExecResult> {
  try {
    return await run(connection, request);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await connection.renewCredentials();
    return run(connection, request);
  }
}

async function run(connection: KubernetesConnection, request: ExecRequest): Promise<ExecResult> {
  const { namespace, pod, container, command, signal, timeoutMs = 10_000, maxBytes = 1024 * 1024 } = request;
  const where = { namespace, name: pod, container };
  const path = toPath(
    { group: "", version: "v1", plural: "pods", namespace, name: pod, subresource: "exec" },
    { container, stdout: true, stderr: true, command },
  );
  const { server, headers, ...way } = await connection.access();
  const address = server.replace(/^http/, "ws") + path;
  const socketHeaders = { ...headers, "user-agent": "padlock" };
  const deadline = startDeadline(timeoutMs, signal);

  return new Promise<ExecResult>((resolve, reject) => {
    const socket = new WebSocket(address, PROTOCOLS, {
      ...toSocketOptions(way, server),
      headers: socketHeaders,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: maxBytes + 1024,
    });
    const output = { [STDOUT]: [] as Buffer[], [STDERR]: [] as Buffer[] };
    let size = 0;
    let refused = false;
    let opened = false;

    const settle = (end: () => void) => {
      deadline.signal.removeEventListener("abort", onAbort);
      deadline.end();
      // After the end nobody waits for the closing handshake.
      socket.terminate();
      end();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const onAbort = () => fail(signal?.aborted ? signal.reason : new ExecTimeoutError(where, timeoutMs));

    const onStatus = (text: string) => {
      const exitCode = toExitCode(text);
      if (typeof exitCode === "string") return fail(new ExecError(where, exitCode));
      settle(() => resolve({ exitCode, stdout: Buffer.concat(output[STDOUT]).toString("utf8"), stderr: Buffer.concat(output[STDERR]).toString("utf8") }));
    };

    socket.on("open", () => {
      opened = true;
    });
    socket.on("message", (data: RawData) => {
      const message = toBuffer(data);
      const channel = message[0];
      const content = message.subarray(1);
      if (channel === STATUS) return onStatus(content.toString("utf8"));
      if (channel !== STDOUT && channel !== STDERR) return;
      size += content.length;
      if (size > maxBytes) return fail(new BadAnswerError("GET", path, `the command wrote more than ${maxBytes} bytes`));
      output[channel].push(content);
    });
    socket.on("close", () => fail(new ExecError(where, "the connection ended before the command's exit code came")));
    socket.on("error", (cause) => {
      if (refused) return;
      if (!opened) fail(new ClusterUnreachableError(server, toTransportProblem(cause), { cause }));
      else fail(new ExecError(where, toTransportProblem(cause), { cause }));
    });
    // Instead of an upgrade there came an ordinary answer: a Status that says why not.
    socket.on("unexpected-response", (_, answer) => {
      refused = true;
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => {
        if (chunks.length < 64) chunks.push(chunk);
      });
      answer.on("error", fail);
      answer.on("end", () => {
        const httpStatus = answer.statusCode ?? 0;
        if (httpStatus < 400) return fail(new ExecError(where, `HTTP ${httpStatus} instead of a WebSocket`));
        const retryAfter = answer.headers["retry-after"];
        const refusal = toApiError({
          method: "GET",
          path,
          httpStatus,
          body: Buffer.concat(chunks).toString("utf8"),
          ...(retryAfter === undefined ? {} : { retryAfter }),
        });
        // 5xx here is the node's word, not the API server's.
        fail(httpStatus >= 500 ? new ExecError(where, refusal.message, { cause: refusal }) : refusal);
      });
    });

    if (deadline.signal.aborted) onAbort();
    else deadline.signal.addEventListener("abort", onAbort, { once: true });
  });
}

const endShape = z.object({
  status: z.string(),
  message: z.string().catch(""),
  details: z.object({ causes: z.array(z.object({ reason: z.string().optional(), message: z.string() })) }).optional(),
});

/** Reads the Status that ends an exec: `Success`, or `NonZeroExitCode` with the code among its causes. @returns a sentence when there is no exit code */
function toExitCode(text: string): number | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "the command's end is not a Status";
  }
  const parsed = endShape.safeParse(value);
  if (parsed.data?.status === "Success") return 0;
  const code = Number(parsed.data?.details?.causes.find(({ reason }) => reason === "ExitCode")?.message);
  return Number.isInteger(code) ? code : parsed.data?.message || "the command could not be started";
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
