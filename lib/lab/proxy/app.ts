import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

/** An HTTP request, read whole. */
export interface AppRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** `1.1` or `1.0`. */
  readonly httpVersion: string;
  /** A proxy on the way adds to them and takes away. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Fires when the caller went away before it had its answer. */
  readonly signal: AbortSignal;
}

export interface AppResponse {
  status: number;
  headers: Readonly<Record<string, string | string[]>>;
  body: string | Buffer;
}

/**
 * What answers HTTP, a program in a container or a proxy: from request to response; sockets are added at the edge.
 * Undefined when the caller is gone and there is nobody to answer.
 */
export type App = (request: AppRequest) => Promise<AppResponse | undefined>;

/** Bodies are held in memory; nothing in the lab needs more. */
const BODY_LIMIT = 1024 * 1024;

class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** Answers one request of a Node HTTP server by an app. */
export async function serveApp(app: App, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await answerOf(app, message, response);
  if (response.destroyed) return;
  if (!answer) {
    response.destroy();
    return;
  }
  const { status, headers, body } = answer;
  const framing = status === 204 || status === 304 ? undefined : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...framing, ...headers });
  response.end(body);
}

async function answerOf(app: App, message: IncomingMessage, response: ServerResponse): Promise<AppResponse | undefined> {
  const gone = new LateSignal();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    const { method = "GET", url = "/", httpVersion, headers } = message;
    const body = await readBody(message);
    return await app({
      method,
      url,
      httpVersion,
      headers,
      body,
      get signal() {
        return gone.signal;
      },
    });
  } catch (error) {
    if (error instanceof BodyTooLargeError) return { status: 413, headers: { connection: "close" }, body: "Payload Too Large" };
    return { status: 500, headers: {}, body: "Internal Server Error" };
  }
}

/** @throws BodyTooLargeError beyond 1 MiB; the stream's error when the caller goes away */
async function readBody(message: IncomingMessage): Promise<Buffer> {
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

/** An abort signal made when it is first asked for: most requests end without anybody asking, and aborting costs a stack trace. */
class LateSignal {
  #controller: AbortController | undefined;
  #isAborted = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isAborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}
