import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { probeRequest, runRequest, switchRequest } from "@/lib/api/requests";
import { toTargetKey } from "@/lib/api/target-key";
import { ApiError } from "./api-error";
import { createCommandLimit } from "./command-limit";
import { GUARDED, guard } from "./guard";
import { toAllowedHosts } from "./hosts";
import { createPresence } from "./presence";
import { createReplays } from "./replays";
import type { Runtime } from "./runtime";
import { createOpenGate } from "./sign-in/gate";

const HOST = "127.0.0.1:4480";
const ORIGIN = `http://${HOST}`;
const LAB: Runtime["target"] = { kind: "lab", context: "padlock-lab", server: "https://127.1.2.3:6443", user: "padlock" };
const calls = vi.fn(() => ({ done: true }));
const schema = z.strictObject({ name: z.string().check(z.regex(/^[a-z]{1,9}$/)), count: z.optional(z.number()) });

/** A body of each command that fits its schema. */
const BODIES: Record<string, object> = {
  "api/callers/route.ts": { namespace: "a", caller: "with-sidecar", workload: null },
  "api/gateway/authority/route.ts": { pem: null },
  "api/invite/route.ts": {},
  "api/kiali-token/route.ts": { token: "abcdefgh" },
  "api/presence/route.ts": { page: "0123456789abcdef", state: "visible" },
  "api/probe-pods/route.ts": { act: "create", namespace: "a", caller: "with-sidecar" },
  "api/probes/route.ts": { namespace: "a", caller: "with-sidecar" },
  "api/reset/route.ts": { namespace: "a", plan: "0".repeat(32) },
  "api/runs/cancel/route.ts": { runId: "a" },
  "api/runs/route.ts": { kind: "calls", page: "0123456789abcdef", count: 1, rate: 1, connection: "new" },
  "api/session/end/route.ts": { whose: "mine" },
  "api/switch/route.ts": { namespace: "a", position: "STRICT", expected: null },
};

let limit = createCommandLimit();
let closing = false;
let target: Runtime["target"];

