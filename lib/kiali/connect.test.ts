import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectKiali } from "./connect";
import { KialiAddressInvalid, KialiBadAnswer, KialiLoginNeeded, KialiUnauthorized, KialiUnreachable } from "./errors";
import type { KialiFetch } from "./exchange";
import { getGraph } from "./graph";
import { type RecordedKiali, readRecording, sendRecording, startRecordedKiali } from "./recorded-kiali";

let kiali: RecordedKiali;
beforeEach(async () => {
  kiali = await startRecordedKiali("kiali-main");
});
afterEach(() => kiali.close());

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error("it did not fail");
  return error;
};

test("the web root is found by the redirect at /, and kept when it was given", async () => {
  for (const url of [kiali.url, `${kiali.url}/`, `${kiali.url}/kiali`, `${kiali.url}/kiali/`, `${kiali.url}/wrong`]) {
    const connection = await connectKiali({ url });
    expect(connection).toMatchObject({ url: `${kiali.url}/kiali`, strategy: "anonymous", version: null });
    await connection.close();
  }
});

test("the version is told when Kiali tells one", async () => {
  kiali.intercept = (_request, response, url) => {
    if (url.pathname !== "/kiali/api/status") return false;
    response.end(JSON.stringify({ status: { "Kiali version": "v2.11.3" } }));
    return true;
  };
  const connection = await connectKiali({ url: kiali.url });
  expect(connection.version).toBe("v2.11.3");
  await connection.close();
});

test("connections are kept open and used again", async () => {
  const connection = await connectKiali({ url: kiali.url });
  for (let round = 0; round < 20; round++) await connection.get("api/namespaces", {});
  // The pool may open a second one while the first is being handed back.
  expect(kiali.connections()).toBeLessThanOrEqual(2);
  await connection.close();
});

test("a fetch of one's own is used instead of a connection", async () => {
  const urls: string[] = [];
  const own: KialiFetch = (url, init) => {
    urls.push(url);
    return fetch(url, init);
  };
  const connection = await connectKiali({ url: `${kiali.url}/kiali`, fetch: own });
  await connection.get("api/namespaces", {});
  expect(urls).toContain(`${kiali.url}/kiali/api/namespaces`);
});

test("a clock of Kiali's that differs is noticed", async () => {
  kiali.intercept = (_request, response) => {
    response.setHeader("date", new Date(Date.now() + 600_000).toUTCString());
    return false;
  };
  const connection = await connectKiali({ url: kiali.url });
  expect(connection.clockSkewMs()).toBeGreaterThan(595_000);
  const before = Date.now();
  const graph = await getGraph(connection, { namespaces: ["istioinaction"], windowSeconds: 60 });
  const asked = Number(kiali.requests.at(-1)?.url.searchParams.get("queryTime")) * 1_000;
  expect(asked - before).toBeGreaterThan(590_000);
  expect(graph.receivedAt - Date.now()).toBeLessThan(1_000);
  await connection.close();
});

describe("addresses", () => {
  for (const url of ["", "kiali", "ftp://kiali/", "file:///etc/passwd", "http://user:secret@kiali:20001/"]) {
    test(JSON.stringify(url), async () => {
      const error = await failure(connectKiali({ url }));
      expect(error).toBeInstanceOf(KialiAddressInvalid);
      expect(error.message).not.toContain("secret");
    });
  }
});

