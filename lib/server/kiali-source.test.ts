import { request as sendRequest } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RecordedKiali, readRecording, sendRecording, startRecordedKiali } from "@/lib/kiali/recorded-kiali";
import { DEFAULT_MESH_CONFIG } from "@/lib/kubernetes/cluster-objects";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import type { ClusterObjects } from "./cluster";
import type { Config } from "./config";
import { createKialiSource, type KialiSource } from "./kiali-source";
import { type StandInCluster, startStandInCluster } from "./testdata/stand-in-cluster";

/** Finding a Kiali in a cluster and reaching it, by what the API server and Kiali were really asked. */

let kiali: RecordedKiali;
let cluster: StandInCluster;
let connection: KubernetesConnection;
const sources: KialiSource[] = [];

beforeEach(async () => {
  kiali = await startRecordedKiali("kiali-main");
  cluster = await startStandInCluster();
  connection = await connectKubernetes({ kubeconfigPath: cluster.kubeconfig });
  cluster.lists.set("/api/v1/services", []);
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
  await connection.close();
  await cluster.close();
  await kiali.close();
});

const objects = { config: DEFAULT_MESH_CONFIG } as ClusterObjects;
const none: Config["kiali"] = { url: null, tokenFile: null, caFile: null };

function find(settings: Partial<Config["kiali"]> = {}, inCluster = false): KialiSource {
  const source = createKialiSource(
    { kubeconfig: inCluster ? null : [cluster.kubeconfig], kiali: { ...none, ...settings }, namespaces: ["istioinaction"] },
    { connection, objects },
  );
  sources.push(source);
  return source;
}