beforeEach(() => {
  calls.mockClear();
  closing = false;
  target = LAB;
  limit = createCommandLimit();
  const runtime = {
    get target() {
      return target;
    },
    allowedHosts: toAllowedHosts({ address: "127.0.0.1", port: 4480 }),
    get commandLimit() {
      return limit;
    },
    presence: createPresence(),
    gate: createOpenGate(),
    replays: createReplays(),
    get closing() {
      return closing;
    },
  } as unknown as Runtime;
  globalThis.padlockRuntime = Promise.resolve(runtime);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(() => {
  globalThis.padlockRuntime = undefined;
  vi.restoreAllMocks();
});

const routes = guard({ post: { body: schema, handle: calls } });
const reading = guard({ get: () => ({ read: true }) });

function post(body: BodyInit | null, headers: Record<string, string> = {}): Promise<Response> {
  const given = { host: HOST, origin: ORIGIN, "sec-fetch-site": "same-origin", "content-type": "application/json", ...headers };
  const init: RequestInit & { duplex?: "half" } = {
    method: "POST",
    headers: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")),
    body,
    duplex: "half",
  };
  return routes.POST(new Request(`${ORIGIN}/api/x`, init));
}

async function expectRefusal(response: Response, status: number, code: string): Promise<string> {
  const body = await response.json();
  expect(body.error).toMatchObject({ code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(body.error.message).toMatch(/\S.{8,}/);
  expect(body.error.message).not.toMatch(/at \w+ \(|node_modules/);
  expect(response.status).toBe(status);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(calls).not.toHaveBeenCalled();
  return body.error.message;
}

test("a good command passes", async () => {
  const response = await post('{"name":"web"}');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ done: true });
  expect(calls.mock.lastCall).toEqual([expect.objectContaining({ body: { name: "web" } })]);
});

describe("the cluster a command is meant for", () => {
  const cluster = { kind: "cluster", context: "größe/prod", server: "https://10.0.0.1:6443", user: "jane" } as const;
  test("a real one is named by every command, or nothing is done", async () => {
    target = cluster;
    const message = await expectRefusal(await post('{"name":"a"}'), 409, "confirm-target");
    expect(message).toContain("context größe/prod at https://10.0.0.1:6443 as jane");
    expect((await post('{"name":"a"}', { "confirmed-target": toTargetKey(cluster) })).status).toBe(200);
  });
  test.each([
    ["the context of another", { ...cluster, context: "test" }],
    ["the same name elsewhere", { ...cluster, server: "https://10.0.0.2:6443" }],
    ["the lab", LAB],
  ])("a page that was opened on %s changes nothing here", async (_, other) => {
    target = cluster;
    await expectRefusal(await post('{"name":"a"}', { "confirmed-target": toTargetKey(other) }), 409, "confirm-target");
  });
  test("a page that was opened on a cluster changes nothing on the lab; who names none may", async () => {
    await expectRefusal(await post('{"name":"a"}', { "confirmed-target": toTargetKey(cluster) }), 409, "confirm-target");
    expect((await post('{"name":"a"}')).status).toBe(200);
  });
  test("only leaving, stopping, inviting and telling of the page need no cluster", async () => {
    target = cluster;
    const folder = fileURLToPath(new URL("../../app", import.meta.url));
    const files = (await readdir(folder, { recursive: true })).filter((file) => /(^|[\\/])route\.tsx?$/.test(file));
    const free: string[] = [];
    for (const file of files) {
      const { POST } = (await import(/* @vite-ignore */ `../../app/${file}`)) as { POST: (request: Request) => Promise<Response> };
      const body = BODIES[file.replaceAll("\\", "/")];
      const response = await POST(
        new Request(`${ORIGIN}/api/x`, { method: "POST", headers: { host: HOST, "content-type": "application/json" }, body: JSON.stringify(body ?? {}) }),
      );
      const code = response.status < 300 ? "done" : (await response.json()).error.code;
      if (code === "method-not-allowed") continue;
      expect(body, `${file} has a body here, so that its answer tells something`).toBeDefined();
      if (code !== "confirm-target") free.push(file);
    }
    expect(free.sort()).toEqual(["api/invite/route.ts", "api/presence/route.ts", "api/runs/cancel/route.ts", "api/session/end/route.ts"]);
  });
});

test("every route of the app is behind the guard", async () => {
  const folder = fileURLToPath(new URL("../../app", import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((file) => /(^|[\\/])route\.tsx?$/.test(file));
  expect(files.length).toBeGreaterThanOrEqual(8);
  for (const file of files) {
    const module = (await import(/* @vite-ignore */ `../../app/${file}`)) as Record<string, unknown>;
    const methods = Object.keys(module).filter((name) => /^[A-Z]+$/.test(name));
    expect(methods.length, file).toBeGreaterThan(0);
    for (const method of methods) expect(Object.hasOwn(module[method] as object, GUARDED), `${file} ${method}`).toBe(true);
  }
});

describe("B1–B3: Host", () => {
  test.each(["evil.example", "127.0.0.1.nip.io:4480", "localhost.evil:4480", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:4480.evil", ""])(
    "%s is not ours",
    async (host) => {
      await expectRefusal(await post('{"name":"a"}', { host: host || " " }), 421, "wrong-host");
      const read = await reading.GET(new Request(`${ORIGIN}/api/x`, { headers: { host: host || " " } }));
      expect(read.status).toBe(421);
    },
  );
  test.each(["localhost:4480", "LOCALHOST:4480", "[::1]:4480"])("%s is", async (host) => {
    expect((await post('{"name":"a"}', { host, origin: `http://${host}` })).status).toBe(200);
  });
});

describe("B4–B6: another origin", () => {
  test.each([
    ["B4", { origin: "https://evil.example" }],
    ["B4 other port", { origin: "http://127.0.0.1:9999" }],
    ["B4 https", { origin: "https://127.0.0.1:4480" }],
    ["B5", { origin: "null" }],
    ["B6 cross-site", { origin: "", "sec-fetch-site": "cross-site" }],
    ["B6 same-site", { origin: "", "sec-fetch-site": "same-site" }],
    ["B6 typed into the address bar", { origin: "", "sec-fetch-site": "none" }],
  ])("%s", async (_name, headers) => {
    await expectRefusal(await post('{"name":"a"}', headers), 403, "cross-origin");
  });
  test("streams and reads are no exception", async () => {
    const response = await reading.GET(new Request(`${ORIGIN}/api/x`, { headers: { host: HOST, "sec-fetch-site": "cross-site" } }));
    expect(response.status).toBe(403);
  });
  test("a program without a browser sends neither header", async () =>
    expect((await post('{"name":"a"}', { origin: "", "sec-fetch-site": "" })).status).toBe(200));
});

describe("B7: content type", () => {
  test.each([
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json;charset=evil",
    "application/jsonp",
    "application/json, text/plain",
  ])("%s", async (type) => {
    await expectRefusal(await post('{"name":"a"}', { "content-type": type }), 415, "unsupported-media-type");
  });
  test("none", async () => {
    await expectRefusal(await post(new Blob(['{"name":"a"}']).stream(), { "content-type": "" }), 415, "unsupported-media-type");
  });
  test("UTF-8 may be said", async () => expect((await post('{"name":"a"}', { "content-type": "application/json; charset=UTF-8" })).status).toBe(200));
});

describe("B8: methods", () => {
  test.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] as const)("%s on a command", async (method) => {
    const response = await routes[method](new Request(`${ORIGIN}/api/x`, { method, headers: { host: HOST } }));
    expect(response.status).toBe(405);
    expect(calls).not.toHaveBeenCalled();
  });
});

describe("B11: size and shape of the body", () => {
  test("16,385 bytes", async () => {
    await expectRefusal(await post(JSON.stringify({ name: "a".repeat(16_385) })), 413, "too-large");
  });
  test("exactly 16 KB is read (and refused for what it says)", async () => {
    const text = JSON.stringify({ name: "" });
    await expectRefusal(await post(JSON.stringify({ name: "a".repeat(16_384 - text.length) })), 400, "bad-request");
  });
  test("an endless body is cut at the cap", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024;
        controller.enqueue(new Uint8Array(1024).fill(32));
      },
    });
    await expectRefusal(await post(endless), 413, "too-large");
    expect(sent).toBeLessThan(64 * 1024);
  });
  test("a compressed body", async () => {
    await expectRefusal(await post('{"name":"a"}', { "content-encoding": "gzip" }), 415, "unsupported-media-type");
  });
  test("one byte and then silence", { timeout: 15_000 }, async () => {
    const slow = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) });
    await expectRefusal(await post(slow), 408, "request-timeout");
  });
});

