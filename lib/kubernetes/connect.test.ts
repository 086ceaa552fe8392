import { chmodSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { connectKubernetes, type KubernetesConnection } from "./connect";
import { BadAnswerError, ClusterUnreachableError, KubeconfigError, NotFoundError } from "./errors";
import { toPath } from "./paths";
import { answerJson, COLLECTION, FaultServer, status } from "./testdata/fault-server";

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of endings.splice(0).reverse()) await end();
});

async function startServer(): Promise<FaultServer> {
  const server = new FaultServer();
  await server.start();
  server.writeKubeconfig();
  endings.push(() => server.close());
  return server;
}

async function connect(server: FaultServer): Promise<KubernetesConnection> {
  const connection = await connectKubernetes({ kubeconfigPath: server.kubeconfigPath });
  endings.push(() => connection.close());
  return connection;
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error,
  );

test("client-node runs on undici 7: 8 does not load on Node 20", async () => {
  const clientNode = createRequire(fileURLToPath(import.meta.resolve("@kubernetes/client-node")));
  const { version } = clientNode("undici/package.json");
  expect(version).toMatch(/^7\./);
  expect((await import("@kubernetes/client-node")).KubeConfig).toBeTypeOf("function");
});

test("a KUBECONFIG in the environment is never read", async () => {
  const server = await startServer();
  vi.stubEnv("KUBECONFIG", server.kubeconfigPath);
  const missing = join(server.directory, "none");
  expect(await failure(connectKubernetes({ kubeconfigPath: missing }))).toMatchObject({
    name: "KubeconfigError",
    message: `Kubeconfig ${missing}: there is no such file`,
  });
});

test("an unknown context is refused with those that exist", async () => {
  const server = await startServer();
  const error = await failure(connectKubernetes({ kubeconfigPath: server.kubeconfigPath, context: "prod" }));
  expect(error).toBeInstanceOf(KubeconfigError);
  expect(error).toMatchObject({ contexts: ["faults"], message: expect.stringContaining('no context "prod"; it has faults') });
});

const CLUSTER = { name: "c", cluster: { server: "https://127.0.0.1:1" } };
const CONTEXT = { name: "x", context: { cluster: "c", user: "u" } };

test.each([
  ["not YAML", "{{{", "not a kubeconfig"],
  ["a directory's worth of text", "x".repeat(1024 * 1024 + 1), "more than 1048576 is not read"],
  ["no current context", JSON.stringify({ clusters: [CLUSTER], contexts: [CONTEXT], users: [] }), "names no current context; it has x"],
  ["an unknown cluster", JSON.stringify({ contexts: [CONTEXT], "current-context": "x" }), "names a cluster that is not in the file"],
  ["an unknown user", JSON.stringify({ clusters: [CLUSTER], contexts: [CONTEXT], "current-context": "x" }), 'names the user "u"'],
  [
    "a program for credentials",
    JSON.stringify({ clusters: [CLUSTER], contexts: [CONTEXT], "current-context": "x", users: [{ name: "u", user: { exec: { command: "evil" } } }] }),
    'wants to run the program "evil"',
  ],
  [
    "a token over plain http",
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: "http://127.0.0.1:1" } }],
      contexts: [CONTEXT],
      "current-context": "x",
      users: [{ name: "u", user: { token: "t" } }],
    }),
    "HTTP protocol is not allowed",
  ],
])("B35: a kubeconfig with %s is refused with a sentence", async (_, text, sentence) => {
  const server = await startServer();
  writeFileSync(server.kubeconfigPath, text);
  const error = await failure(connectKubernetes({ kubeconfigPath: server.kubeconfigPath }));
  expect(error).toBeInstanceOf(KubeconfigError);
  expect(String(error)).toContain(sentence);
});

test("B35: what is risky about a kubeconfig is said, and no credential is", async () => {
  const server = await startServer();
  chmodSync(server.kubeconfigPath, 0o644);
  const { target } = await connect(server);
  expect(target).toMatchObject({ context: "faults", user: "tester", server: `http://127.0.0.1:${server.port}` });
  expect(target.warnings).toEqual([expect.stringContaining("can be read by every user"), expect.stringContaining("is not verified")]);
  expect(JSON.stringify(target)).not.toContain("token-1");
});

test("many requests share few connections", async () => {
  const server = await startServer();
  const ports = new Set<number | undefined>();
  server.fault = (_, response) => {
    ports.add(response.socket?.remotePort);
    return false;
  };
  const connection = await connect(server);
  for (let call = 0; call < 50; call++) await connection.request({ path: COLLECTION });
  expect(ports.size).toBeLessThanOrEqual(2);
});