const LABELS = { app: "kiali", "app.kubernetes.io/name": "kiali" };
function addService({
  namespace = "istio-system",
  name = "kiali",
  labels = LABELS as Record<string, string>,
  annotations = {},
  portName = "http",
  selector = { app: "kiali" } as object,
} = {}) {
  const service = {
    metadata: { namespace, name, labels, annotations },
    spec: {
      selector,
      ports: [
        { name: portName, port: 20001, targetPort: "api-port" },
        { name: "http-metrics", port: 9090 },
      ],
    },
  };
  cluster.lists.set("/api/v1/services", [...(cluster.lists.get("/api/v1/services") ?? []), service]);
}
function addPod({ ready = true, name = "kiali-abc" } = {}) {
  const path = "/api/v1/namespaces/istio-system/pods";
  const pod = {
    metadata: { namespace: "istio-system", name, labels: { app: "kiali" } },
    spec: { serviceAccountName: "kiali-account", containers: [{ name: "kiali", ports: [{ name: "api-port", containerPort: 20001 }] }] },
    status: { phase: "Running", podIP: "10.0.0.9", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
  cluster.lists.set(path, [...(cluster.lists.get(path) ?? []), pod]);
}
/** As the real one does: it keeps the Authorization header, and puts its own path before a redirection's. */
function openProxy() {
  cluster.proxy = (service, path, request, response) => {
    const proxyPath = `/api/v1/namespaces/${service.replace("/", "/services/")}/proxy`;
    const { authorization: _, host: __, ...headers } = request.headers;
    const passing = sendRequest(`${kiali.url}${path}`, { method: request.method, headers }, (answer) => {
      const { location } = answer.headers;
      response.writeHead(answer.statusCode ?? 0, { ...answer.headers, ...(location === undefined ? {} : { location: `${proxyPath}${location}` }) });
      answer.pipe(response);
    });
    request.pipe(passing);
  };
}
const kialiPort = () => Number(new URL(kiali.url).port);
const failure = (source: KialiSource) =>
  source.connector.connect().then(
    () => Promise.reject(new Error("it did not fail")),
    (error: Error) => error,
  );

describe("ways", () => {
  test("an address that was given is the only one that is asked, and nothing is looked for", async () => {
    addService();
    const source = find({ url: kiali.url });
    await source.connector.connect();
    expect(source.facts).toMatchObject({ url: `${kiali.url}/kiali`, reachedBy: "the address that was given", link: `${kiali.url}/kiali`, login: null });
    expect(cluster.requests).toEqual([]);
  });

  test("an address with a password in it is not used, and not shown", async () => {
    const source = find({ url: kiali.url.replace("//", "//me:secret@") });
    expect((await failure(source)).message).not.toContain("secret");
    expect(source.facts).toMatchObject({ url: null, link: null });
    expect(kiali.requests).toEqual([]);
  });

  test("without a Service Kiali is absent, with what was looked for", async () => {
    const error = await failure(find());
    expect(error).toMatchObject({ name: "KialiAbsent", message: expect.stringContaining("app.kubernetes.io/name=kiali") });
    expect(error.message).toContain("istio-system");
  });

  test("a Service is found by its labels, before one that only has the name, and reached through the API server's proxy with its web root", async () => {
    addService({ namespace: "elsewhere", labels: {} });
    addService({ name: "my-kiali" });
    openProxy();
    const source = find();
    const found = await source.connector.connect();
    expect(found).toMatchObject({ url: "http://my-kiali.istio-system.svc:20001/kiali", strategy: "anonymous" });
    await found.get("api/namespaces", {});
    expect(source.facts.reachedBy).toBe(`the API server's service proxy (${cluster.server}/api/v1/namespaces/istio-system/services/http:my-kiali:20001/proxy)`);
    expect(kiali.requests.at(-1)?.url.pathname).toBe("/kiali/api/namespaces");
    expect(kiali.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test("a Service by name alone will do, and the root namespace's comes first", async () => {
    addService({ namespace: "aaa", labels: {} });
    addService({ namespace: "istio-system", labels: {} });
    openProxy();
    const source = find();
    await source.connector.connect();
    expect(source.facts.url).toContain("kiali.istio-system.svc");
  });

  test("where Services of all namespaces may not be listed, those of the mesh's and Padlock's own namespaces are looked at", async () => {
    cluster.forbidden.push("/api/v1/services");
    cluster.lists.set("/api/v1/namespaces/istio-system/services", []);
    addService({ namespace: "istioinaction" });
    cluster.lists.set("/api/v1/namespaces/istioinaction/services", cluster.lists.get("/api/v1/services") ?? []);
    openProxy();
    const source = find();
    await source.connector.connect();
    expect(source.facts.url).toContain("kiali.istioinaction.svc");
  });

  test("an Ingress comes before the proxy, and its address is the link for a browser", async () => {
    addService();
    openProxy();
    const host = `localhost`;
    cluster.lists.set("/apis/networking.k8s.io/v1/namespaces/istio-system/ingresses", [
      {
        metadata: { namespace: "istio-system", name: "kiali" },
        spec: {
          rules: [{ host, http: { paths: [{ path: "/kiali(/|$)(.*)", pathType: "ImplementationSpecific", backend: { service: { name: "kiali" } } }] } }],
        },
      },
    ]);
    // Port 80 of this machine is nobody's: the next way is taken, and the door is still what a person is shown.
    const source = find();
    await source.connector.connect();
    expect(source.facts).toMatchObject({ link: "http://localhost/kiali", reachedBy: expect.stringContaining("service proxy") });
  });

  test("a name inside the cluster is asked only from inside a cluster", async () => {
    addService({ name: "kiali" });
    const outside = await failure(find());
    expect(outside.message).not.toContain("inside the cluster");
    const inside = await failure(find({}, true));
    expect(inside.message).toContain("its name inside the cluster (http://kiali.istio-system.svc:20001)");
  });

  test("without the right to the proxy, a port-forward to a ready pod is taken; no port of this machine listens for it", async () => {
    addService();
    addPod({ ready: false, name: "kiali-old" });
    addPod({ name: "kiali-new" });
    cluster.forbidden.push("/api/v1/namespaces/istio-system/services/");
    cluster.forwards.set("istio-system/kiali-new:20001", kialiPort());
    const source = find();
    const found = await source.connector.connect();
    expect(source.facts.reachedBy).toBe("a port-forward to a pod of Service istio-system/kiali");
    for (let round = 0; round < 20; round++) await found.get("api/namespaces", {});
    const streams = cluster.requests.filter(({ path }) => path.endsWith("/portforward"));
    expect(streams.length).toBeLessThanOrEqual(4);
    expect(streams.every(({ path }) => path.includes("kiali-new"))).toBe(true);
  });

  test("when no way leads there, each is named with its reason", async () => {
    addService();
    addPod();
    cluster.forbidden.push("/api/v1/namespaces/istio-system/services/");
    const { message, name } = await failure(find());
    expect(name).toBe("KialiUnreachable");
    expect(message).toContain("service proxy");
    expect(message).toContain("is forbidden");
    expect(message).toContain("by a port-forward to a pod of Service istio-system/kiali");
    expect(message).toContain("connection refused");
  });

  test("a Service without a named protocol is tried without TLS and with it", async () => {
    addService({ portName: "tcp", selector: {} });
    const asked: string[] = [];
    cluster.proxy = (service, _path, _request, response) => {
      asked.push(service);
      response.writeHead(400, { "content-type": "text/plain" }).end("Client sent an HTTP request to an HTTPS server.\n");
    };
    await failure(find());
    expect([...new Set(asked)]).toEqual(["istio-system/http:kiali:20001", "istio-system/https:kiali:20001"]);
  });

  test("an API server that does not answer is the cause that is told, not an absent Kiali", async () => {
    await cluster.close();
    const error = await failure(find());
    expect(error).toMatchObject({
      name: "KialiUnreachable",
      message: expect.stringMatching(/^Kiali cannot be looked for in the cluster: No answer from the Kubernetes API/),
    });
    cluster = await startStandInCluster();
  });

  test("a CA file that cannot be read is named", async () => {
    expect(await failure(find({ url: kiali.url, caFile: "/nowhere/ca.crt" }))).toMatchObject({ message: expect.stringContaining("/nowhere/ca.crt") });
  });
});

describe("login by token", () => {
  const TOKEN = "eyJhbGciOiJSUzI1NiJ9.a-token-of-the-account.signature";
  let accepted: string;
  beforeEach(() => {
    accepted = TOKEN;
    kiali.intercept = (request, response, url) => {
      const isIn = (request.headers.cookie ?? "").includes("kiali-token-Kubernetes=in");
      if (url.pathname === "/kiali/api/auth/info") {
        sendRecording(response, readRecording("kiali-main", isIn ? "token-auth-info-logged-in" : "auth-info-token"));
        return true;
      }
      if (url.pathname === "/kiali/api/authenticate") {
        let body = "";
        request.on("data", (chunk) => {
          body += String(chunk);
        });
        request.on("end", () => {
          if (new URLSearchParams(body).get("token") !== accepted) return sendRecording(response, readRecording("kiali-main", "token-wrong"));
          response.appendHeader("Set-Cookie", "kiali-token-Kubernetes=in; Path=/kiali; HttpOnly");
          response.end(JSON.stringify({ expiresOn: "2030-01-01T00:00:00Z", username: "kiali" }));
        });
        return true;
      }
      if (isIn || url.pathname === "/") return false;
      sendRecording(response, readRecording("kiali-main", "token-no-login"));
      return true;
    };
  });

  test("a token is asked of the API server for the account Kiali's pod runs as, where that is allowed, also through the service proxy", async () => {
    addService();
    addPod();
    openProxy();
    cluster.tokens.set("istio-system/kiali-account", TOKEN);
    const source = find();
    const found = await source.connector.connect();
    await found.get("api/namespaces", {});
    expect(found.strategy).toBe("token");
    expect(cluster.requests.filter(({ path }) => path.endsWith("/serviceaccounts/kiali-account/token"))).toHaveLength(1);
  });

  test("where it is not allowed nobody is asked for one; the page is told that a token would do, and one that is entered is kept", async () => {
    const source = find({ url: kiali.url });
    const error = await failure(source);
    expect(error).toMatchObject({ name: "KialiLoginNeeded", message: expect.stringContaining("wants a login with a token") });
    expect(source.facts.login).toEqual({ strategy: "token", takesToken: true });
    expect(cluster.requests.some(({ path }) => path.endsWith("/token"))).toBe(false);
    await source.enterToken(TOKEN);
    expect(source.facts).toMatchObject({ login: null, url: `${kiali.url}/kiali` });
  });

  test("a token that Kiali refuses is said to be refused and is not kept", async () => {
    const source = find({ url: kiali.url });
    await failure(source);
    const refusal = await source.enterToken("wr0ng-token").catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "refused-by-kiali",
      message: expect.stringMatching(/not valid, or it has expired \(HTTP 401\)\. It was not kept\.$/),
    });
    expect(JSON.stringify(refusal)).not.toContain("wr0ng");
    expect((await failure(source)).name).toBe("KialiLoginNeeded");
  });

  test("a login that has ended is renewed once; when the token is no longer good that is said", async () => {
    const source = find({ url: kiali.url });
    await source.enterToken(TOKEN);
    const found = await source.connector.connect();
    accepted = "another";
    const before = kiali.intercept;
    kiali.intercept = (request, response, url) => {
      delete request.headers.cookie;
      return before?.(request, response, url) ?? false;
    };
    const asked = kiali.requests.length;
    const error = await found.get("api/namespaces", {}).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "KialiUnauthorized", message: expect.stringContaining("not valid, or it has expired") });
    expect(kiali.requests.slice(asked).filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  test("a token that ended before its time, as when Kiali is installed anew, is asked for once more", async () => {
    addService();
    addPod();
    openProxy();
    cluster.tokens.set("istio-system/kiali-account", TOKEN);
    const asked = () => cluster.requests.filter(({ path }) => path.endsWith("/serviceaccounts/kiali-account/token")).length;
    const source = find();
    const found = await source.connector.connect();
    accepted = "the-token-of-the-new-account";
    cluster.tokens.set("istio-system/kiali-account", accepted);
    const answerAsKiali = kiali.intercept;
    let isOver = true;
    kiali.intercept = (request, response, url) => {
      // The cookie of the old login is worth nothing until a new one is set.
      if (url.pathname === "/kiali/api/authenticate") isOver = false;
      if (isOver) delete request.headers.cookie;
      return answerAsKiali?.(request, response, url) ?? false;
    };
    await found.get("api/namespaces", {});
    expect(asked()).toBe(2);

    isOver = true;
    accepted = "a token nobody has";
    expect(await found.get("api/namespaces", {}).catch((reason: unknown) => reason)).toMatchObject({ name: "KialiUnauthorized" });
    expect(asked()).toBe(3);
  });

  test("a token file is read anew at each login; one that is not there is named", async () => {
    const { writeFile, mkdtemp, rm } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const folder = await mkdtemp(`${tmpdir()}/padlock-token-`);
    const file = `${folder}/token`;
    const source = find({ url: kiali.url, tokenFile: file });
    expect((await failure(source)).message).toBe(`The file with Kiali's token, ${file}, cannot be read (ENOENT)`);
    await writeFile(file, "an-old-one");
    expect((await failure(source)).name).toBe("KialiUnauthorized");
    await writeFile(file, `${TOKEN}\n`);
    await source.connector.connect();
    expect(source.facts.login).toBeNull();
    await rm(folder, { recursive: true });
  });

  test.each(["openid", "openshift"])("%s: a clear sentence, and the link to Kiali's own pages", async (strategy) => {
    kiali.intercept = (_request, response, url) => {
      if (url.pathname !== "/kiali/api/auth/info") return false;
      response.end(JSON.stringify({ strategy, sessionInfo: {} }));
      return true;
    };
    addService({ annotations: { "kiali.io/external-url": "https://kiali.example/kiali" } });
    openProxy();
    const source = find();
    const error = await failure(source);
    expect(error).toMatchObject({ name: "KialiLoginNeeded", message: expect.stringContaining("Policies and calls go on without it") });
    expect(source.facts).toMatchObject({ link: "https://kiali.example/kiali", login: { strategy, takesToken: false } });
  });

  test("header: the proxy keeps the header to itself, so a port-forward is taken", async () => {
    kiali.intercept = (request, response, url) => {
      if (url.pathname === "/kiali/api/auth/info") response.end(JSON.stringify({ strategy: "header", sessionInfo: {} }));
      else if (url.pathname !== "/" && request.headers.authorization !== `Bearer ${accepted}`) response.writeHead(401).end("Unauthorized");
      else return false;
      return true;
    };
    addService();
    addPod();
    openProxy();
    cluster.forwards.set("istio-system/kiali-abc:20001", kialiPort());
    cluster.tokens.set("istio-system/kiali-account", TOKEN);
    const source = find();
    const found = await source.connector.connect();
    expect(source.facts.reachedBy).toContain("port-forward");
    await found.get("api/namespaces", {});
    accepted = "the-token-of-the-new-account";
    cluster.tokens.set("istio-system/kiali-account", accepted);
    await found.get("api/namespaces", {});
  });
});