describe("B12, B13: JSON that is not a command", () => {
  test.each([
    ["invalid", "{name:1}"],
    ["empty", ""],
    ["byte order mark", '\uFEFF{"name":"a"}'],
    ["the same key twice", '{"name":"a","name":"b"}'],
    ["the same key twice, escaped", '{"name":"a","n\\u0061me":"b"}'],
    ["depth 8,000", `${"[".repeat(8000)}${"]".repeat(8000)}`],
    ["depth 17", `${'{"a":'.repeat(17)}1${"}".repeat(17)}`],
    ["a number beyond all", '{"name":"a","count":1e999}'],
    ["a lone surrogate", '{"name":"\\ud800"}'],
    ["trailing text", '{"name":"a"} x'],
    ["two documents", '{"name":"a"}{"name":"b"}'],
    ["null", "null"],
    ["a list", "[]"],
    ["a string", '"a"'],
    ["__proto__", '{"name":"a","__proto__":{"role":"instructor"}}'],
    ["constructor.prototype", '{"name":"a","constructor":{"prototype":{"role":"x"}}}'],
    ["an unknown field", '{"name":"a","force":true}'],
    ["a wrong type", '{"name":["a"]}'],
  ])("%s", async (_name, text) => {
    await expectRefusal(await post(text), 400, "bad-request");
    expect(({} as Record<string, unknown>)["role"]).toBeUndefined();
  });
  test("bytes that are not UTF-8", async () => {
    await expectRefusal(await post(new Uint8Array([0x7b, 0xff, 0x7d])), 400, "bad-request");
  });
  test("an unknown field is named, cut and escaped", async () => {
    const message = await expectRefusal(await post(JSON.stringify({ name: "a", [`x\n${"y".repeat(200)}`]: 1 })), 400, "bad-request");
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThanOrEqual(300);
  });
});

