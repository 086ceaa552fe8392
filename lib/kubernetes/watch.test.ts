import { afterEach, expect, test } from "vitest";
import { toPeerAuthentication } from "./policy-objects";
import { answerJson, COLLECTION, status } from "./testdata/fault-server";
import { connect, endAll, follow, startServer, until } from "./testdata/watch-harness";
import { watchObjects } from "./watch";

afterEach(endAll);

test("a change is delivered within 20 ms of the server's sending it", async () => {
  const server = await startServer();
  const watch = follow(await connect(server));
  await until(() => server.openStreams === 1);
  const delays: number[] = [];
  for (let round = 0; round < 20; round++) {
    const before = watch.times.length;
    const sentAt = performance.now();
    server.put("default", round % 2 ? "STRICT" : "PERMISSIVE");
    await until(() => watch.times.length > before);
    delays.push((watch.times.at(-1) ?? 0) - sentAt);
  }
  delays.sort((a, b) => a - b);
  expect(delays[10]).toBeLessThan(20);
  expect(watch.modes()).toEqual({ default: "STRICT" });
});

test("an empty collection is told as well, so that 'none' can be told from 'not yet read'", async () => {
  const server = await startServer();
  const watch = follow(await connect(server));
  await until(() => watch.times.length === 1);
  expect(watch.items.size).toBe(0);
  expect(watch.state()).toBe("ok");
});

test("a resource the server does not have is absent, not empty and not down", async () => {
  const server = await startServer();
  server.put("default", "STRICT");
  const watch = follow(await connect(server), { slowRetryMs: 200, shortStreamMs: 0 });
  await until(() => watch.items.size === 1);
  server.fault = (request, response) => {
    answerJson(response, 404, status(404, "NotFound", "the server could not find the requested resource"));
    return request !== undefined;
  };
  server.endStreams();
  await until(() => watch.state() === "absent");
  expect(watch.items.size).toBe(0);
  server.fault = null;
  await until(() => watch.state() === "ok" && watch.items.size === 1);
});

test("a long list is read in pages", async () => {
  const server = await startServer();
  for (let index = 0; index < 3; index++) server.put(`p${index}`, "STRICT");
  server.fault = (request, response) => {
    if (request.kind !== "list") return false;
    const at = Number(request.url.searchParams.get("continue") ?? "0");
    answerJson(response, 200, { metadata: { resourceVersion: "103", continue: at < 2 ? String(at + 1) : "" }, items: [[...server.objects.values()][at]] });
    return true;
  };
  const watch = follow(await connect(server));
  await until(() => watch.items.size === 3);
  expect(server.count("list")).toBe(3);
});

test("stopping ends the stream at once", async () => {
  const server = await startServer();
  const connection = await connect(server);
  const stop = new AbortController();
  const done = watchObjects({
    connection,
    kind: "PeerAuthentication",
    path: COLLECTION,
    toDomain: toPeerAuthentication,
    onChange: () => undefined,
    onState: () => undefined,
    signal: stop.signal,
  });
  await until(() => server.openStreams === 1);
  const stoppedAt = performance.now();
  stop.abort();
  await done;
  await until(() => server.openStreams === 0);
  expect(performance.now() - stoppedAt).toBeLessThan(250);
});
