import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { createKialiHandler, type KialiHandlerOptions } from "./routes";

export interface Kiali {
  /** Requests without a socket. */
  handle(request: Request): Response;
  /** @param port 0 for a free one @returns the base URL, with the web root, and the port */
  listen(port: number, host: string): Promise<{ url: string; port: number }>;
  /** Ends every connection. */
  close(): Promise<void>;
}

export type KialiOptions = Pick<KialiHandlerOptions, "store" | "metrics"> & Partial<KialiHandlerOptions>;

/** Below this a body is not worth compressing (the threshold of Kiali's gzip handler). */
const GZIP_FROM_BYTES = 512;

/** Kiali of the lab: plain HTTP, anonymous login, as Istio's addon sample installs it. */
export function createKiali({ webRoot = "/kiali", ...options }: KialiOptions): Kiali {
  const handle = createKialiHandler({
    now: Date.now,
    version: "unknown",
    kubernetesVersion: "unknown",
    apiEndpoint: "https://kubernetes.default.svc",
    scrapeIntervalSeconds: 1,
    ...options,
    webRoot,
  });
  const server = createServer((incoming, outgoing) => {
    answer(handle, incoming, outgoing).catch((error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined));
  });
  return {
    handle,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          const bound = (server.address() as AddressInfo).port;
          resolve({ url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}${webRoot.replace(/\/+$/, "")}`, port: bound });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(handle: Kiali["handle"], incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // Nothing here reads a body; unread, it would hold the connection.
  incoming.resume();
  const url = `http://kiali${incoming.url ?? "/"}`;
  if (!URL.canParse(url)) {
    outgoing.writeHead(400, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" }).end("400 Bad Request");
    return;
  }
  const { method = "GET" } = incoming;
  // WHATWG requests refuse a few methods that HTTP has; none of them is served here.
  const response = handle(new Request(url, { method: /^(CONNECT|TRACE|TRACK)$/i.test(method) ? "OPTIONS" : method }));
  const body = Buffer.from(await response.arrayBuffer());
  const headers = Object.fromEntries(response.headers);
  const isText = /^(application\/json|text\/html)/.test(headers["content-type"] ?? "");
  const zipped = isText && body.length >= GZIP_FROM_BYTES && /\bgzip\b/.test(incoming.headers["accept-encoding"] ?? "");
  const bytes = zipped ? gzipSync(body) : body;
  outgoing.writeHead(response.status, {
    ...headers,
    ...(zipped ? { "content-encoding": "gzip" } : {}),
    ...(response.status === 204 ? {} : { "content-length": bytes.length }),
  });
  outgoing.end(method === "HEAD" ? undefined : bytes);
}
