import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createEdgeServer } from "../edge-server";
import { toAllowedHosts } from "../hosts";
import { toCookieName } from "./cookie";
import { createGate, createOpenGate, type Gate } from "./gate";
import { LINK_MS } from "./links";
import { ABSOLUTE_MS, IDLE_MS } from "./sessions";

/** The edge with its door on a real socket; what it lets by is answered with `inside`. */

let server: Server;
let port = 0;
let time = Date.now();
let gate: Gate;
let seen: IncomingMessage[] = [];
let logged = "";

beforeAll(async () => {
  server = createEdgeServer(
    (incoming, response) => {
      seen.push(incoming);
      // As Next does it.
      response.setHeader("Vary", "rsc");
      response.end("inside");
    },
    () => ({ allowedHosts: toAllowedHosts({ address: "127.0.0.1", port }), gate }),
    { health: { eventLoopLag: () => 0, isReady: () => true }, readMetrics: async () => "" },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  time = Date.now();
  gate = createGate({ listen: { address: "127.0.0.1", port }, allowHosts: [] }, { now: () => time });
  seen = [];
  logged = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    logged += text;
    return true;
  });
});
afterEach(() => {
  gate.close();
  vi.restoreAllMocks();
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** `name=value` of the cookie that was set; "" when it was taken away, null when none came. */
  cookie: string | null;
}

function ask(path: string, headers: Record<string, string> = {}, { method = "GET", from = "127.0.0.1" } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, localAddress: from, agent: false, headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => {
        const set = response.headers["set-cookie"]?.[0];
        const cookie = set === undefined ? null : set.includes("Max-Age=0") ? "" : (set.split(";", 1)[0] ?? "");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, cookie });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

const codeOf = (link: string) => new URL(link).searchParams.get("code") ?? "";
const enterBy = (link: string, headers: Record<string, string> = {}) => ask(`/enter?code=${codeOf(link)}`, headers);
async function signIn(role: "instructor" | "viewer"): Promise<string> {
  const { cookie } = await enterBy(role === "instructor" ? gate.createInstructorLink().url : gate.invite().room);
  return cookie ?? "";
}

describe("without a session", () => {
  test.each(["/", "/?namespace=x", "/icon.svg", "/_next/static/chunks/a.js", "/favicon.ico", "/anything"])(
    "%s is the sign-in page and nothing else",
    async (path) => {
      const answer = await ask(path);
      expect(answer.status).toBe(401);
      expect(answer.headers).toMatchObject({ "cache-control": "no-store", "content-type": "text/html; charset=utf-8", "www-authenticate": "SignInLink" });
      expect(answer.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(answer.body).toContain("Sign in to Padlock");
      expect(answer.body).not.toMatch(/inside|istioinaction|<script|code=/);
      expect(seen).toEqual([]);
    },
  );
  test.each([
    ["/", { "x-middleware-subrequest": Array(5).fill("src/middleware").join(":") }],
    ["/", { rsc: "1", "next-router-prefetch": "1" }],
    ["/?_rsc=abc", { "next-router-segment-prefetch": "/_tree" }],
    ["/_next/data/build/index.json", { "x-nextjs-data": "1" }],
    ["/index.rsc", {}],
    ["/", { authorization: "Bearer x", "x-remote-user": "instructor", "impersonate-user": "admin" }],
  ])("B10, B36: %s with %j is refused as without", async (path, headers) => {
    expect(await ask(path, headers)).toMatchObject({ status: 401 });
    expect(seen).toEqual([]);
  });
  test("HEAD has the page's headers and no body", async () => expect(await ask("/", {}, { method: "HEAD" })).toMatchObject({ status: 401, body: "" }));
  test("the API is let by: its guard asks the gate itself", async () => expect(await ask("/api/state")).toMatchObject({ status: 200, body: "inside" }));
  test("the address of the peer is the socket's, whatever a header says (B36)", async () => {
    await ask("/api/state", { "x-padlock-address": "1.2.3.4", "x-forwarded-for": "1.2.3.4", "x-remote-user": "admin" });
    expect(seen[0]?.headers["x-padlock-address"]).toBe("127.0.0.1");
    expect(seen[0]?.headers["x-forwarded-for"]).toBeUndefined();
  });
});

describe("the one-time link", () => {
  test("signs in, cleans the address, and its cookie is for this server alone", async () => {
    const answer = await enterBy(gate.createInstructorLink().url);
    expect(answer.status).toBe(303);
    expect(answer.headers).toMatchObject({ location: "/", "cache-control": "no-store" });
    expect(answer.headers["set-cookie"]?.[0]).toMatch(new RegExp(`^padlock-${port}=[A-Za-z0-9_-]{43}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$`));
    expect(await ask("/", { cookie: answer.cookie ?? "" })).toMatchObject({ status: 200, body: "inside" });
    expect(gate.identify(answer.cookie)?.role).toBe("instructor");
  });
  test("a second use is refused and says so", async () => {
    const { url } = gate.createInstructorLink();
    await enterBy(url);
    const again = await enterBy(url);
    expect(again).toMatchObject({ status: 401, cookie: null });
    expect(again.body).toContain("used already");
  });
  test("one that has run out says so", async () => {
    const { url } = gate.createInstructorLink();
    time += LINK_MS;
    expect((await enterBy(url)).body).toContain("run out");
  });
  test("opened again by the browser that used it, nothing is lost", async () => {
    const { url } = gate.createInstructorLink();
    const { cookie } = await enterBy(url);
    expect(await enterBy(url, { cookie: cookie ?? "" })).toMatchObject({ status: 303, cookie: null });
    expect(await enterBy(gate.invite().room, { cookie: cookie ?? "" })).toMatchObject({ status: 303, cookie: null });
    expect(gate.identify(cookie)?.role).toBe("instructor");
  });
  test.each([
    ["is fetched ahead of time", { "sec-purpose": "prefetch" }, "GET", 403],
    ["is a picture of another page", { "sec-fetch-dest": "image" }, "GET", 403],
    ["is framed", { "sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site" }, "GET", 403],
    ["is looked at by a link preview", {}, "HEAD", 405],
    ["is posted to", {}, "POST", 405],
  ])("is not used up when it %s", async (_name, headers, method, status) => {
    const { url } = gate.createInstructorLink();
    expect(await ask(`/enter?code=${codeOf(url)}`, headers, { method })).toMatchObject({ status, cookie: null });
    expect((await enterBy(url)).status).toBe(303);
  });
  test.each([
    ["another site's page", { "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" }],
    ["a page at another port", { "sec-fetch-site": "same-site", "sec-fetch-dest": "document" }],
    ["plain http, where no browser says from where", { accept: "text/html,*/*;q=0.8" }],
  ])("from %s a page of our own comes between, so that the browser sends the strict cookie", async (_name, headers) => {
    const { url } = gate.createInstructorLink();
    const hop = await enterBy(url, headers);
    expect(hop).toMatchObject({ status: 200, cookie: null });
    const next = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(hop.body)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(await ask(next, { ...headers, "sec-fetch-site": "same-origin" })).toMatchObject({ status: 303, headers: { location: "/" } });
  });
  test("the page between holds nothing of the code but what an address can hold", async () => {
    const { body } = await ask(`/enter?code=${encodeURIComponent(`"><script>alert(1)</script>`)}`, { "sec-fetch-site": "cross-site" });
    expect(body).not.toContain("<script");
  });
});

describe("the room's link", () => {
  test("makes viewers, as often as it is opened", async () => {
    const cookies = [await signIn("viewer"), await signIn("viewer")];
    expect(new Set(cookies).size).toBe(2);
    expect(cookies.map((cookie) => gate.identify(cookie)?.role)).toEqual(["viewer", "viewer"]);
    expect(gate.invite().people).toEqual({ viewer: 2, instructor: 0 });
  });
  test("ends when the instructor signs everybody else out, with its sessions", async () => {
    const viewer = await signIn("viewer");
    const instructor = await signIn("instructor");
    const { room } = gate.invite();
    const pending = gate.createInstructorLink().url;
    const kept = gate.identify(instructor);
    if (kept !== null) gate.endOthers(kept);
    expect([gate.identify(viewer), gate.identify(instructor)]).toEqual([null, kept]);
    expect((await enterBy(room)).status).toBe(401);
    expect((await enterBy(pending)).status).toBe(401);
    expect((await enterBy(gate.invite().room)).status).toBe(303);
  });
});

describe("B9: a session that is none", () => {
  const secretOf = (cookie: string) => cookie.split("=")[1] ?? "";
  test("expired: signed out, and the cookie is taken away", async () => {
    const cookie = await signIn("viewer");
    time += IDLE_MS;
    const answer = await ask("/", { cookie });
    expect(answer).toMatchObject({ status: 401, cookie: "" });
    expect(answer.body).toContain("You are signed out");
  });
  test("12 hours old, although it was used", async () => {
    const cookie = await signIn("instructor");
    for (let i = 0; i < 23; i++, time += IDLE_MS / 2) await ask("/", { cookie });
    expect((await ask("/", { cookie })).status).toBe(200);
    time += ABSOLUTE_MS - 23 * (IDLE_MS / 2);
    expect((await ask("/", { cookie })).status).toBe(401);
  });
  test("tampered", async () => {
    const secret = secretOf(await signIn("viewer"));
    const tampered = `${secret.startsWith("A") ? "B" : "A"}${secret.slice(1)}`;
    expect((await ask("/", { cookie: `${toCookieName(port)}=${tampered}` })).status).toBe(401);
  });
  test("another server's, under its own name and under ours", async () => {
    const other = createGate({ listen: { address: "127.0.0.1", port: port - 1 }, allowHosts: [] });
    const entered = other.enter(codeOf(other.createInstructorLink().url), { address: "127.0.0.1", cookies: null });
    if (entered.kind !== "in") throw new Error("the other server lets nobody in");
    const cookie = entered.cookie.split(";", 1)[0] ?? "";
    expect(other.identify(cookie)?.role).toBe("instructor");
    for (const sent of [cookie, `${toCookieName(port)}=${secretOf(cookie)}`]) expect((await ask("/", { cookie: sent })).status).toBe(401);
    other.close();
  });
  test("two that contradict each other", async () => {
    const [one, two] = [await signIn("viewer"), await signIn("instructor")];
    expect((await ask("/", { cookie: `${one}; ${two}` })).status).toBe(401);
  });
});

describe("B38: what was there before signing in", () => {
  test("an id that somebody else planted is not carried on", async () => {
    const planted = `${toCookieName(port)}=${"A".repeat(43)}`;
    const { cookie } = await enterBy(gate.createInstructorLink().url, { cookie: planted });
    expect(cookie).not.toBe(planted);
    expect(gate.identify(planted)).toBeNull();
  });
  test("a viewer's session does not become an instructor's: a new id, the old one dead", async () => {
    const before = await signIn("viewer");
    const { cookie } = await enterBy(gate.createInstructorLink().url, { cookie: before });
    expect(gate.identify(before)).toBeNull();
    expect(gate.identify(cookie)?.role).toBe("instructor");
  });
  test("an instructor who signs in again has a new id", async () => {
    const before = await signIn("instructor");
    const { cookie } = await enterBy(gate.createInstructorLink().url, { cookie: before });
    expect(cookie).not.toBe(before);
    expect(gate.identify(before)).toBeNull();
  });
});

describe("B37: wrong codes", () => {
  const wrong = (i = 0) => `/enter?code=${String(i).padStart(43, "A")}`;
  test("the sixth in a minute is refused before it is looked at, even when it is right", async () => {
    const { url } = gate.createInstructorLink();
    for (let i = 0; i < 5; i++) expect((await ask(wrong(i))).status).toBe(401);
    const sixth = await enterBy(url);
    expect(sixth.status).toBe(429);
    expect(Number(sixth.headers["retry-after"])).toBeGreaterThan(0);
    expect(sixth.body).toMatch(/Wait \d+ s/);
    time += 60_000;
    expect((await enterBy(url)).status).toBe(303);
  });
  test("two hundred at once: five are looked at", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(wrong(i))));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(195);
  });
  test("B36: a header does not make another address of it", async () => {
    for (let i = 0; i < 5; i++) await ask(wrong(i), { "x-forwarded-for": `192.0.2.${i}`, forwarded: `for=192.0.2.${i}`, "x-real-ip": `192.0.2.${i}` });
    expect((await ask(wrong(), { "x-forwarded-for": "192.0.2.99" })).status).toBe(429);
  });
  test("somebody else is not kept out by it", async () => {
    for (let i = 0; i < 6; i++) await ask(wrong(i), {}, { from: "127.0.0.9" });
    expect((await enterBy(gate.createInstructorLink().url)).status).toBe(303);
  });
  test("of 10 KB, or cut short: refused as what they are", async () => {
    expect((await ask(`/enter?code=${"A".repeat(10_240)}`)).status).toBe(414);
    expect((await ask(`/enter?code=${"A".repeat(2_048)}`)).status).toBe(400);
    expect((await ask("/enter?code=AAAA")).status).toBe(400);
    expect((await ask("/enter?code=")).status).toBe(400);
  });
  test("a session that is there is left alone", async () => {
    const cookie = await signIn("viewer");
    const answer = await ask(wrong(), { cookie });
    expect(answer).toMatchObject({ status: 401, cookie: null });
    expect(answer.body).toContain("Go on with the session");
    expect(gate.identify(cookie)?.role).toBe("viewer");
  });
});