describe("nobody there", () => {
  test("refused", async () => {
    await kiali.close();
    const error = await failure(connectKiali({ url: kiali.url }));
    expect(error).toBeInstanceOf(KialiUnreachable);
    expect(error).toMatchObject({ code: "ECONNREFUSED", message: `Kiali at ${kiali.url} refused the connection (ECONNREFUSED)` });
  });
  test("a name that is none", async () => {
    expect(await failure(connectKiali({ url: "http://kiali.invalid:20001" }))).toMatchObject({
      name: "KialiUnreachable",
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });
  test("cut off in the middle of the answer", async () => {
    const server = createTcpServer((socket) =>
      socket.once("data", () => socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"str')),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await failure(connectKiali({ url: `http://127.0.0.1:${port}/kiali` }))).toMatchObject({ name: "KialiUnreachable", code: "UND_ERR_SOCKET" });
    server.close();
  });
  test("silent: cut at the time limit, and at once when the caller gives up", async () => {
    const connection = await connectKiali({ url: kiali.url });
    kiali.intercept = () => true;
    expect(await failure(connection.get("api/namespaces", {}, { timeoutMs: 200 }))).toMatchObject({ name: "KialiUnreachable", code: "TIMEOUT" });
    const stop = new AbortController();
    const pending = failure(connection.get("api/namespaces", {}, { signal: stop.signal }));
    stop.abort();
    expect(await pending).toMatchObject({ name: "AbortError" });
  });
  test("a proxy in front of it", async () => {
    const connection = await connectKiali({ url: kiali.url });
    kiali.intercept = (_request, response) => {
      response.writeHead(502, { "content-type": "text/html" }).end("<html>token=abc</html>");
      return true;
    };
    expect(await failure(connection.get("api/namespaces", {}))).toMatchObject({
      name: "KialiUnreachable",
      code: "HTTP_502",
      message: expect.not.stringContaining("abc"),
    });
  });
});

describe("something else answers (F15)", () => {
  const page = "<!doctype html><html><body>Sign in <input name=token value=SECRET></body></html>";
  const cases: [string, { status?: number; headers?: Record<string, string>; body: string }, RegExp][] = [
    ["a login page", { headers: { "content-type": "text/html" }, body: page }, /web page/],
    ["a login page called JSON", { headers: { "content-type": "application/json" }, body: page }, /web page/],
    ["a redirect", { status: 302, headers: { location: "https://login.example/?token=SECRET" }, body: "" }, /redirects/],
    ["JSON cut off", { body: '{"timestamp": 1, "elements": {"nodes": [' }, /cut off or broken/],
    ["nothing", { body: "" }, /cut off or broken/],
    [
      "an error of its own with a stack trace",
      { status: 500, headers: { "content-type": "application/json" }, body: JSON.stringify({ error: "broken", detail: "goroutine SECRET" }) },
      /HTTP 500: broken$/,
    ],
  ];
  for (const [what, { status = 200, headers = {}, body }, says] of cases) {
    test(what, async () => {
      const connection = await connectKiali({ url: kiali.url });
      kiali.intercept = (_request, response) => {
        response.writeHead(status, headers).end(body);
        return true;
      };
      const error = await failure(connection.get("api/namespaces/graph", {}));
      expect(error).toBeInstanceOf(KialiBadAnswer);
      expect(error.message).toMatch(says);
      expect(error.message).not.toContain("SECRET");
      await connection.close();
    });
  }
  test("more than 8 MB: reading stops there (B33)", async () => {
    const connection = await connectKiali({ url: kiali.url });
    let sent = 0;
    kiali.intercept = (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, "x");
      const write = () => {
        while (sent < 200 && response.writable) {
          sent++;
          if (!response.write(chunk)) return void response.once("drain", write);
        }
        response.end();
      };
      write();
      return true;
    };
    const error = await failure(connection.get("api/namespaces/graph", {}));
    expect(error).toBeInstanceOf(KialiBadAnswer);
    expect(error.message).toContain("8 MB");
    expect(sent).toBeLessThan(40);
  });
  test("a redirect at / to another server is no web root", async () => {
    kiali.intercept = (_request, response) => {
      response.writeHead(302, { location: "https://login.example/" }).end();
      return true;
    };
    expect(await failure(connectKiali({ url: kiali.url }))).toMatchObject({ name: "KialiBadAnswer", message: expect.stringContaining("another server") });
  });
  test("not Kiali at all", async () => {
    const server = createServer((_request, response) => response.writeHead(404).end("nothing here"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await failure(connectKiali({ url: `http://127.0.0.1:${port}` }))).toMatchObject({
      name: "KialiBadAnswer",
      message: expect.stringContaining("is not Kiali"),
    });
    server.close();
  });
});

describe("login", () => {
  const TOKEN = "s3cr3t-token";
  let valid: string | null;
  let logins: number;
  let staleStatus: 401 | 500;

  beforeEach(() => {
    valid = null;
    logins = 0;
    staleStatus = 401;
    kiali.intercept = (request, response, url) => {
      const isLoggedIn = valid !== null && (request.headers.cookie ?? "").includes(`kiali-token-Kubernetes=${valid}`);
      if (url.pathname === "/kiali/api/auth/info") {
        sendRecording(response, readRecording("kiali-main", isLoggedIn ? "token-auth-info-logged-in" : "auth-info-token"));
        return true;
      }
      if (url.pathname === "/kiali/api/authenticate") {
        let body = "";
        request.on("data", (chunk) => {
          body += String(chunk);
        });
        request.on("end", () => {
          if (new URLSearchParams(body).get("token") !== TOKEN) return sendRecording(response, readRecording("kiali-main", "token-wrong"));
          logins++;
          valid = `session${logins}`;
          response.appendHeader("Set-Cookie", `kiali-token-Kubernetes=${valid}; Path=/kiali; HttpOnly; SameSite=Strict`);
          response.appendHeader("Set-Cookie", "kiali-token-Kubernetes-1=; Path=/kiali; Max-Age=0");
          response.end(JSON.stringify({ expiresOn: "2030-01-01T00:00:00Z", username: "istio-system:kiali-user" }));
        });
        return true;
      }
      if (isLoggedIn || url.pathname === "/") return false;
      sendRecording(response, readRecording("kiali-main", staleStatus === 401 ? "token-no-login" : "token-broken-cookie"));
      return true;
    };
  });

  test("token: logs in, keeps the cookie", async () => {
    const connection = await connectKiali({ url: kiali.url, token: async () => TOKEN });
    expect(connection.strategy).toBe("token");
    await connection.get("api/namespaces", {});
    expect(logins).toBe(1);
    await connection.close();
  });
  for (const status of [401, 500] as const) {
    test(`token: a session that ended (${status}) is renewed once, for all callers together`, async () => {
      const connection = await connectKiali({ url: kiali.url, token: async () => TOKEN });
      staleStatus = status;
      valid = "ended";
      const answers = await Promise.all([connection.get("api/namespaces", {}), connection.get("api/namespaces", {}), connection.get("api/namespaces", {})]);
      expect(answers).toHaveLength(3);
      expect(logins).toBe(2);
      await connection.close();
    });
  }
  test("token: a 500 with a good session is Kiali's own fault and no reason to log in", async () => {
    const connection = await connectKiali({ url: kiali.url, token: async () => TOKEN });
    const before = kiali.intercept;
    kiali.intercept = (request, response, url) => {
      if (url.pathname !== "/kiali/api/namespaces") return before?.(request, response, url) ?? false;
      response.writeHead(500, { "content-type": "text/plain" }).end("Internal Server Error\n");
      return true;
    };
    expect(await failure(connection.get("api/namespaces", {}))).toBeInstanceOf(KialiBadAnswer);
    expect(logins).toBe(1);
    await connection.close();
  });
  test("token: a wrong one", async () => {
    const error = await failure(connectKiali({ url: kiali.url, token: async () => "wr0ng" }));
    expect(error).toBeInstanceOf(KialiUnauthorized);
    expect(error.message).not.toContain("wr0ng");
  });
  test("token: none given", async () => {
    expect(await failure(connectKiali({ url: kiali.url }))).toMatchObject({ name: "KialiLoginNeeded", strategy: "token" });
  });
  for (const strategy of ["openid", "openshift", "something"]) {
    test(`${strategy}: says that it cannot`, async () => {
      kiali.intercept = (_request, response, url) => {
        if (url.pathname !== "/kiali/api/auth/info") return false;
        response.end(JSON.stringify({ strategy, sessionInfo: {} }));
        return true;
      };
      const error = await failure(connectKiali({ url: kiali.url, token: async () => TOKEN }));
      expect(error).toBeInstanceOf(KialiLoginNeeded);
      expect(error).toMatchObject({ strategy });
    });
  }
  test("header: the token goes with every request", async () => {
    kiali.intercept = (request, response, url) => {
      if (url.pathname === "/kiali/api/auth/info") response.end(JSON.stringify({ strategy: "header", sessionInfo: {} }));
      else if (url.pathname !== "/" && request.headers.authorization !== `Bearer ${TOKEN}`) response.writeHead(401).end("Unauthorized");
      else return false;
      return true;
    };
    const connection = await connectKiali({ url: kiali.url, token: async () => TOKEN });
    await connection.get("api/namespaces", {});
    await connection.close();
  });
});