test("a token file is read again when the token in it was rotated", async () => {
  const server = await startServer();
  const tokenFile = join(server.directory, "token");
  writeFileSync(tokenFile, "old\n");
  const config = JSON.parse(readFileSync(server.kubeconfigPath, "utf8"));
  config.users = [{ name: "tester", user: { tokenFile: "token" } }];
  writeFileSync(server.kubeconfigPath, JSON.stringify(config));
  let accepted = "Bearer old";
  server.fault = (request, response) => {
    if (request.authorization === accepted) return false;
    answerJson(response, 401, status(401, "Unauthorized", "Unauthorized"));
    return true;
  };
  const connection = await connect(server);
  await connection.request({ path: COLLECTION });
  writeFileSync(tokenFile, "new\n");
  accepted = "Bearer new";
  await connection.request({ path: COLLECTION });
  expect(server.requests.map(({ authorization }) => authorization)).toEqual(["Bearer old", "Bearer old", "Bearer new"]);
});

test("a server that moved is found when its kubeconfig was written again", async () => {
  const server = await startServer();
  const connection = await connect(server);
  await connection.request({ path: COLLECTION });
  await server.stop();
  expect(await failure(connection.request({ path: COLLECTION }))).toBeInstanceOf(ClusterUnreachableError);
  server.port = 0;
  await server.start();
  server.writeKubeconfig();
  utimesSync(server.kubeconfigPath, new Date(), new Date(Date.now() + 2000));
  await connection.request({ path: COLLECTION });
  expect(connection.target.server).toBe(`http://127.0.0.1:${server.port}`);
});

test("an answer over its cap is cut off, with and without a length", async () => {
  const server = await startServer();
  const connection = await connect(server);
  for (const headers of [{ "content-length": "2000000" }, undefined]) {
    server.fault = (_, response) => {
      response.writeHead(200, headers);
      response.end("x".repeat(2_000_000));
      return true;
    };
    const error = await failure(connection.request({ path: COLLECTION }));
    expect(error).toBeInstanceOf(BadAnswerError);
    expect(String(error)).toContain("larger than 1048576 bytes");
  }
  server.fault = null;
  await connection.request({ path: COLLECTION });
});

test.each([
  ["a login page", 200, "<html>login</html>", "it is not JSON"],
  ["a redirection", 302, "", "HTTP 302"],
])("%s is no answer", async (_, code, body, sentence) => {
  const server = await startServer();
  const connection = await connect(server);
  server.fault = (_request, response) => {
    response.writeHead(code, { location: "http://169.254.169.254/" }).end(body);
    return true;
  };
  const error = await failure(connection.request({ path: COLLECTION }));
  expect(error).toBeInstanceOf(BadAnswerError);
  expect(String(error)).toContain(sentence);
  expect(server.requests).toHaveLength(1);
});

test("a server that does not answer is given up in time, and a cancelled request at once", async () => {
  const server = await startServer();
  const connection = await connect(server);
  server.fault = () => true;
  const error = await failure(connection.request({ path: COLLECTION, timeoutMs: 100 }));
  expect(error).toBeInstanceOf(ClusterUnreachableError);
  expect(String(error)).toContain("no answer within 100 ms");
  const controller = new AbortController();
  // On a busy machine the first may have been given up before the server saw it.
  const before = server.requests.length;
  const cancelled = failure(connection.request({ path: COLLECTION, signal: controller.signal }));
  await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(before));
  const startedAt = performance.now();
  controller.abort("enough");
  expect(await cancelled).toBe("enough");
  expect(performance.now() - startedAt).toBeLessThan(100);
});

test("closing ends what is under way", async () => {
  const server = await startServer();
  const connection = await connectKubernetes({ kubeconfigPath: server.kubeconfigPath });
  server.fault = () => true;
  const pending = failure(connection.request({ path: COLLECTION }));
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  await connection.close();
  expect(await pending).toMatchObject({ name: "AbortError" });
});

test("a name cannot leave its place in a path, and a missing object is named", async () => {
  expect(toPath({ group: "", version: "v1", plural: "pods", namespace: "a/b?c", name: "x?fieldManager=y&force=true" })).toBe(
    "/api/v1/namespaces/a%2Fb%3Fc/pods/x%3FfieldManager%3Dy%26force%3Dtrue",
  );
  expect(() => toPath({ group: "", version: "v1", plural: "pods", namespace: "..", name: "x" })).toThrow(RangeError);
  const server = await startServer();
  expect(await failure((await connect(server)).request({ path: "/nothing" }))).toBeInstanceOf(NotFoundError);
});
