import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type EventStreamOptions, toEventStream } from "./event-stream";
import { createHub, type Hub } from "./hub";

interface Ticks {
  count: number;
  text: string;
}

let hub: Hub<Ticks>;
let publish: (sections: Partial<Ticks>) => void;
let closed: number;
beforeEach(() => {
  closed = 0;
  hub = createHub<Ticks>({
    open(_view, give) {
      publish = give;
      return { state: { count: 0, text: "" }, close: () => undefined };
    },
    maxWaiting: 64 * 1024,
    stalledMs: 300,
  });
});

const openStream = (options: EventStreamOptions = {}) => toEventStream(hub.subscribe("all"), { retryMs: 2_000, onClose: () => closed++, ...options });

function readLines(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error("no body");
  return { next: async () => (await reader.read()).value ?? null, cancel: () => reader.cancel() };
}

test("headers keep proxies and Next from holding events back", () => {
  expect(Object.fromEntries(openStream().headers)).toEqual({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  });
});

test("retry, state, patch, bye, end", async () => {
  const lines = readLines(openStream());
  expect(await lines.next()).toBe("retry: 2000\n\n");
  expect(await lines.next()).toMatch(/^id: [0-9a-z]+-1\.0\nevent: state\ndata: \{"count":0,"text":""\}\n\n$/);
  publish({ count: 1 });
  expect(await lines.next()).toMatch(/^id: [0-9a-z]+-1\.1\nevent: patch\ndata: \{"count":1\}\n\n$/);
  const bye = lines.next();
  await hub.closeAll("restart");
  expect(await bye).toBe('event: bye\ndata: {"reason":"restart"}\n\n');
  expect(await lines.next()).toBeNull();
  expect(closed).toBe(1);
});

test("text with line ends stays on one data line", async () => {
  const lines = readLines(openStream());
  publish({ text: "a\nb\r\n\ndata: c" });
  await lines.next();
  const event = await lines.next();
  expect(event?.split("\n")).toHaveLength(5);
  expect(event).toContain(String.raw`"a\nb\r\n\ndata: c"`);
});

test("retry times are spread", async () => {
  const times = await Promise.all(Array.from({ length: 50 }, async () => Number((await readLines(toEventStream(hub.subscribe("all"))).next())?.slice(7))));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...times)).toBeLessThanOrEqual(4_000);
  expect(new Set(times).size).toBeGreaterThan(30);
});

test("a heartbeat when nothing else was sent", async () => {
  const lines = readLines(openStream({ heartbeatMs: 60 }));
  await lines.next();
  await lines.next();
  const started = performance.now();
  expect(await lines.next()).toBe(":\n\n");
  expect(performance.now() - started).toBeGreaterThan(40);
  expect(await lines.next()).toBe(":\n\n");
  await lines.cancel();
});

test("the client's leaving, and the request's signal, end the subscription", async () => {
  const lines = readLines(openStream());
  await lines.next();
  await lines.cancel();
  expect(hub.subscribers).toBe(0);
  const leaving = new AbortController();
  const other = readLines(openStream({ signal: leaving.signal }));
  await other.next();
  await other.next();
  const end = other.next();
  leaving.abort();
  expect(await end).toBeNull();
  expect(hub.subscribers).toBe(0);
  openStream({ signal: AbortSignal.abort() });
  expect(hub.subscribers).toBe(0);
  expect(closed).toBe(3);
});

test("over a socket: a reader that stops reading is dropped, with bounded memory, while the others go on", async () => {
  const server: Server = createServer((_request, response) => {
    const stream = openStream();
    response.writeHead(200, Object.fromEntries(stream.headers));
    if (stream.body === null) throw new Error("no body");
    const body = Readable.fromWeb(stream.body as import("node:stream/web").ReadableStream);
    body.on("error", () => response.destroy());
    response.on("close", () => body.destroy());
    body.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const open = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n", () => resolve(socket)));
    });
  const [slow, quick] = await Promise.all([open(), open()]);
  slow.pause();
  slow.on("error", () => undefined);
  let quickBytes = 0;
  quick.on("data", (chunk) => {
    quickBytes += chunk.length;
  });
  await vi.waitFor(() => expect(hub.subscribers).toBe(2));

  const text = "x".repeat(32 * 1024);
  let sent = 0;
  await vi.waitFor(
    () => {
      publish({ count: ++sent, text: `${text}${sent}` });
      expect(hub.subscribers).toBe(1);
    },
    { timeout: 10_000, interval: 5 },
  );
  await vi.waitFor(() => expect(quickBytes).toBeGreaterThan(sent * text.length * 0.9), { timeout: 5_000 });
  expect(closed).toBe(1);
  quick.destroy();
  slow.destroy();
  await vi.waitFor(() => expect(hub.subscribers).toBe(0));
  await new Promise((resolve) => server.close(resolve));
});

afterEach(() => hub.closeAll("end of test").catch(() => undefined));
