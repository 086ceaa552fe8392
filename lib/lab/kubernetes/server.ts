import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { DataPlane } from "../data-plane";
import type { ApiContext, TokenOwner, VersionInfo } from "./api-context";
import { createExecEndpoint } from "./exec";
import { createHandler, toStatusError } from "./handler";
import { toErrorResponse } from "./negotiation";
import { NODE_NAME, NODES, toNode } from "./node";
import { methodNotAllowed } from "./status";
import type { LabStore } from "./store";

export interface KubernetesApiOptions {
  store: LabStore;
  dataPlane: DataPlane;
  /** Bearer tokens and whose they are. */
  tokens: ReadonlyMap<string, TokenOwner>;
  /** PEM. */
  tls: { key: string; cert: string };
  version?: VersionInfo;
  admit?: ApiContext["admit"];
}

export interface KubernetesApi {
  /** The same API without sockets. `pods/exec`, which is a websocket, needs the server. */
  handle(request: Request): Promise<Response>;
  /** @param port 0 takes a free one @throws the socket's error when the address cannot be had */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Ends watches, followed logs and commands, then the server. */
  close(): Promise<void>;
}

/** The release whose answers the lab gives; the suffix says that it is not one. */
const VERSION: VersionInfo = { major: "1", minor: "35", gitVersion: "v1.35.4+padlock-lab" };

export function createKubernetesApi({ store, dataPlane, tokens, tls, version = VERSION, admit }: KubernetesApiOptions): KubernetesApi {
  const context: ApiContext = { store, dataPlane, tokens, version, ...(admit ? { admit } : {}) };
  const handle = createHandler(context);
  const exec = createExecEndpoint(context);
  const server = createServer(tls, (incoming, outgoing) => void answer(handle, incoming, outgoing));
  server.on("upgrade", exec.upgrade);

  return {
    handle,
    async listen(port, host) {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          resolve();
        });
      });
      const address = server.address() as AddressInfo;
      if (!store.get(NODES, undefined, NODE_NAME)) store.put(NODES, toNode(address.address, version, store.now()));
      return address;
    },
    async close() {
      exec.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Time a refused client gets to read the answer before the connection with its unread body is cut. */
const LINGER_MS = 500;

async function answer(handle: (request: Request) => Promise<Response>, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  try {
    const response = await toAnswer(handle, incoming, gone.signal);
    const isTooLarge = response.status === 413;
    outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), ...(isTooLarge ? { connection: "close" } : {}) });
    outgoing.flushHeaders();
    if (isTooLarge) setTimeout(() => incoming.destroy(), LINGER_MS).unref();
    if (response.body && incoming.method !== "HEAD") await pipeline(Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>), outgoing);
    else {
      await response.body?.cancel();
      outgoing.end();
    }
  } catch {
    // The client hung up, or the headers cannot be written: nobody can be told, only the connection can be ended.
    outgoing.destroy();
  }
}

async function toAnswer(handle: (request: Request) => Promise<Response>, incoming: IncomingMessage, signal: AbortSignal): Promise<Response> {
  let request: Request;
  try {
    request = toRequest(incoming, signal);
  } catch (error) {
    // fetch's Request knows no CONNECT, TRACE or TRACK, and no broken URL; neither does the API.
    return toErrorResponse(error instanceof TypeError ? methodNotAllowed() : toStatusError(error));
  }
  return handle(request);
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  }
  const hasBody = incoming.headers["transfer-encoding"] !== undefined || Number(incoming.headers["content-length"] ?? 0) > 0;
  const isBodyless = incoming.method === "GET" || incoming.method === "HEAD";
  const init: RequestInit & { duplex: "half" } = {
    method: incoming.method,
    headers,
    signal,
    duplex: "half",
    ...(hasBody && !isBodyless ? { body: toBody(incoming) } : {}),
  };
  return new Request(new URL(incoming.url ?? "/", `https://${incoming.headers.host ?? "lab"}`), init);
}

/** Unlike Readable.toWeb, giving up on this body leaves the socket open for the answer. */
function toBody(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}
