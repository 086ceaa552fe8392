import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TARGET_HEADER } from "@/lib/api/target-key";
import { createCommandLimit } from "./command-limit";
import { toAllowedHosts } from "./hosts";
import { createPresence } from "./presence";
import { createReplays } from "./replays";
import type { Runtime } from "./runtime";
import { toCookieName } from "./sign-in/cookie";
import { createGate, type Gate } from "./sign-in/gate";
import { IDLE_MS } from "./sign-in/sessions";

/** S3: who may do what, for every route that is there. A route without a row here fails, so that a new one is decided upon. */

const LISTEN = { address: "127.0.0.1", port: 4480 };
const ORIGIN = "http://127.0.0.1:4480";
const NAMESPACE = "istioinaction";
const PAGE = "0123456789abcdef";
const VIEW = `?namespaces=${NAMESPACE}&window=60`;
const CANARY = "canary-0123456789-token";

interface Row {
  /** Folder below app/api. */
  route: string;
  query?: string;
  /** null: it is read. */
  body: object | null;
  viewer: "may" | "may not";
}

const TABLE: Row[] = [
  { route: "state", query: VIEW, body: null, viewer: "may" },
  { route: "stream", query: `${VIEW}&page=${PAGE}`, body: null, viewer: "may" },
  { route: "certificate", query: `?namespace=${NAMESPACE}&workload=web-api`, body: null, viewer: "may" },
  { route: "session", body: null, viewer: "may" },
  { route: "session/end", body: { whose: "mine" }, viewer: "may" },
  { route: "session/end", body: { whose: "others" }, viewer: "may not" },
  { route: "presence", body: { page: PAGE, state: "visible" }, viewer: "may" },
  { route: "invite", body: null, viewer: "may not" },
  { route: "invite", body: {}, viewer: "may not" },
  { route: "switch", body: { namespace: NAMESPACE, position: "STRICT", expected: null }, viewer: "may not" },
  { route: "runs", body: { kind: "calls", page: PAGE, count: 10, rate: 5, connection: "new" }, viewer: "may not" },
  { route: "runs/cancel", body: { runId: "run-1" }, viewer: "may not" },
  { route: "probes", body: { namespace: NAMESPACE, caller: "without-sidecar" }, viewer: "may not" },
  { route: "callers", body: { namespace: NAMESPACE, caller: "without-sidecar", workload: "default/sleep" }, viewer: "may not" },
  { route: "probe-pods", body: { act: "create", namespace: NAMESPACE, caller: "without-sidecar" }, viewer: "may not" },
  { route: "gateway/authority", body: { pem: "-----BEGIN CERTIFICATE-----" }, viewer: "may not" },
  { route: "kiali-token", body: { token: CANARY }, viewer: "may not" },
  { route: "reset", query: `?namespace=${NAMESPACE}`, body: null, viewer: "may not" },
  { route: "reset", body: { namespace: NAMESPACE, plan: "0123456789abcdef" }, viewer: "may not" },
];
const WRITES = TABLE.filter(({ body }) => body !== null);
const name = ({ route, body }: Row) => `${body === null ? "GET" : "POST"} ${route}${route === "session/end" ? ` ${JSON.stringify(body)}` : ""}`;

const commands = vi.fn();
let time = 0;
let gate: Gate;
let limit = createCommandLimit();
let logged = "";

beforeEach(() => {
  time = Date.now();
  gate = createGate({ listen: LISTEN, allowHosts: [] }, { now: () => time });
  limit = createCommandLimit();
  commands.mockReset().mockImplementation((command: string) => (command === "openStream" ? new Response("event: state\n\n") : { done: command }));
  const known: Partial<Runtime> = {
    allowedHosts: toAllowedHosts(LISTEN),
    target: { kind: "lab", context: "padlock-lab", server: "https://127.0.0.1:6443", user: "padlock" },
    gate,
    commandLimit: limit,
    presence: createPresence(),
    replays: createReplays(),
    closing: false,
  };
  // Any command of the runtime, those of tomorrow included, is only noted.
  const runtime = new Proxy(known, {
    get: (target, key) => (key === "then" ? undefined : key in target ? target[key as keyof Runtime] : (...given: unknown[]) => commands(key, ...given)),
  });
  globalThis.padlockRuntime = Promise.resolve(runtime as Runtime);
  logged = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    logged += text;
    return true;
  });
});
afterEach(() => {
  gate.close();
  globalThis.padlockRuntime = undefined;
  vi.restoreAllMocks();
});

