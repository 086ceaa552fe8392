import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { connectKubernetes, type KubernetesConnection } from "./connect";
import { BadAnswerError, ClusterUnreachableError, ExecError, ExecTimeoutError, ForbiddenError, NotFoundError, UnauthorizedError } from "./errors";
import { execInPod } from "./exec";
import { FaultServer, status } from "./testdata/fault-server";

type Behaviour = (socket: WebSocket, request: IncomingMessage) => void;

let behave: Behaviour = () => undefined;
let refuse: ((request: IncomingMessage) => { code: number; body: unknown } | null) | null = null;
let protocol = "v5.channel.k8s.io";
let requests: IncomingMessage[] = [];
let open = 0;

const files = new FaultServer();
const server = createServer((_, response) => response.writeHead(404).end());
const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has(protocol) ? protocol : false) });
server.on("upgrade", (request, socket, head) => {
  requests.push(request);
  const refusal = refuse?.(request);
  if (refusal) {
    const body = JSON.stringify(refusal.body);
    socket.end(
      `HTTP/1.1 ${refusal.code} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
    return;
  }
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    open++;
    webSocket.on("close", () => open--);
    behave(webSocket, request);
  });
});

let connection: KubernetesConnection;

beforeEach(async () => {
  behave = () => undefined;
  refuse = null;
  protocol = "v5.channel.k8s.io";
  requests = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  files.port = (server.address() as AddressInfo).port;
  files.writeKubeconfig();
  connection = await connectKubernetes({ kubeconfigPath: files.kubeconfigPath });
});
afterEach(async () => {
  await connection.close();
  for (const client of sockets.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const message = (channel: number, text: string) => Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
const ends = (value: unknown): Buffer => message(3, JSON.stringify(value));
const SUCCESS = { metadata: {}, status: "Success" };
const exited = (code: number) => ({
  metadata: {},
  status: "Failure",
  reason: "NonZeroExitCode",
  message: `command terminated with exit code ${code}`,
  details: { causes: [{ reason: "ExitCode", message: String(code) }] },
});

const POD = { namespace: "default", pod: "sleep-1", container: "sleep", command: ["curl", "-s", "http://web-api.istioinaction:8080/?a=b&c"] };
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error,
  );

test.each(["v5.channel.k8s.io", "v4.channel.k8s.io"])("%s: output, error output and exit code", async (spoken) => {
  protocol = spoken;
  behave = (socket) => {
    socket.send(message(1, ""));
    socket.send(message(1, "first "));
    socket.send(message(2, "curl: (56) Recv failure: Connection reset by peer\n"));
    socket.send(message(1, "sécond"));
    socket.send(ends(exited(56)));
    socket.close(1000);
  };
  expect(await execInPod(connection, POD)).toEqual({ exitCode: 56, stdout: "first sécond", stderr: "curl: (56) Recv failure: Connection reset by peer\n" });
  const url = new URL(requests[0]?.url ?? "", "http://x");
  expect(url.pathname).toBe("/api/v1/namespaces/default/pods/sleep-1/exec");
  expect(url.searchParams.getAll("command")).toEqual(POD.command);
  expect(Object.fromEntries(["container", "stdout", "stderr", "stdin", "tty"].map((name) => [name, url.searchParams.get(name)]))).toEqual({
    container: "sleep",
    stdout: "true",
    stderr: "true",
    stdin: null,
    tty: null,
  });
  expect(requests[0]?.headers.authorization).toBe("Bearer token-1");
});

test("success is exit code 0", async () => {
  behave = (socket) => socket.send(ends(SUCCESS));
  expect(await execInPod(connection, POD)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

test("a program that is not there is told in the container runtime's words", async () => {
  behave = (socket) =>
    socket.send(ends({ status: "Failure", reason: "InternalError", message: 'exec: "curl": executable file not found in $PATH: unknown', code: 500 }));
  const error = await failure(execInPod(connection, POD));
  expect(error).toBeInstanceOf(ExecError);
  expect(String(error)).toContain("executable file not found");
});

test("a connection that ends without an exit code is no success", async () => {
  behave = (socket) => {
    socket.send(message(1, "half"));
    socket.close(1000);
  };
  expect(await failure(execInPod(connection, POD))).toBeInstanceOf(ExecError);
});

test.each([
  [404, status(404, "NotFound", 'pods "sleep-1" not found'), NotFoundError],
  [
    403,
    status(403, "Forbidden", 'pods "sleep-1" is forbidden: User "viewer" cannot create resource "pods/exec" in API group "" in the namespace "default"'),
    ForbiddenError,
  ],
  [500, status(500, "", "no preferred addresses found; known addresses: []"), ExecError],
])("refused with %i: the server's sentence in an error of its own", async (code, body, type) => {
  refuse = () => ({ code, body });
  const error = await failure(execInPod(connection, POD));
  expect(error).toBeInstanceOf(type);
  expect(String(error)).toContain(body.message);
});

test("401 once: the credentials are read again; twice: it is said", async () => {
  refuse = (request) => (request.headers.authorization === "Bearer token-2" ? null : { code: 401, body: status(401, "Unauthorized", "Unauthorized") });
  behave = (socket) => socket.send(ends(SUCCESS));
  expect(await failure(execInPod(connection, POD))).toBeInstanceOf(UnauthorizedError);
  files.writeKubeconfig("token-2");
  expect(await execInPod(connection, POD)).toMatchObject({ exitCode: 0 });
});

test("cancelling drops the connection at once", async () => {
  const controller = new AbortController();
  const pending = failure(execInPod(connection, { ...POD, signal: controller.signal }));
  await vi.waitFor(() => expect(open).toBe(1));
  const startedAt = performance.now();
  controller.abort("enough");
  expect(await pending).toBe("enough");
  await vi.waitFor(() => expect(open).toBe(0));
  expect(performance.now() - startedAt).toBeLessThan(250);
});

test("a command that does not end is given up in time", async () => {
  const error = await failure(execInPod(connection, { ...POD, timeoutMs: 100 }));
  expect(error).toBeInstanceOf(ExecTimeoutError);
  await vi.waitFor(() => expect(open).toBe(0));
});

test("output without end is cut off", async () => {
  behave = (socket) => {
    for (let part = 0; part < 20; part++) socket.send(message(1, "x".repeat(1000)));
  };
  expect(await failure(execInPod(connection, { ...POD, maxBytes: 10_000 }))).toBeInstanceOf(BadAnswerError);
});

test("nobody there", async () => {
  await new Promise((resolve) => server.close(resolve));
  const error = await failure(execInPod(connection, POD));
  expect(error).toBeInstanceOf(ClusterUnreachableError);
  expect(String(error)).toContain("connection refused");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
