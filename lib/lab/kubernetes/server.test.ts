import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { RESOURCE } from "../objects";
import { createKubernetesApi, type KubernetesApi } from "./server";
import { ADMIN_TOKEN, createTestDataPlane, createTestStore, createTestTls, SLEEP_POD, TOKENS, VIEWER_TOKEN, WEB_API_POD } from "./test-cluster";

/** What needs a socket: TLS, limits, exec, followed logs, the end of a watch. */

const store = createTestStore();
const dataPlane = createTestDataPlane();
let api: KubernetesApi;
let tls: { key: string; cert: string };
let port = 0;

beforeAll(async () => {
  tls = await createTestTls();
  api = createKubernetesApi({ store, dataPlane, tokens: TOKENS, tls });
  ({ port } = await api.listen(0, "127.0.0.1"));
});
afterAll(() => api.close());

interface HttpAnswer {
  status: number;
  text: string;
}

function send(
  method: string,
  path: string,
  { token = ADMIN_TOKEN, body, headers = {} }: { token?: string; body?: Buffer | string; headers?: Record<string, string> } = {},
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: "127.0.0.1", port, ca: tls.cert, method, path, headers: { authorization: `Bearer ${token}`, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const exec = (pod: string, query: string, protocol: string | string[] = "v5.channel.k8s.io", token = ADMIN_TOKEN) =>
  new WebSocket(`wss://127.0.0.1:${port}/api/v1/namespaces/istioinaction/pods/${pod}/exec?${query}`, protocol, {
    ca: tls.cert,
    headers: { authorization: `Bearer ${token}` },
  });

interface ExecResult {
  output: Record<number, string>;
  status: { status: string; reason?: string; message?: string; details?: unknown };
  closeCode: number;
}

function finish(socket: WebSocket): Promise<ExecResult> {
  const output: Record<number, string> = {};
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data: Buffer) => {
      const channel = data[0] ?? -1;
      output[channel] = (output[channel] ?? "") + data.subarray(1).toString();
    });
    socket.on("close", (closeCode) => resolve({ output, status: JSON.parse(output[3] || "{}"), closeCode }));
  });
}

/** The status a refused upgrade was answered with. */
function refusal(socket: WebSocket): Promise<{ code: number; message: string }> {
  return new Promise((resolve, reject) => {
    socket.on("error", () => {});
    socket.on("open", () => reject(new Error("the upgrade was accepted")));
    socket.on("unexpected-response", (_request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
  });
}

test("the certificate is the given one, and a client without its CA refuses it", async () => {
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => connectTls({ host: "127.0.0.1", port }).on("error", resolve));
  expect(error.code).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  expect((await send("GET", "/readyz")).text).toBe("ok");
});

test("the node has the address the API listens on", async () => {
  const { text } = await send("GET", "/api/v1/nodes/padlock-lab");
  expect(JSON.parse(text)).toMatchObject({ status: { addresses: [{ type: "InternalIP", address: "127.0.0.1" }, { type: "Hostname" }] } });
});

test.each(["v5.channel.k8s.io", "v4.channel.k8s.io"])("a command runs over %s", async (protocol) => {
  const socket = exec(WEB_API_POD, "command=echo&command=a&command=b&container=web-api&stdout=true&stderr=true", protocol);
  const { output, status, closeCode } = await finish(socket);
  expect([socket.protocol, output[1], output[2], status, closeCode]).toEqual([protocol, "a b\n", undefined, { metadata: {}, status: "Success" }, 1000]);
});

test("an exit code comes as a status with its cause", async () => {
  const { output, status } = await finish(exec(WEB_API_POD, "command=exit&command=56&stdout=true&stderr=true"));
  expect(output[2]).toBe("bye\n");
  expect(status).toMatchObject({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: "56" }] } });
});

test("a program that is not there is 127, with the runtime's words on stderr", async () => {
  const { output, status } = await finish(exec(WEB_API_POD, "command=nmap&stdout=true&stderr=true"));
  expect(output[2]).toBe('exec: "nmap": executable file not found in $PATH\n');
  expect(status.details).toEqual({ causes: [{ reason: "ExitCode", message: "127" }] });
});