describe("commands' own forms", () => {
  const good = { namespace: "istioinaction", position: "STRICT", expected: null };
  test("a switch", () => expect(z.safeParse(switchRequest, good).success).toBe(true));
  test.each(["strict", "STRICT ", "UNSET", "DISABLE", null, ["STRICT"], 1])("B15: position %j", (position) =>
    expect(z.safeParse(switchRequest, { ...good, position }).success).toBe(false),
  );
  test.each(["../default", "a/b", "%2e%2e", "A", "a".repeat(64), "-x", "x-", "x\n", "x\u0000", "🔒", "*", "", "a.b"])("B17: namespace %j", (namespace) => {
    expect(z.safeParse(switchRequest, { ...good, namespace }).success).toBe(false);
    expect(z.safeParse(probeRequest, { namespace, caller: "with-sidecar" }).success).toBe(false);
  });
  test.each(["default?fieldManager=x&force=true", "a/b", "..", "Default", ""])("B18: object name %j", (name) => {
    expect(z.safeParse(switchRequest, { ...good, expected: { name, uid: "u", resourceVersion: "1" } }).success).toBe(false);
  });
  test.each(["0", "-1", "x", "1.5", "", "1".repeat(40)])("B20: resourceVersion %j", (resourceVersion) => {
    expect(z.safeParse(switchRequest, { ...good, expected: { name: "default", uid: "u", resourceVersion } }).success).toBe(false);
  });
  const run = { kind: "calls", page: "0123456789ab", count: 10, rate: 5, connection: "new" };
  test("a run", () => expect(z.safeParse(runRequest, run).success).toBe(true));
  test.each(["url", "target", "host", "path", "headers", "method", "body"])("B21, B26: a run takes no %s", (field) =>
    expect(z.safeParse(runRequest, { ...run, [field]: "http://169.254.169.254/" }).success).toBe(false),
  );
  test.each([
    { rate: 0 },
    { rate: -1 },
    { rate: 1e9 },
    { rate: Number.NaN },
    { rate: "200" },
    { rate: 201 },
    { count: 0 },
    { count: 60_001 },
    { count: 1.5 },
    { connections: 51 },
    { connection: "pooled" },
  ])("B24: %j", (over) => expect(z.safeParse(runRequest, { ...run, ...over }).success).toBe(false));
  test.each([{ seconds: 0 }, { seconds: 301 }, { seconds: Number.POSITIVE_INFINITY }, { rate: 21 }])("B24 keep sending: %j", (over) => {
    expect(z.safeParse(runRequest, { kind: "keep-sending", page: "0123456789ab", namespace: "a", rate: 1, seconds: 10, ...over }).success).toBe(false);
  });
});

test("B25: a thousand commands in a second meet the limit", async () => {
  const answers = await Promise.all(Array.from({ length: 1000 }, () => post('{"name":"a"}')));
  const refused = answers.filter((response) => response.status === 429);
  expect(refused.length).toBeGreaterThan(900);
  expect(refused[0]?.headers.get("retry-after")).toBe("1");
});

test("an ending process begins nothing", async () => {
  closing = true;
  await expectRefusal(await post('{"name":"a"}'), 503, "shutting-down");
});

describe("what a handler throws", () => {
  const failing = (error: unknown) =>
    guard({
      get: () => {
        throw error;
      },
    }).GET(new Request(`${ORIGIN}/api/x`, { headers: { host: HOST } }));

  test("F34, B34: an unexpected error says nothing of itself", async () => {
    const response = await failing(new Error("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.x at https://10.0.0.1"));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("eyJ");
    const logged = String(vi.mocked(process.stderr.write).mock.lastCall?.[0]);
    expect(logged).toContain('"level":"error"');
    expect(logged).not.toContain("eyJ");
  });
  test("an ApiError of another bundle's copy is known by its brand", async () => {
    const error = new ApiError("already-running", "A run goes on; stop it first.");
    const copy = Object.assign(Object.create(null), {
      code: error.code,
      message: error.message,
      facts: {},
      status: 409,
      [Symbol.for("padlock.api-error")]: true,
    });
    expect((await failing(copy)).status).toBe(409);
  });
  test("B43: hostile text in a log stays on its line", async () => {
    await failing(new Error('x\n{"level":"info"}\u001b[31m'));
    const logged = String(vi.mocked(process.stderr.write).mock.lastCall?.[0]);
    expect(logged.trimEnd()).not.toContain("\n");
    expect(logged).not.toContain("\u001b");
  });
});
