import { createServer, type IncomingMessage, request as sendRequest, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** For tests: stands between a client and a Kiali, and does to the answers what networks and servers do. */
export interface FaultProxy {
  url: string;
  /** Answers instead of Kiali when it returns true, or never. */
  fault: ((request: IncomingMessage, response: ServerResponse, url: URL) => boolean) | null;
  requests: { at: number; url: URL }[];
  /** Most requests that were under way at once. */
  mostInFlight(): number;
  graphRequests(): { at: number; url: URL }[];
  /** As a process that is killed; `start` takes the same port again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** @param target Kiali's address, with or without its web root */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port: targetPort, pathname } = new URL(target);
  const sockets = new Set<Socket>();
  let inFlight = 0;
  let most = 0;
  let port = 0;

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://kiali");
    proxy.requests.push({ at: Date.now(), url });
    most = Math.max(most, ++inFlight);
    response.once("close", () => inFlight--);
    if (proxy.fault?.(request, response, url)) return;
    const passing = sendRequest({ hostname, port: targetPort, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    passing.on("error", () => response.destroy());
    request.pipe(passing);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  const proxy: FaultProxy = {
    url: "",
    fault: null,
    requests: [],
    mostInFlight: () => most,
    graphRequests: () => proxy.requests.filter(({ url }) => url.pathname.endsWith("/api/namespaces/graph")),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async start() {
      await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
    },
  };
  await proxy.start();
  proxy.url = `http://127.0.0.1:${port}${pathname.replace(/\/$/, "")}`;
  return proxy;
}
