import { afterEach, expect, test } from "vitest";
import { toPeerAuthentication } from "./policy-objects";
import { answerJson, COLLECTION, type FaultServer, status } from "./testdata/fault-server";
import { connect, endAll, endings, follow, startServer, until } from "./testdata/watch-harness";
import { watchObjects } from "./watch";
import type { WatchState } from "./watch-state";

afterEach(endAll);

test("F1 the API server refuses at the start: down with a reason within 3 s, live once it is there", async () => {
  const server = await startServer();
  await server.stop();
  const startedAt = Date.now();
  const watch = follow(await connect(server));
  await until(() => watch.state() === "down");
  expect(Date.now() - startedAt).toBeLessThan(3000);
  expect(watch.states.at(-1)).toMatchObject({ reason: expect.stringContaining("connection refused"), lastGood: null, nextTry: expect.any(Number) });
  server.put("default", "STRICT");
  await server.start();
  await until(() => watch.state() === "ok");
  expect(watch.modes()).toEqual({ default: "STRICT" });
});

test("F2 the API server dies in use: what was known stays, many watches try as one, and the next list is a fresh one", async () => {
  const server = await startServer();
  server.put("default", "STRICT");
  server.put("old", "DISABLE");
  const connection = await connect(server);
  const watches = Array.from({ length: 8 }, () => follow(connection));
  await until(() => server.openStreams === 8 && watches.every((watch) => watch.items.size === 2));
  // A port that accepts and resets lets the tries be counted.
  server.fault = (_, response) => {
    response.socket?.resetAndDestroy();
    return true;
  };
  const diedAt = Date.now();
  const before = server.requests.length;
  await server.stop();
  await server.start();
  await until(() => watches.every((watch) => watch.state() === "down" || watch.state() === "stale"));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const tries = server.requests.length - before;
  expect(tries).toBeGreaterThanOrEqual(1);
  expect(tries).toBeLessThanOrEqual(12);
  expect(watches[0]?.modes()).toEqual({ default: "STRICT", old: "DISABLE" });
  expect(watches[0]?.states.at(-1)?.lastGood).toBeLessThanOrEqual(diedAt + 100);
  // It returns with a history of its own, younger than what the watches had seen.
  server.objects.delete("old");
  server.version = 50;
  server.put("default", "PERMISSIVE");
  server.fault = null;
  await until(() => watches.every((watch) => watch.state() === "ok" && watch.modes().default === "PERMISSIVE"), 12_000);
  expect(watches[0]?.changes.filter(({ type }) => type === "deleted").map(({ key }) => key)).toEqual(["istioinaction/old"]);
});

test("F3 the watch is closed cleanly again and again: resumed from the last version, never listed again, never not ok", async () => {
  const server = await startServer();
  const watch = follow(await connect(server), { shortStreamMs: 50 });
  for (let round = 0; round < 4; round++) {
    await until(() => server.openStreams === 1);
    server.put(`p${round}`, "STRICT");
    server.bookmark();
    await until(() => watch.items.size === round + 1);
    await new Promise((resolve) => setTimeout(resolve, 80));
    server.endStreams();
  }
  await until(() => server.openStreams === 1);
  expect(server.count("list")).toBe(1);
  const last = server.requests.filter(({ kind }) => kind === "watch").at(-1);
  expect(last?.url.searchParams.get("resourceVersion")).toBe(String(server.version));
  expect(new Set(watch.states.map(({ state }) => state))).toEqual(new Set(["ok"]));
});

test.each([
  [
    "F4 410 as HTTP status",
    (server: FaultServer) => {
      server.fault = (request, response) => {
        if (request.kind !== "watch") return false;
        server.fault = null;
        answerJson(response, 410, status(410, "Expired", "too old resource version"));
        return true;
      };
      server.endStreams();
    },
  ],
  [
    "F5 410 as an event of a 200 stream",
    (server: FaultServer) => {
      server.send({ type: "ERROR", object: status(410, "Expired", "too old resource version: 1 (340)") });
      server.endStreams();
    },
  ],
])("%s: one list within 1 s, and what is gone is told as deleted", async (_, expire) => {
  const server = await startServer();
  server.put("kept", "STRICT");
  server.put("gone", "STRICT");
  const watch = follow(await connect(server), { shortStreamMs: 0 });
  await until(() => server.openStreams === 1 && watch.items.size === 2);
  server.objects.delete("gone");
  server.version += 10;
  const startedAt = Date.now();
  expire(server);
  await until(() => watch.items.size === 1);
  expect(Date.now() - startedAt).toBeLessThan(1000);
  expect(server.count("list")).toBe(2);
  expect(watch.changes.at(-1)).toMatchObject({ type: "deleted", key: "istioinaction/gone" });
  server.put("new", "STRICT");
  await until(() => watch.items.size === 2);
});

test("F6 a half-open watch is cut off after the silence allowed, and goes on where it was", async () => {
  const server = await startServer();
  const watch = follow(await connect(server), { silenceMs: 300, shortStreamMs: 0 });
  await until(() => server.openStreams === 1);
  server.put("default", "PERMISSIVE");
  await until(() => watch.items.size === 1);
  server.forgetStreams();
  server.put("default", "STRICT");
  await until(() => watch.modes().default === "STRICT", 2000);
  expect(server.count("list")).toBe(1);
  expect(watch.state()).toBe("ok");
});