describe("B44: no answer is another's", () => {
  test("pages, the sign-in page and redirects vary by cookie and are not stored", async () => {
    const viewer = await signIn("viewer");
    const answers = [await ask("/", { cookie: viewer }), await ask("/"), await enterBy(gate.invite().room), await ask("/api/state")];
    for (const { headers } of answers) expect(headers.vary).toMatch(/\bCookie\b/);
    for (const { headers } of answers.slice(1, 3)) expect(headers["cache-control"]).toBe("no-store");
    expect(answers[0]?.headers.vary).toContain("rsc");
  });
});

test("S8, S14: each sign-in is one line of the log, without code or cookie", async () => {
  const { url } = gate.createInstructorLink();
  const { cookie } = await enterBy(url);
  await enterBy(url);
  await ask(`/enter?code=${encodeURIComponent(`x\n{"event":"audit","role":"instructor"}\u001b[31m`)}`);
  const viewer = await signIn("viewer");
  const lines = logged
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ action, role, outcome, address }) => [action, role, outcome, address])).toEqual([
    ["sign-in", "instructor", "in", "127.0.0.1"],
    ["sign-in", null, "used", "127.0.0.1"],
    ["sign-in", null, "malformed", "127.0.0.1"],
    ["sign-in", "viewer", "in", "127.0.0.1"],
  ]);
  for (const secret of [codeOf(url), codeOf(gate.invite().room), cookie?.split("=")[1], viewer.split("=")[1]]) expect(logged).not.toContain(secret);
});

test("on loopback nobody signs in: everybody is the instructor, and no cookie is set", async () => {
  const closed = gate;
  gate = createOpenGate();
  expect(await ask("/")).toMatchObject({ status: 200, body: "inside", cookie: null });
  expect(await ask("/enter?code=whatever")).toMatchObject({ status: 303, cookie: null });
  expect(gate.identify(null)?.role).toBe("instructor");
  gate = closed;
});