test("stdin is read until the client closes its channel", async () => {
  const socket = exec(WEB_API_POD, "command=cat&stdin=true&stdout=true");
  const finished = finish(socket);
  socket.on("open", () => {
    for (const part of ["one ", "two"]) socket.send(Buffer.concat([Buffer.of(0), Buffer.from(part)]));
    socket.send(Buffer.of(255, 0));
  });
  const { output, status } = await finished;
  expect([output[1], status.status]).toEqual(["one two", "Success"]);
});

test("a caller that hangs up ends the command", async () => {
  const before = dataPlane.aborted;
  const socket = exec(WEB_API_POD, "command=wait&stdout=true");
  await new Promise((resolve) => socket.on("message", resolve));
  socket.terminate();
  await expect.poll(() => dataPlane.aborted).toBe(before + 1);
});

test("the default container is the annotated one, else the first", async () => {
  const seen: string[] = [];
  const watching = createKubernetesApi({
    store,
    tokens: TOKENS,
    tls,
    dataPlane: {
      ...dataPlane,
      exec: async ({ container }) => {
        seen.push(container);
        return 0;
      },
    },
  });
  const { port: otherPort } = await watching.listen(0, "127.0.0.1");
  const run = () =>
    finish(
      new WebSocket(`wss://127.0.0.1:${otherPort}/api/v1/namespaces/istioinaction/pods/${WEB_API_POD}/exec?command=id&stdout=true`, "v5.channel.k8s.io", {
        ca: tls.cert,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      }),
    );
  await run();
  const pod = store.get(RESOURCE.pods, "istioinaction", WEB_API_POD);
  if (!pod) throw new Error("the scenario has no such pod");
  store.put(RESOURCE.pods, { ...pod, metadata: { ...pod.metadata, annotations: { "kubectl.kubernetes.io/default-container": "istio-proxy" } } });
  await run();
  store.put(RESOURCE.pods, pod);
  await watching.close();
  expect(seen).toEqual(["web-api", "istio-proxy"]);
});

test.each([
  ["a pod that is not there", "none", "command=id&stdout=true", "v5.channel.k8s.io", 404, 'pods "none" not found'],
  [
    "a container that is not there",
    WEB_API_POD,
    "command=id&stdout=true&container=x",
    "v5.channel.k8s.io",
    400,
    `container x is not valid for pod ${WEB_API_POD}`,
  ],
  ["no stream at all", WEB_API_POD, "command=id", "v5.channel.k8s.io", 400, "you must specify at least 1 of stdin, stdout, stderr"],
  ["no command", WEB_API_POD, "stdout=true", "v5.channel.k8s.io", 400, "you must specify a command for the container"],
  ["an unknown protocol", WEB_API_POD, "command=id&stdout=true", "v9.channel.k8s.io", 400, "over websockets with v5.channel.k8s.io or v4.channel.k8s.io only"],
])("exec is refused for %s", async (_what, pod, query, protocol, code, message) => {
  expect(await refusal(exec(pod, query, protocol))).toMatchObject({ code, message: expect.stringContaining(message) });
});

test("exec needs a right and a known token", async () => {
  const query = "command=id&stdout=true";
  expect(await refusal(exec(WEB_API_POD, query, "v5.channel.k8s.io", VIEWER_TOKEN))).toMatchObject({
    code: 403,
    message: `pods "${WEB_API_POD}" is forbidden: User "viewer" cannot get resource "pods/exec" in API group "" in the namespace "istioinaction"`,
  });
  expect((await refusal(exec(WEB_API_POD, query, "v5.channel.k8s.io", "nobody"))).code).toBe(401);
});

test("logs: the last lines, a choice of containers, and bad numbers", async () => {
  const path = (namespace: string, pod: string, query: string) => `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`;
  expect(await send("GET", path("default", SLEEP_POD, "tailLines=2"))).toEqual({ status: 200, text: "second line\nthird line\n" });
  const several = await send("GET", path("istioinaction", WEB_API_POD, ""));
  expect([several.status, JSON.parse(several.text).message]).toEqual([
    400,
    `a container name must be specified for pod ${WEB_API_POD}, choose one of: [web-api istio-proxy]`,
  ]);
  expect((await send("GET", path("istioinaction", "none", ""))).status).toBe(404);
  const negative = await send("GET", path("default", SLEEP_POD, "tailLines=-1"));
  expect([negative.status, JSON.parse(negative.text).message]).toEqual([
    422,
    `PodLogOptions "${SLEEP_POD}" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0`,
  ]);
});

