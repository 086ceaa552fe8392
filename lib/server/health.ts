import type { IncomingMessage, ServerResponse } from "node:http";

/** A loop that lets others wait longer than this, seconds, is not alive. */
const LAG_LIMIT = 5;

export interface Health {
  /** Seconds. */
  eventLoopLag(): number;
  /** Listening, configured and not ending. Never what stands upstream: an outage there must not restart the dashboard that shows it. */
  isReady(): boolean;
}

/**
 * `/healthz` and `/readyz` for whoever keeps the process running. They are answered under any name, because a kubelet asks by the pod's
 * address, and they tell nothing but yes or no.
 * @returns whether it was one of them
 */
export function answerHealth({ eventLoopLag, isReady }: Health, request: IncomingMessage, response: ServerResponse): boolean {
  const path = request.url?.split("?", 1)[0];
  if (path !== "/healthz" && path !== "/readyz") return false;
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD", "content-length": 0, connection: "close" }).end();
    request.resume();
    return true;
  }
  const isGood = path === "/healthz" ? eventLoopLag() < LAG_LIMIT : isReady();
  const body = isGood ? "ok\n" : path === "/healthz" ? "the event loop is stuck\n" : "not ready\n";
  response.writeHead(isGood ? 200 : 503, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "content-length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
  return true;
}

/**
 * `/metrics`, under the names under which the page may be opened; without a sign-in, since it holds no name of the mesh.
 * @returns whether it was asked for
 */
export function answerMetrics(read: () => Promise<string>, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url?.split("?", 1)[0] !== "/metrics") return false;
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  void read().then(
    (text) => {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
      response.end(request.method === "HEAD" ? undefined : text);
    },
    () => {
      response.writeHead(503, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" }).end("not ready\n");
    },
  );
  return true;
}
