import { Duplex } from "node:stream";
import { type RawData, WebSocket } from "ws";
import type { KubernetesConnection } from "./connect";
import { startDeadline } from "./deadline";
import { ClusterUnreachableError, ForwardError, UnauthorizedError } from "./errors";
import { toPath } from "./paths";
import { toApiError } from "./status";
import { toTransportProblem } from "./transport-problem";
import { toSocketOptions } from "./tunnel";

export interface ForwardTarget {
  namespace: string;
  pod: string;
  /** The container's port. */
  port: number;
  signal?: AbortSignal;
  /** Until the stream stands, ms; 10 s unless told. */
  timeoutMs?: number;
}

/** One port over one WebSocket (kubelet, portforward/websocket.go): channel 0 holds the bytes, channel 1 what went wrong. */
const PROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
const ERROR = 1;
/** The first message of each channel is the port, two bytes. */
const PORT_BYTES = 2;
/** Bytes that wait to be sent before the writer is told to wait. */
const WAITING_BYTES = 1024 * 1024;

/**
 * A connection to a port of a pod through the API server and the pod's kubelet. Nothing listens here: the stream is handed to whoever speaks
 * over it. It enters the pod behind its sidecar and is therefore never a probe.
 * @throws NotFoundError (no such pod), ForbiddenError, ForwardError (the kubelet could not), ClusterUnreachableError; the signal's reason
 */
export async function openPortForward(connection: KubernetesConnection, target: ForwardTarget): Promise<Duplex> {
  try {
    return await open(connection, target);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await connection.renewCredentials();
    return open(connection, target);
  }
}

async function open(connection: KubernetesConnection, { namespace, pod, port, signal, timeoutMs = 10_000 }: ForwardTarget): Promise<Duplex> {
  const path = toPath({ group: "", version: "v1", plural: "pods", namespace, name: pod, subresource: "portforward" }, { ports: port });
  const where = { namespace, name: pod, port };
  const { server, headers, ...way } = await connection.access();
  const deadline = startDeadline(timeoutMs, signal);

  return new Promise<Duplex>((resolve, reject) => {
    const socket = new WebSocket(server.replace(/^http/, "ws") + path, PROTOCOL, {
      ...toSocketOptions(way, server),
      headers: { ...headers, "user-agent": "padlock" },
      perMessageDeflate: false,
      followRedirects: false,
    });
    let settled = false;
    const settle = (end: () => void) => {
      if (settled) return;
      settled = true;
      deadline.signal.removeEventListener("abort", onAbort);
      deadline.end();
      end();
    };
    const fail = (error: unknown) =>
      settle(() => {
        reject(error);
        socket.terminate();
      });
    const onAbort = () => fail(signal?.aborted ? signal.reason : new ForwardError(where, `the stream did not stand within ${timeoutMs} ms`));

    socket.once("open", () => settle(() => resolve(toStream(socket, where))));
    socket.on("error", (cause) => fail(new ClusterUnreachableError(server, toTransportProblem(cause), { cause })));
    // Instead of an upgrade there came an ordinary answer: a Status that says why not.
    socket.once("unexpected-response", (_, answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => {
        if (chunks.length < 64) chunks.push(chunk);
      });
      answer.on("error", fail);
      answer.on("end", () => {
        const httpStatus = answer.statusCode ?? 0;
        if (httpStatus < 400) return fail(new ForwardError(where, `HTTP ${httpStatus} instead of a WebSocket`));
        const refusal = toApiError({ method: "GET", path, httpStatus, body: Buffer.concat(chunks).toString("utf8") });
        // 5xx here is the node's word, not the API server's.
        fail(httpStatus >= 500 ? new ForwardError(where, refusal.message, { cause: refusal }) : refusal);
      });
    });
    if (deadline.signal.aborted) onAbort();
    else deadline.signal.addEventListener("abort", onAbort, { once: true });
  });
}

function toStream(socket: WebSocket, where: { namespace: string; name: string; port: number }): Duplex {
  const seen = { [DATA]: 0, [ERROR]: 0 };
  const stream = new Duplex({
    // What arrives is pushed; the socket is held back when nobody reads.
    read: () => socket.resume(),
    write(chunk: Buffer, _encoding, callback) {
      if (socket.readyState !== WebSocket.OPEN) return callback(new ForwardError(where, "the connection has ended"));
      const message = Buffer.concat([Buffer.of(DATA), chunk]);
      if (socket.bufferedAmount < WAITING_BYTES) {
        socket.send(message);
        callback();
      } else socket.send(message, (error) => callback(error ?? null));
    },
    // There is no way to close one direction alone, and the other end may still be answering.
    final: (callback) => callback(),
    destroy(error, callback) {
      socket.terminate();
      callback(error);
    },
  });

  // Whoever takes the stream learns of it; until then it is nobody's, and must not end the process.
  stream.on("error", () => undefined);
  socket.on("message", (data: RawData) => {
    const message = toBuffer(data);
    const channel = message[0];
    if (channel !== DATA && channel !== ERROR) return;
    let content = message.subarray(1);
    const missing = PORT_BYTES - seen[channel];
    if (missing > 0) {
      seen[channel] += Math.min(missing, content.length);
      content = content.subarray(missing);
    }
    if (content.length === 0) return;
    if (channel === ERROR) stream.destroy(new ForwardError(where, toProblem(content)));
    else if (!stream.push(content)) socket.pause();
  });
  socket.on("error", (cause) => stream.destroy(new ForwardError(where, toTransportProblem(cause), { cause })));
  socket.on("close", () => {
    stream.push(null);
    // A writer learns that nobody is there.
    stream.end();
  });
  return stream;
}

/** The kubelet's sentence, one line of it. */
function toProblem(content: Buffer): string {
  return content
    .toString("utf8")
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, 300);
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