test("F7 broken lines, an event over 1 MB and an unknown kind are skipped and counted; three in a row lead to a list", async () => {
  const server = await startServer();
  const watch = follow(await connect(server), { shortStreamMs: 0 });
  await until(() => server.openStreams === 1);
  server.sendLine('{"type":"ADDED","object":{');
  server.sendLine(
    JSON.stringify({
      type: "ADDED",
      object: { kind: "PeerAuthentication", metadata: { name: "huge", resourceVersion: "101" }, padding: "x".repeat(1_100_000) },
    }),
  );
  server.put("default", "STRICT");
  server.send({ type: "ADDED", object: { kind: "Secret", metadata: { name: "other", resourceVersion: "103" } } });
  server.send({ type: "ADDED", object: "not an object" });
  server.put("second", "STRICT");
  await until(() => watch.items.size === 2);
  expect(server.count("list")).toBe(1);
  for (let line = 0; line < 3; line++) server.sendLine("<html>");
  server.objects.set("third", { ...server.objects.get("default"), metadata: { name: "third", namespace: "istioinaction", resourceVersion: "200" } });
  await until(() => watch.items.size === 3);
  expect(server.count("list")).toBe(2);
  server.endStreams();
  await server.stop();
  await until(() => watch.state() !== "ok");
  expect(watch.states.at(-1)?.skipped).toBe(7);
});

test("F8 401 after a rotation: the credentials are read again, and the watch goes on", async () => {
  const server = await startServer();
  let accepted = "Bearer token-1";
  server.fault = (request, response) => {
    if (request.authorization === accepted) return false;
    answerJson(response, 401, status(401, "Unauthorized", "Unauthorized"));
    return true;
  };
  const watch = follow(await connect(server), { shortStreamMs: 0 });
  await until(() => server.openStreams === 1);
  accepted = "Bearer token-2";
  server.writeKubeconfig("token-2");
  server.endStreams();
  await until(() => server.openStreams === 1, 2000);
  expect(watch.state()).toBe("ok");
  expect(server.requests.at(-1)?.authorization).toBe("Bearer token-2");
});

test("F8 still 401: it says to sign in again, and there is no storm", async () => {
  const server = await startServer();
  server.fault = (_, response) => {
    answerJson(response, 401, status(401, "Unauthorized", "Unauthorized"));
    return true;
  };
  const connection = await connect(server);
  const watches = Array.from({ length: 4 }, () => follow(connection));
  await until(() => watches.every((watch) => watch.state() === "forbidden"));
  expect(watches[0]?.states.at(-1)?.reason).toContain("sign in again");
  const before = server.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  // Each try is two requests: as it is, and with the credentials read again.
  expect(server.requests.length - before).toBeLessThanOrEqual(2 * 12);
});

test("F9 403 for one kind: that one says who may not do what, the others go on", async () => {
  const server = await startServer();
  const refused =
    'peerauthentications.security.istio.io is forbidden: User "viewer" cannot list resource "peerauthentications" in API group "security.istio.io" at the cluster scope';
  server.fault = (request, response) => {
    if (request.kind !== "list" || request.url.searchParams.get("limit") === null) return false;
    if (!request.url.pathname.endsWith("/denied")) return false;
    answerJson(response, 403, status(403, "Forbidden", refused));
    return true;
  };
  const connection = await connect(server);
  const allowed = follow(connection);
  const states: WatchState[] = [];
  const stop = new AbortController();
  const done = watchObjects({
    connection,
    kind: "PeerAuthentication",
    path: `${COLLECTION}/denied`,
    toDomain: toPeerAuthentication,
    onChange: () => undefined,
    onState: (state) => states.push(state),
    signal: stop.signal,
  });
  endings.push(() => {
    stop.abort();
    return done;
  });
  await until(() => states.at(-1)?.state === "forbidden");
  expect(states.at(-1)).toMatchObject({ reason: refused, nextTry: expect.any(Number) });
  server.put("default", "STRICT");
  await until(() => allowed.items.size === 1);
  expect(connection.gate.open).toBe(true);
  expect(server.requests.filter(({ url }) => url.pathname.endsWith("/denied"))).toHaveLength(1);
});

test("F10 429 with Retry-After 7: no call before 7 s", async () => {
  const server = await startServer();
  server.fault = (_, response) => {
    server.fault = null;
    answerJson(response, 429, status(429, "TooManyRequests", "too many requests"), { "retry-after": "7" });
    return true;
  };
  const watch = follow(await connect(server));
  await until(() => server.count("list") === 2, 12_000);
  const [first, second] = server.requests;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(6_990);
  await until(() => watch.state() === "ok");
});

test("F11 half of all answers are 500 and 503: what is known stays in use, and tries while it is closed stay few", async () => {
  const server = await startServer();
  server.put("default", "STRICT");
  const connection = await connect(server);
  const watches = Array.from({ length: 4 }, () => follow(connection, { shortStreamMs: 0 }));
  await until(() => server.openStreams === 4);
  let turn = 0;
  server.fault = (_, response) => {
    turn++;
    if (turn % 2 === 0) return false;
    answerJson(response, turn % 4 === 1 ? 500 : 503, status(503, "ServiceUnavailable", "apiserver is shutting down"));
    return true;
  };
  const before = server.requests.length;
  for (let burst = 0; burst < 5; burst++) {
    server.endStreams();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(watches[0]?.modes()).toEqual({ default: "STRICT" });
  }
  server.fault = null;
  await until(() => watches.every((watch) => watch.state() === "ok"), 12_000);
  expect(server.requests.length - before).toBeLessThan(60);
});
