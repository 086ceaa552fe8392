import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { checkHandshake } from "./handshake";

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const check = (port: number, signal?: AbortSignal) => checkHandshake({ address: "127.0.0.1", port, from: "setting" }, { serverName: "x.io", ca: null }, signal);

test("nobody there is refused", async () => {
  const port = await listen(() => {});
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await check(port)).toMatchObject({ failure: "refused", outcome: "unreachable" });
});

test("a server that hangs up in the handshake is told apart from one that is not there", async () => {
  const port = await listen((socket) => socket.destroy());
  expect(await check(port)).toMatchObject({ failure: "reset" });
});

test("one that says nothing times out", async () => {
  const port = await listen(() => {});
  expect(await check(port)).toMatchObject({ failure: "timeout" });
});

test("looking again and again leaves no listener behind", async () => {
  const port = await listen((socket) => socket.destroy());
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, "addEventListener");
  const removed = vi.spyOn(signal, "removeEventListener");
  for (let i = 0; i < 20; i++) await check(port, signal);
  expect(added).toHaveBeenCalledTimes(20);
  for (const [type, listener] of added.mock.calls) expect(removed).toHaveBeenCalledWith(type, listener);
});