function signIn(role: "viewer" | "instructor", at: Gate = gate): string {
  const link = role === "viewer" ? at.invite().room : at.createInstructorLink().url;
  const entered = at.enter(new URL(link).searchParams.get("code") ?? "", { address: "127.0.0.1", cookies: null });
  if (entered.kind !== "in") throw new Error(`the ${role} was not let in`);
  return entered.cookie.split(";", 1)[0] ?? "";
}

const IDENTITIES: Record<string, () => string> = {
  nobody: () => "",
  "a session that has expired": () => {
    const cookie = signIn("instructor");
    time += IDLE_MS;
    return cookie;
  },
  "a cookie that was tampered with": () => {
    const cookie = signIn("instructor");
    return `${cookie.slice(0, -2)}${cookie.endsWith("AA") ? "BB" : "AA"}`;
  },
  "another server's instructor": () => {
    const other = createGate({ listen: { ...LISTEN, port: 4481 }, allowHosts: [] });
    const secret = signIn("instructor", other).split("=")[1];
    other.close();
    return `${toCookieName(LISTEN.port)}=${secret}`;
  },
};

async function ask({ route, query = "", body }: Row, cookie: string, headers: Record<string, string> = {}): Promise<Response> {
  const module = (await import(/* @vite-ignore */ `../../app/api/${route}/route.ts`)) as Record<string, (request: Request) => Promise<Response>>;
  const method = body === null ? "GET" : "POST";
  const given = { host: "127.0.0.1:4480", origin: ORIGIN, "x-padlock-address": "192.0.2.7", ...(cookie === "" ? {} : { cookie }), ...headers };
  const init = body === null ? {} : { body: JSON.stringify(body) };
  const request = new Request(`${ORIGIN}/api/${route}${query}`, {
    method,
    headers: { ...given, ...(body === null ? {} : { "content-type": "application/json" }) },
    ...init,
  });
  return (module[method] as (request: Request) => Promise<Response>)(request);
}
const codeOf = async (response: Response) => (await response.json()).error.code;
const auditLines = () =>
  logged
    .split("\n")
    .filter((line) => line.includes('"event":"audit"'))
    .map((line) => JSON.parse(line));

test("every route of the app has its row", async () => {
  const folder = fileURLToPath(new URL("../../app/api", import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith("route.ts")).map((file) => file.replace(/[\\/]route\.ts$/, ""));
  expect(files.filter((file) => file !== "[...path]").sort()).toEqual([...new Set(TABLE.map(({ route }) => route))].sort());
});

describe("S3, B9", () => {
  describe.each(TABLE.map((row) => [name(row), row] as const))("%s", (_name, row) => {
    test.each(Object.entries(IDENTITIES))("%s: 401", async (_identity, toCookie) => {
      const response = await ask(row, toCookie());
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("SignInLink");
      expect(await codeOf(response)).toBe("not-signed-in");
      expect(commands).not.toHaveBeenCalled();
    });
    test(`a viewer: ${row.viewer === "may" ? "yes" : "403, and nothing is done"}`, async () => {
      const response = await ask(row, signIn("viewer"));
      if (row.viewer === "may") expect([200, 204]).toContain(response.status);
      else {
        expect(response.status).toBe(403);
        const { error } = await response.json();
        expect(error).toMatchObject({ code: "read-only", message: expect.stringContaining("This link is read only") });
        expect(commands).not.toHaveBeenCalled();
      }
    });
    test("an instructor: yes", async () => expect([200, 204]).toContain((await ask(row, signIn("instructor"))).status));
    test("B44: the answer is nobody else's", async () => {
      for (const cookie of ["", signIn("viewer"), signIn("instructor")]) {
        const { headers } = await ask(row, cookie);
        expect(headers.get("vary")).toMatch(/\bCookie\b/);
        if (row.route !== "stream" || cookie === "") expect(headers.get("cache-control")).toBe("no-store");
      }
    });
  });
  test("an address that is no route tells nobody so who is not signed in", async () => {
    const module = await import("../../app/api/[...path]/route");
    const get = (cookie: string) =>
      module.GET(new Request(`${ORIGIN}/api/none`, { headers: { host: "127.0.0.1:4480", ...(cookie === "" ? {} : { cookie }) } }));
    expect([(await get("")).status, (await get(signIn("viewer"))).status]).toEqual([401, 404]);
  });
});

describe("B14: an unknown field", () => {
  test.each(WRITES.map((row) => [name(row), row] as const))("%s: 400, from a viewer, too", async (_name, row) => {
    for (const role of ["viewer", "instructor"] as const) {
      const response = await ask({ ...row, body: { ...row.body, force: true } }, signIn(role));
      expect(response.status).toBe(400);
    }
    expect(commands).not.toHaveBeenCalled();
  });
});

describe("B41: reset", () => {
  const row = TABLE.find(({ route, body }) => route === "reset" && body !== null) as Row;
  test("without the plan that was shown: 400", async () => {
    expect((await ask({ ...row, body: { namespace: NAMESPACE } }, signIn("instructor"))).status).toBe(400);
    expect((await ask({ ...row, body: { namespace: NAMESPACE, plan: "yes" } }, signIn("instructor"))).status).toBe(400);
  });
  test("meant for another lab: 409", async () => {
    const response = await ask(row, signIn("instructor"), { [TARGET_HEADER]: "another@https://192.0.2.1:6443" });
    expect(response.status).toBe(409);
    expect(commands).not.toHaveBeenCalled();
  });
  test("twice with one Idempotency-Key: done once; with another body: 409", async () => {
    const cookie = signIn("instructor");
    const key = { "idempotency-key": "reset-0123456789" };
    expect([(await ask(row, cookie, key)).status, (await ask(row, cookie, key)).status]).toEqual([200, 200]);
    const other = await ask({ ...row, body: { ...row.body, plan: "fedcba9876543210" } }, cookie, key);
    expect([other.status, await codeOf(other)]).toEqual([409, "key-reused"]);
    expect(commands).toHaveBeenCalledTimes(1);
  });
  test("a viewer's key gets no instructor's answer", async () => {
    const key = { "idempotency-key": "reset-0123456789" };
    await ask(row, signIn("instructor"), key);
    expect((await ask(row, signIn("viewer"), key)).status).toBe(403);
  });
});

test("what viewers may not do uses up nothing that the instructor needs", async () => {
  const row = TABLE.find(({ route }) => route === "switch") as Row;
  const viewer = signIn("viewer");
  const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await ask(row, viewer)).status));
  expect(statuses.filter((status) => status === 403)).toHaveLength(60);
  expect(statuses.filter((status) => status === 429)).toHaveLength(40);
  expect((await ask(row, signIn("instructor"))).status).toBe(200);
});