test("a followed log goes on until the reader hangs up", async () => {
  const lines: string[] = [];
  const path = `/api/v1/namespaces/istioinaction/pods/${WEB_API_POD}/log?container=istio-proxy&follow=true&tailLines=1`;
  const request = httpsRequest(
    { host: "127.0.0.1", port, ca: tls.cert, path, headers: { authorization: `Bearer ${ADMIN_TOKEN}` }, agent: false },
    (response) => {
      response.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
      response.on("error", () => {});
    },
  );
  request.on("error", () => {});
  request.end();
  await expect.poll(() => lines.join("")).toBe("third line\n");
  dataPlane.addLogLine("fourth line");
  await expect.poll(() => lines.join("")).toBe("third line\nfourth line\n");
  request.destroy();
});

test("a watcher sees a write within a few milliseconds", async () => {
  const arrived: number[] = [];
  const path = `/apis/security.istio.io/v1/peerauthentications?watch=true&resourceVersion=${store.currentRevision()}`;
  const request = httpsRequest({ host: "127.0.0.1", port, ca: tls.cert, path, headers: { authorization: `Bearer ${ADMIN_TOKEN}` }, agent: false });
  request.on("error", () => {});
  await new Promise<void>((resolve) => {
    request.on("response", (response) => {
      response.on("data", () => arrived.push(performance.now()));
      response.on("error", () => {});
      resolve();
    });
    request.end();
  });
  const written = performance.now();
  store.put(RESOURCE.peerAuthentications, {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "seen", namespace: "default" },
    spec: {},
  });
  await expect.poll(() => arrived.length).toBe(1);
  expect((arrived[0] ?? Number.POSITIVE_INFINITY) - written).toBeLessThan(500);
  store.remove(RESOURCE.peerAuthentications, "default", "seen");
  request.destroy();
});

test("a body above 3 MB is 413, announced or not, and the server lives on", async () => {
  const path = "/api/v1/namespaces/default/configmaps";
  const body = Buffer.alloc(3 * 1024 * 1024 + 1, "x");
  const announced = await send("POST", path, { body, headers: { "content-type": "application/json" } });
  expect([announced.status, JSON.parse(announced.text).message]).toEqual([413, "Request entity too large: limit is 3145728"]);
  const chunked = await send("POST", path, { body, headers: { "content-type": "application/json", "transfer-encoding": "chunked" } });
  expect(chunked.status).toBe(413);
  expect((await send("GET", "/livez")).status).toBe(200);
});

test.each(["TRACE", "OPTIONS"])("%s is not a verb of the API", async (method) => {
  expect([404, 405]).toContain((await send(method, "/api/v1/namespaces")).status);
});

test("noise on the port is dropped and the server lives on", async () => {
  await new Promise<void>((resolve) => {
    const socket = connectTcp(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n"));
    socket
      .on("close", () => resolve())
      .on("error", () => {})
      .resume();
  });
  expect((await send("GET", "/api/v1/%E0%A4%A")).status).toBe(400);
  expect((await send("GET", "/livez")).status).toBe(200);
});

test("closing ends watches and commands under way", async () => {
  const closing = createKubernetesApi({ store, dataPlane, tokens: TOKENS, tls });
  const { port: otherPort } = await closing.listen(0, "127.0.0.1");
  const options = { ca: tls.cert, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };
  const command = new WebSocket(
    `wss://127.0.0.1:${otherPort}/api/v1/namespaces/istioinaction/pods/${WEB_API_POD}/exec?command=wait&stdout=true`,
    "v5.channel.k8s.io",
    options,
  );
  await new Promise((resolve) => command.on("message", resolve));
  const ended = new Promise<void>((resolve) => {
    httpsRequest({ host: "127.0.0.1", port: otherPort, path: "/api/v1/pods?watch=true", agent: false, ...options }, (response) => {
      response.once("data", () => void closing.close());
      response.on("error", () => {}).on("close", () => resolve());
    })
      .on("error", () => {})
      .end();
  });
  const hungUp = new Promise<void>((resolve) => command.on("error", () => {}).on("close", () => resolve()));
  await Promise.all([ended, hungUp]);
});
