import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLabCertificates } from "@/lib/lab/network/certificates";
import { createKialiConnector, type KialiConnector, type KialiWay } from "./connector";
import { KialiAbsent } from "./errors";
import { type RecordedKiali, readRecording, sendRecording, startRecordedKiali } from "./recorded-kiali";

let kiali: RecordedKiali;
let connector: KialiConnector | null = null;
beforeEach(async () => {
  kiali = await startRecordedKiali("kiali-main");
});
afterEach(async () => {
  await connector?.close();
  await kiali.close();
});

const way = (over: Partial<KialiWay> = {}): KialiWay => ({ url: kiali.url, says: "a way", link: null, takesToken: true, ...over });
const connectBy = (...ways: KialiWay[]) => {
  connector = createKialiConnector({ findWays: async () => ways, token: async () => "a-token" });
  return connector;
};
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error,
  );

test("the first way that leads to a Kiali is taken, the others are not asked", async () => {
  const asked = connectBy(way({ url: "http://127.0.0.1:1", says: "a door nobody opens" }), way({ says: "the way" }), way({ url: "http://127.0.0.1:2" }));
  await asked.connect();
  expect(asked.current?.way.says).toBe("the way");
});

test("a login page on the way is no Kiali: the next way is taken", async () => {
  const host = new URL(kiali.url).host;
  kiali.intercept = (request, response) => {
    if (request.headers.host === host) return false;
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>Sign in");
    return true;
  };
  const asked = connectBy(way({ url: kiali.url.replace("127.0.0.1", "localhost"), says: "a page" }), way({ says: "the way" }));
  await asked.connect();
  expect(asked.current?.way.says).toBe("the way");
});

test("no token goes where others could read it: the next way is asked, and when there is none the login is what is missing", async () => {
  const posts: string[] = [];
  kiali.intercept = (request, response, url) => {
    if (url.pathname === "/") return false;
    if (request.method === "POST") posts.push(request.headers.host ?? "");
    if (url.pathname === "/kiali/api/auth/info") sendRecording(response, readRecording("kiali-main", "auth-info-token"));
    else if (url.pathname === "/kiali/api/authenticate") response.setHeader("Set-Cookie", "kiali-token=1").end("{}");
    else return false;
    return true;
  };
  const open = way({ url: kiali.url.replace("127.0.0.1", "localhost"), says: "an open door", takesToken: false });
  const asked = connectBy(open, way({ says: "the way" }));
  await asked.connect();
  expect(asked.current?.way.says).toBe("the way");
  expect(posts).toEqual([new URL(kiali.url).host]);
  await asked.close();
  const alone = connectBy(open);
  expect(await failure(alone.connect())).toMatchObject({ name: "KialiLoginNeeded", strategy: "token" });
  expect(alone.loginMissing).toMatchObject({ strategy: "token", way: { says: "an open door" } });
  expect(posts).toHaveLength(1);
  const again = failure(alone.connect());
  expect(alone.loginMissing, "while it is tried again").not.toBeNull();
  await again;
});

test("all ways closed: each is named with its reason; no way at all: absent", async () => {
  await kiali.close();
  const error = await failure(connectBy(way({ says: "a door" }), way({ url: "http://kiali.invalid", says: "a name" })).connect());
  expect(error).toMatchObject({ name: "KialiUnreachable", message: expect.stringMatching(/by a door: .*refused.*; by a name: .*cannot be found/) });
  expect(await failure(connectBy().connect())).toBeInstanceOf(KialiAbsent);
});

test("ways are looked for again after three failures in a row, for a pod may have been replaced", async () => {
  let looked = 0;
  connector = createKialiConnector({
    findWays: async () => {
      looked++;
      return [way()];
    },
  });
  const first = await connector.connect();
  kiali.intercept = (_request, response) => {
    response.socket?.destroy();
    return true;
  };
  for (let round = 0; round < 3; round++) {
    expect(connector.current?.connection).toBe(first);
    await failure(first.get("api/namespaces", {}));
  }
  expect(connector.current).toBeNull();
  kiali.intercept = null;
  await connector.connect();
  expect(looked).toBe(2);
});

test("what is given up is found and logged in to anew", async () => {
  const asked = connectBy(way());
  const first = await asked.connect();
  expect(await asked.connect()).toBe(first);
  asked.forget();
  expect(await asked.connect()).not.toBe(first);
});

test("https: an own authority is trusted when it is given, and named as not trusted when not; the same over a stream that somebody else opens", async () => {
  const { kubernetes } = await createLabCertificates();
  const server = createServer(
    await kubernetes.issueServer({ commonName: "kiali", dns: ["localhost", "kiali.istio-system.svc"], ip: [] }),
    (request, response) => {
      const passing = fetch(`${kiali.url}${request.url}`, { redirect: "manual" });
      void passing.then(async (answer) => {
        const location = answer.headers.get("location");
        response.writeHead(answer.status, location === null ? {} : { location }).end(await answer.text());
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ca = kubernetes.certificate;
  const url = `https://localhost:${port}`;
  const trusting = connectBy(way({ url, ca }));
  expect((await trusting.connect()).url).toBe(`${url}/kiali`);
  await trusting.close();
  expect(await failure(connectBy(way({ url })).connect())).toMatchObject({ name: "KialiUnreachable", message: expect.stringContaining("is not trusted") });

  const dial = async () => connect(port, "127.0.0.1");
  const forwarded = connectBy(way({ url: "https://kiali.istio-system.svc:20001", ca, dial }));
  expect((await forwarded.connect()).url).toBe("https://kiali.istio-system.svc:20001/kiali");
  await forwarded.close();
  expect(await failure(connectBy(way({ url: "https://another.name:20001", ca, dial })).connect())).toMatchObject({
    message: expect.stringContaining("is not trusted"),
  });
  server.close();
  server.closeAllConnections();
});