describe("the audit log", () => {
  test("S14: one line for each command, done or refused, with who, from where, what and how it ended", async () => {
    const row = TABLE.find(({ route }) => route === "switch") as Row;
    const [viewer, instructor] = [signIn("viewer"), signIn("instructor")];
    await ask(row, instructor);
    await ask(row, viewer);
    await ask(row, "");
    await ask({ ...row, body: { ...row.body, position: "strict" } }, instructor);
    expect(auditLines().map(({ role, outcome }) => [role, outcome])).toEqual([
      ["instructor", "done"],
      ["viewer", "read-only"],
      [null, "not-signed-in"],
      ["instructor", "bad-request"],
    ]);
    expect(auditLines()[0]).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      action: "/api/switch",
      session: gate.identify(instructor)?.hash,
      address: "192.0.2.7",
      object: { namespace: NAMESPACE, position: "STRICT" },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
  test("S14: over all routes", async () => {
    for (const row of TABLE) for (const cookie of ["", signIn("viewer"), signIn("instructor")]) await ask(row, cookie);
    const told = WRITES.filter(({ route }) => route !== "presence").length;
    expect(auditLines()).toHaveLength(3 * told);
  });
  test("S8, B42: no token, cookie or certificate stands in it", async () => {
    const cookies = [signIn("viewer"), signIn("instructor")];
    for (const row of WRITES) for (const cookie of cookies) await ask(row, cookie);
    expect(logged).toContain("/api/kiali-token");
    for (const secret of [CANARY, "BEGIN CERTIFICATE", ...cookies.map((cookie) => cookie.split("=")[1] ?? "")]) expect(logged).not.toContain(secret);
  });
  test("B43: what comes from outside stays within its line", async () => {
    const row = TABLE.find(({ route }) => route === "switch") as Row;
    const owner = 'x\n{"event":"audit"}\u001b[31m\u009b31m\u202egpj\u200b';
    await ask({ ...row, body: { ...row.body, takeOverFrom: owner } }, signIn("instructor"));
    expect(logged.trimEnd().split("\n")).toHaveLength(1);
    expect(/[^\u0020-\u007e\n]/.test(logged)).toBe(false);
    expect(auditLines()[0]?.object.takeOverFrom).toBe(owner);
  });
});
