import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { callDirectly } from "./direct-call";

const servers: (Server | HttpServer)[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen<S extends Server | HttpServer>(server: S): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
const call = (url: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) => callDirectly({ url, timeoutMs: 2_000, ...more });

test("served; each call has a connection of its own and tells its id", async () => {
  const seen: { from: string; id: string | undefined }[] = [];
  const url = await listen(
    createHttpServer((request, response) => {
      seen.push({ from: `${request.socket.remoteAddress}:${request.socket.remotePort}`, id: String(request.headers["x-request-id"]) });
      response.end('{"name":"web-api"}');
    }),
  );
  const answers = [await call(url), await call(url)];
  expect(answers[0]).toMatchObject({ outcome: "served", httpCode: 200, curlExit: null, body: '{"name":"web-api"}', message: null });
  expect(seen).toEqual(answers.map(({ from, requestId }) => ({ from, id: requestId })));
  expect(new Set(seen.map(({ from }) => from)).size).toBe(2);
});

test("an error answer is failed; a redirection is an answer and not followed", async () => {
  let asked = 0;
  const url = await listen(
    createHttpServer((request, response) => {
      asked++;
      if (request.url === "/r") response.writeHead(302, { location: "http://169.254.169.254/" }).end();
      else response.writeHead(503).end("upstream connect error");
    }),
  );
  expect(await call(url)).toMatchObject({ outcome: "failed", httpCode: 503 });
  expect(await call(`${url}r`)).toMatchObject({ outcome: "served", httpCode: 302 });
  expect(asked).toBe(2);
});

test("accepted and reset, as a STRICT sidecar does, is refused; nobody there is unreachable", async () => {
  const resets = await listen(createServer((socket) => void socket.once("readable", () => socket.resetAndDestroy())));
  expect(await call(resets)).toMatchObject({ outcome: "refused", httpCode: null, message: "connection reset by peer (ECONNRESET)" });
  expect(await call("http://127.0.0.1:1/")).toMatchObject({ outcome: "unreachable", message: "connection refused (ECONNREFUSED)" });
  expect(await call("http://nobody.invalid/")).toMatchObject({ outcome: "unreachable" });
});

test("a server that says nothing is given up after the time; a fired signal ends it at once", async () => {
  const silent = createServer((socket) => void socket.on("error", () => undefined).resume());
  const url = await listen(silent);
  expect(await call(url, { timeoutMs: 100 })).toMatchObject({ outcome: "unreachable", message: "no answer within 0.1 s" });
  const stop = new AbortController();
  const going = call(url, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(going).rejects.toThrow("enough");
});
