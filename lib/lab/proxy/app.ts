import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

/** An HTTP request as a program in a container gets it. */
export interface AppRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Fires when the caller went away. */
  signal: AbortSignal;
}

export interface AppResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A program in a container that listens on a port: from request to response; sockets are added by the pod it runs in. */
export type App = (request: AppRequest) => Promise<AppResponse>;

/** Bodies are held in memory; nothing in the lab needs more. */
const BODY_LIMIT = 1024 * 1024;

export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** @throws BodyTooLargeError beyond 1 MiB; the stream's error when the caller goes away */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const { "content-length": length, "transfer-encoding": encoding } = message.headers;
  if ((length === undefined || length === "0") && encoding === undefined) {
    message.resume();
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new BodyTooLargeError(`the request's body is over ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Runs an app for one request of a Node HTTP server, as in a pod without sidecar. */
export async function serveApp(app: App, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => response.writableFinished || gone.abort());
  try {
    const body = await readBody(message);
    const answer = await app({ method: message.method ?? "GET", url: message.url ?? "/", headers: message.headers, body, signal: gone.signal });
    writeAppResponse(response, answer);
  } catch (error) {
    if (error instanceof BodyTooLargeError) writeAppResponse(response, { status: 413, headers: { connection: "close" }, body: "Payload Too Large" });
    else if (!response.headersSent && !response.destroyed) writeAppResponse(response, { status: 500, headers: {}, body: "Internal Server Error" });
  }
}

export function writeAppResponse(response: ServerResponse, { status, headers, body }: AppResponse, more: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers, ...more });
  response.end(body);
}
