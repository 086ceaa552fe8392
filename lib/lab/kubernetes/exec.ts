import type { IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { ExecStartError } from "../data-plane";
import type { ApiContext } from "./api-context";
import { authenticate, authorize } from "./authorization";
import { toStatusError } from "./handler";
import { findPod, toContainer, toDefaultContainer } from "./pods";
import { parseFlag, parseResourcePath, type ResourcePath, resolveResource } from "./request";
import { badRequest, StatusError, tooLarge } from "./status";

/** The remote command protocol: every message begins with the number of its channel. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 } as const;
/** v5 differs from v4 in that a client can end a channel, which is the only way to end stdin. */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDIN_LIMIT = 1024 * 1024;

interface ExecCommand {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export interface ExecEndpoint {
  /** For a server's `upgrade` event: runs the command over a websocket, or refuses with a Status. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every command under way. */
  close(): void;
}

export function createExecEndpoint(context: ApiContext): ExecEndpoint {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: STDIN_LIMIT,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });
  return {
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      try {
        const command = toCommand(context, request);
        sockets.handleUpgrade(request, socket, head, (webSocket) => void runCommand(context, command, webSocket));
      } catch (error) {
        refuse(socket, toStatusError(error));
      }
    },
    close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
    },
  };
}

/** @throws StatusError 400, 401, 403, 404 */
function toCommand({ store, tokens }: ApiContext, request: IncomingMessage): ExecCommand {
  const user = authenticate(request.headers.authorization, tokens);
  const url = new URL(request.url ?? "/", "https://lab");
  const path = parseResourcePath(url.pathname);
  if (!path) throw new StatusError(404, "NotFound", "the server could not find the requested resource", {});
  const { group, plural: resource, namespace = "", name = "", subresource } = path;
  authorize(user, { verb: request.method === "POST" ? "create" : "get", group, resource, namespace, name, ...(subresource ? { subresource } : {}) });
  checkSubresource(path);
  const pod = findPod(store, namespace, name);
  const flag = (field: string) => parseFlag(url.searchParams, field);
  const container = toContainer(pod, url.searchParams.get("container"), toDefaultContainer(pod));
  const command = {
    namespace,
    pod: name,
    container,
    command: url.searchParams.getAll("command"),
    stdin: flag("stdin"),
    stdout: flag("stdout"),
    stderr: flag("stderr"),
    tty: flag("tty"),
  };
  if (command.command.length === 0) throw badRequest("you must specify a command for the container");
  if (!command.stdin && !command.stdout && !command.stderr) throw badRequest("you must specify at least 1 of stdin, stdout, stderr");

  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((protocol) => protocol.trim());
  if (request.headers.upgrade?.toLowerCase() !== "websocket" || !PROTOCOLS.some((protocol) => offered.includes(protocol))) {
    throw badRequest(`unable to upgrade: the lab executes commands over websockets with ${PROTOCOLS.join(" or ")} only`);
  }
  return command;
}

function checkSubresource(path: ResourcePath): void {
  if (path.subresource === "exec" && resolveResource(path)?.plural === "pods") return;
  if (path.subresource === "portforward")
    throw badRequest("the lab serves no port-forward, which would enter a pod behind its sidecar: call the pod's own address instead");
  throw new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

function refuse(socket: Duplex, error: StatusError): void {
  const body = JSON.stringify(error.toStatus());
  const head = [
    `HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? ""}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

async function runCommand({ dataPlane }: ApiContext, command: ExecCommand, socket: WebSocket): Promise<void> {
  const hungUp = new AbortController();
  socket.on("close", () => hungUp.abort());
  socket.on("error", () => socket.terminate());
  const send = (channel: number, chunk: Uint8Array) => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.of(channel), chunk]));
  };
  const finish = (status: object) => {
    send(CHANNEL.error, Buffer.from(JSON.stringify(status)));
    socket.close(1000);
  };
  // An empty message on a channel tells the client that the connection stands.
  send(command.stdout ? CHANNEL.stdout : command.stderr ? CHANNEL.stderr : CHANNEL.error, Buffer.alloc(0));
  const stdout = (chunk: Uint8Array) => command.stdout && send(CHANNEL.stdout, chunk);
  // A terminal has one screen.
  const stderr = (chunk: Uint8Array) => (command.tty ? stdout(chunk) : command.stderr && send(CHANNEL.stderr, chunk));
  try {
    const stdin = await readStdin(command, socket, hungUp.signal);
    const { namespace, pod, container } = command;
    const exitCode = await dataPlane.exec({ namespace, pod, container, command: command.command, stdin, signal: hungUp.signal, stdout, stderr });
    finish(exitCode === 0 ? { metadata: {}, status: "Success" } : toExitStatus(exitCode));
  } catch (error) {
    if (error instanceof ExecStartError) {
      stderr(Buffer.from(`${error.message}\n`));
      finish(toExitStatus(error.exitCode));
    } else finish(toStatusError(error).toStatus());
  }
}

/** How a kubelet reports an exit code other than 0; kubectl ends with the same code. */
function toExitStatus(exitCode: number) {
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}

/**
 * Everything the client sends before it ends stdin. Over v4 a client cannot end it, and a terminal never does: the command then starts
 * without. @throws StatusError 413
 */
function readStdin(command: ExecCommand, socket: WebSocket, hungUp: AbortSignal): Promise<Uint8Array | undefined> {
  if (!command.stdin || command.tty || socket.protocol !== PROTOCOLS[0]) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    socket.on("message", (data: RawData) => {
      const message = toBuffer(data);
      if (message[0] === CHANNEL.stdin) {
        length += message.length - 1;
        if (length > STDIN_LIMIT) reject(tooLarge(STDIN_LIMIT));
        else chunks.push(message.subarray(1));
      } else if (message[0] === CHANNEL.close && message[1] === CHANNEL.stdin) resolve(Buffer.concat(chunks));
    });
    hungUp.addEventListener("abort", () => resolve(Buffer.concat(chunks)));
  });
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
