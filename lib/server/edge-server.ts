import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { audit } from "./audit";
import { ADDRESS_HEADER, checkEdge, isStrippedHeader, type Refusal, toSecurityHeaders } from "./edge";
import { answerHealth, answerMetrics, type Health } from "./health";
import { answerAtDoor } from "./sign-in/door";
import type { Gate } from "./sign-in/gate";

/** How long headers, and a whole request, may take to arrive, ms. */
const REQUEST_TIMEOUT = 10_000;

export interface EdgeRules {
  allowedHosts: ReadonlySet<string>;
  gate: Gate;
}

/** What is answered for those who keep the process running. */
export interface Operating {
  health: Health;
  /** Prometheus' text format. */
  readMetrics(): Promise<string>;
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * The HTTP server in front of Next: refuses what `checkEdge` refuses, asks for a sign-in where one is needed, strips what a browser has no
 * business sending, sets the security headers. No WebSocket, no CONNECT.
 * @param rules asked at each request, because the port is known only after listening; until then no host is allowed
 */
export function createEdgeServer(handle: Handle, rules: () => EdgeRules, operating: Operating): Server {
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT,
    headersTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxHeadersCount = 100;
  server.on("request", (request, response) => {
    const nonce = randomBytes(16).toString("base64");
    const headers = toSecurityHeaders(nonce);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (answerHealth(operating.health, request, response)) return;
    const { allowedHosts, gate } = rules();
    const refusal = checkEdge({ method: request.method ?? "", target: request.url ?? "", rawHeaders: request.rawHeaders }, allowedHosts);
    if (refusal !== null) {
      refuse(request, response, refusal);
      return;
    }
    if (answerMetrics(operating.readMetrics, request, response)) return;
    if (answerAtDoor(gate, request, response)) return;
    for (const name of Object.keys(request.headers)) {
      if (isStrippedHeader(name)) delete request.headers[name];
    }
    request.headers[ADDRESS_HEADER] = request.socket.remoteAddress ?? "";
    // Next gives its own scripts the nonce it finds in the request's policy.
    request.headers["content-security-policy"] = headers["Content-Security-Policy"];
    void handle(request, response);
  });
  server.on("upgrade", (_request, socket) => endRaw(socket, "426 Upgrade Required"));
  server.on("connect", (_request, socket) => endRaw(socket, "405 Method Not Allowed"));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => endRaw(socket, toParserStatus(error.code)));
  return server;
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const requestId = randomUUID();
  const body = JSON.stringify({ error: { code: refusal.code, message: refusal.message, requestId } });
  // What reads nothing may change something: it is told of like every command that was refused.
  if (request.method !== "GET" && request.method !== "HEAD") {
    const action = (request.url ?? "").split("?", 1)[0]?.slice(0, 100) ?? "";
    audit({ action, role: null, session: null, address: request.socket.remoteAddress ?? "", object: null, outcome: refusal.code, requestId });
  }
  response.writeHead(refusal.status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    connection: "close",
    "content-length": Buffer.byteLength(body),
  });
  response.end(request.method === "HEAD" ? undefined : body);
  // The rest of a body that nobody reads must not keep the connection.
  request.resume();
}

function toParserStatus(code: string | undefined): string {
  if (code === "HPE_INVALID_METHOD") return "405 Method Not Allowed";
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return "400 Bad Request";
}

function endRaw(socket: Duplex, status: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n`, () => socket.destroy());
}
