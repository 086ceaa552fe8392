import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { connectKubernetes } from "./connect";
import type { KubeconfigChoice } from "./credentials";
import { execInPod } from "./exec";
import { type Authority, createAuthority, createFolder, startProxy, startTlsApi, toKubeconfig } from "./testdata/tls-api";

/** Every kind of credential against a real TLS server that says how it was asked. */

let authority: Authority;
beforeAll(async () => {
  authority = await createAuthority();
});
const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of endings.splice(0).reverse()) await end();
});

function keep<T extends { close(): Promise<unknown> }>(thing: T): T {
  endings.push(() => thing.close());
  return thing;
}

async function setUp(options: Parameters<typeof startTlsApi>[1] = {}) {
  const api = keep(await startTlsApi(authority, options));
  const folder = keep(createFolder());
  const cluster = { server: api.server, "certificate-authority-data": base64(authority.pem) };
  const ask = async (user: object, more: { cluster?: object; choice?: Partial<KubeconfigChoice> } = {}) => {
    const kubeconfigPath = folder.write("config", toKubeconfig({ ...cluster, ...more.cluster }, user));
    const connection = keep(await connectKubernetes({ kubeconfigPath, ...more.choice }));
    await connection.request({ path: "/version" });
    return connection;
  };
  return { api, folder, cluster, ask };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const failure = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Error) => error,
  );
const toJwt = (claims: object) => `${base64('{"alg":"none"}')}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

test("client certificates, in the kubeconfig and in files beside it", async () => {
  const { api, folder, ask } = await setUp();
  const { cert, key } = await authority.issue("jane");
  await ask({ "client-certificate-data": base64(cert), "client-key-data": base64(key) });
  folder.write("jane.crt", cert);
  folder.write("jane.key", key);
  folder.write("ca.crt", authority.pem);
  await ask(
    { "client-certificate": "jane.crt", "client-key": "jane.key" },
    { cluster: { "certificate-authority-data": undefined, "certificate-authority": "ca.crt" } },
  );
  expect(api.seen.map(({ client }) => client)).toEqual(["jane", "jane"]);
  expect(String(await failure(ask({ "client-certificate": "gone.crt", "client-key": "jane.key" })))).toContain(
    "gone.crt cannot be used (there is no such file)",
  );
});

test("a token, a name with a password, and somebody to act as", async () => {
  const { api, ask } = await setUp();
  await ask({ token: "abc" });
  await ask({ username: "jane", password: "secret" });
  await ask({ token: "abc", as: "joe", "as-uid": "7", "as-groups": ["dev", "ops"], "as-user-extra": { why: ["test"] } });
  expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer abc", `Basic ${base64("jane:secret")}`, "Bearer abc"]);
  expect(api.seen[2]?.headers).toMatchObject({
    "impersonate-user": "joe",
    "impersonate-uid": "7",
    "impersonate-group": "dev, ops",
    "impersonate-extra-why": "test",
  });
});

test("a token file comes before a token; while it is gone the reason is said", async () => {
  const { api, folder, ask } = await setUp();
  folder.write("token", "from-file\n");
  await ask({ tokenFile: "token", token: "other" });
  expect(api.seen[0]?.headers.authorization).toBe("Bearer from-file");
  const error = await failure(ask({ tokenFile: "none" }));
  expect(error).toMatchObject({ name: "CredentialsError", message: expect.stringContaining("none of the token cannot be read (there is no such file)") });
});

test("the server's certificate: its CA, another name to expect, and a warning when it is not looked at", async () => {
  const { api, ask } = await setUp({ name: "api.example", ip: "127.9.9.9" });
  expect(String(await failure(ask({ token: "abc" })))).toContain("its certificate is for another name");
  const other = base64((await createAuthority()).pem);
  expect(String(await failure(ask({ token: "abc" }, { cluster: { "certificate-authority-data": other } })))).toContain("is not signed by the kubeconfig's CA");
  await ask({ token: "abc" }, { cluster: { "tls-server-name": "api.example" } });
  expect(api.seen[0]?.serverName).toBe("api.example");
  const { target } = await ask({ token: "abc" }, { cluster: { "certificate-authority-data": undefined, "insecure-skip-tls-verify": true } });
  expect(target.warnings).toEqual([`The certificate of ${api.server} is not verified (insecure-skip-tls-verify)`]);
});

/** A credential plugin that prints what it was given, and counts its runs. */
function writePlugin(folder: ReturnType<typeof createFolder>, body: string): string {
  return folder.write("plugin", `#!/bin/sh\necho run >> "${folder.path}/runs"\nprintf %s "$KUBERNETES_EXEC_INFO" > "${folder.path}/info"\n${body}\n`, 0o700);
}
const toExec = (command: string, more: object = {}) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", interactiveMode: "IfAvailable", command, ...more },
});
const print = (status: object, version = "v1") =>
  `cat <<'EOF'\n${JSON.stringify({ apiVersion: `client.authentication.k8s.io/${version}`, kind: "ExecCredential", status })}\nEOF`;
const allow = { choice: { allowExecPlugin: true } };

test.each(["v1", "v1beta1"])("a program that prints a token (%s) is run once, with the cluster when it asks for it", async (version) => {
  const { api, folder, cluster, ask } = await setUp();
  writePlugin(folder, print({ token: "from-program" }, version));
  const user = {
    exec: { apiVersion: `client.authentication.k8s.io/${version}`, command: "./plugin", provideClusterInfo: true, env: [{ name: "WHO", value: "jane" }] },
  };
  const connection = await ask(user, allow);
  await connection.request({ path: "/api" });
  expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer from-program", "Bearer from-program"]);
  const { readFileSync } = await import("node:fs");
  expect(readFileSync(join(folder.path, "runs"), "utf8")).toBe("run\n");
  expect(JSON.parse(readFileSync(join(folder.path, "info"), "utf8"))).toMatchObject({ kind: "ExecCredential", spec: { interactive: false, cluster } });
  expect(connection.target.warnings.join()).toContain("is run for credentials");
});

test("a token that has expired is asked for again, one that is refused as well", async () => {
  const { api, folder, ask } = await setUp();
  writePlugin(folder, `cat "${folder.path}/answer"`);
  const answer = (token: string, ms: number) =>
    folder.write("answer", {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token, expirationTimestamp: new Date(Date.now() + ms).toISOString() },
    });
  answer("first", 400);
  const connection = await ask(toExec("./plugin"), allow);
  answer("second", 60_000);
  await vi.waitFor(async () => {
    await connection.request({ path: "/version" });
    expect(api.seen.at(-1)?.headers.authorization).toBe("Bearer second");
  }, 10_000);
  answer("third", 60_000);
  api.answer = ({ headers }) => (headers.authorization === "Bearer third" ? { body: {} } : { status: 401, body: { kind: "Status", code: 401 } });
  await connection.request({ path: "/version" });
  expect(api.seen.at(-1)?.headers.authorization).toBe("Bearer third");
});

test("a program may give a certificate, and another one when that has expired", async () => {
  const { api, folder, ask } = await setUp();
  writePlugin(folder, `cat "${folder.path}/answer"`);
  const answer = async (name: string, ms: number) => {
    const { cert, key } = await authority.issue(name);
    folder.write("answer", {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { clientCertificateData: cert, clientKeyData: key, expirationTimestamp: new Date(Date.now() + ms).toISOString() },
    });
  };
  await answer("jane", 400);
  const connection = await ask(toExec("./plugin"), allow);
  await answer("joan", 60_000);
  await vi.waitFor(async () => {
    await connection.request({ path: "/version" });
    expect(api.seen.at(-1)?.client).toBe("joan");
  }, 10_000);
  expect(api.seen[0]?.client).toBe("jane");
  expect((await connection.access()).tls.cert).toContain("BEGIN CERTIFICATE");
});

test.each([
  [
    "is not there",
    "no-such-program-anywhere",
    "",
    'the program "no-such-program-anywhere" for credentials is not there; install it or put it in the PATH (apt install it)',
  ],
  ["fails", "./plugin", "echo 'token expired, run: sso login' >&2; exit 3", "ended with 3: token expired, run: sso login"],
  ["fails with a secret", "./plugin", `echo 'bad token eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAxMjM0NTY3ODkwIn0' >&2; exit 1`, "ended with 1: bad token …"],
  ["prints no JSON", "./plugin", "echo token-abc", "did not print a credential (it is not JSON)"],
  ["prints nothing of use", "./plugin", print({}), "printed neither a token nor a certificate"],
  ["prints another version", "./plugin", print({ token: "x" }, "v1beta1"), "answered in client.authentication.k8s.io/v1beta1"],
  ["prints half a certificate", "./plugin", print({ clientCertificateData: "x" }), "printed a certificate without its key"],
])("B35: a program that %s is a sentence", async (_, command, body, sentence) => {
  const { api, folder, ask } = await setUp();
  writePlugin(folder, body);
  const error = await failure(ask(toExec(command, { installHint: "apt install it" }), allow));
  expect(error.name).toBe("CredentialsError");
  expect(error.message).toContain('as "somebody"');
  expect(error.message).toContain(sentence);
  expect(error.message).not.toMatch(/eyJ|token-abc/);
  expect(api.seen).toEqual([]);
});

test("every secret is told before it is used, so that it can be hidden", async () => {
  const { folder, ask } = await setUp();
  const told: string[] = [];
  const choice = { onSecret: (value: string) => void told.push(value), allowExecPlugin: true };
  await ask({ token: "abc" }, { choice });
  await ask({ username: "jane", password: "pass:word" }, { choice });
  writePlugin(folder, print({ token: "from-program" }));
  await ask(toExec("./plugin"), { choice });
  expect(told).toEqual(["abc", base64("jane:pass:word"), "pass:word", "from-program"]);
});

test("B35: no program is run unless it was allowed, nor one of an old auth-provider", async () => {
  const { folder, ask } = await setUp();
  const command = writePlugin(folder, print({ token: "x" }));
  expect(String(await failure(ask(toExec(command))))).toContain("--allow-exec");
  const legacy = { "auth-provider": { name: "gcp", config: { "cmd-path": command } } };
  expect(String(await failure(ask(legacy, allow)))).toContain("kubectl gave up in 1.26");
  const { existsSync } = await import("node:fs");
  expect(existsSync(join(folder.path, "runs"))).toBe(false);
});

async function startIssuer() {
  const issuer = keep(await startTlsApi(authority));
  let granted = 0;
  issuer.answer = ({ path, body }) => {
    if (path.endsWith("/.well-known/openid-configuration")) return { body: { issuer: issuer.server, token_endpoint: `${issuer.server}/token` } };
    const form = new URLSearchParams(body);
    if (form.get("refresh_token") !== `refresh-${granted}` || form.get("client_secret") !== "hush") return { status: 400, body: { error: "invalid_grant" } };
    granted += 1;
    return { body: { id_token: toJwt({ exp: Date.now() / 1000 + 3600, granted }), refresh_token: `refresh-${granted}` } };
  };
  const config = {
    "idp-issuer-url": issuer.server,
    "client-id": "padlock",
    "client-secret": "hush",
    "idp-certificate-authority-data": base64(authority.pem),
    "refresh-token": "refresh-0",
  };
  return { issuer, config };
}

test("OpenID Connect: a valid ID token is sent, an expired one renewed, once", async () => {
  const { api, ask } = await setUp();
  const { issuer, config } = await startIssuer();
  const valid = toJwt({ exp: Date.now() / 1000 + 3600 });
  await ask({ "auth-provider": { name: "oidc", config: { ...config, "id-token": valid } } });
  expect(api.seen[0]?.headers.authorization).toBe(`Bearer ${valid}`);
  expect(issuer.seen).toEqual([]);
  const connection = await ask({ "auth-provider": { name: "oidc", config: { ...config, "id-token": toJwt({ exp: 1000 }) } } });
  await Promise.all([1, 2, 3].map(() => connection.request({ path: "/version" })));
  await connection.renewCredentials();
  await connection.request({ path: "/version" });
  expect(issuer.seen.filter(({ path }) => path === "/token")).toHaveLength(1);
  expect(new Set(api.seen.slice(1).map(({ headers }) => headers.authorization)).size).toBe(1);
  expect(connection.target.warnings).toEqual([`The sign-in is renewed at ${issuer.server}`]);
});

test("OpenID Connect: a refresh token that was changed at the provider is followed; one it does not know any more is said", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  endings.push(async () => vi.useRealTimers());
  const { api, ask } = await setUp();
  const { config } = await startIssuer();
  const connection = await ask({ "auth-provider": { name: "oidc", config } });
  vi.setSystemTime(Date.now() + 3600_000);
  await connection.request({ path: "/version" });
  expect(new Set(api.seen.map(({ headers }) => headers.authorization)).size).toBe(2);
  const error = await failure(ask({ "auth-provider": { name: "oidc", config } }));
  expect(error.message).toContain("does not renew the sign-in any more; sign in again");
  expect(error.message).not.toMatch(/refresh-|hush/);
  expect(String(await failure(ask({ "auth-provider": { name: "oidc", config: { ...config, "refresh-token": "" } } })))).toContain("there is no refresh token");
});

test.each(["http", "socks5"] as const)("proxy-url with %s: everything goes through it, commands in pods too", async (kind) => {
  const { api, ask } = await setUp();
  const proxy = keep(await startProxy(kind));
  const connection = await ask({ token: "abc" }, { cluster: { "proxy-url": `${kind}://127.0.0.1:${proxy.port}` } });
  const target = api.server.replace("https://", "");
  expect(proxy.asked).toEqual([target]);
  const error = await failure(execInPod(connection, { namespace: "a", pod: "b", container: "c", command: ["true"] }));
  expect(error.message).toContain("HTTP 200 instead of a WebSocket");
  expect(api.seen.map(({ path }) => path.split("?")[0])).toEqual(["/version", "/api/v1/namespaces/a/pods/b/exec"]);
  expect(proxy.asked).toEqual([target, target]);
});

test.each(["http", "socks5"] as const)("proxy-url with %s and a login; the login is in no sentence", async (kind) => {
  const { ask } = await setUp();
  const proxy = keep(await startProxy(kind, "me:pass word"));
  await ask({ token: "abc" }, { cluster: { "proxy-url": `${kind}://me:pass%20word@127.0.0.1:${proxy.port}` } });
  expect(proxy.logins).toEqual(["me:pass word"]);
  const error = await failure(ask({ token: "abc" }, { cluster: { "proxy-url": `${kind}://me:wrong-one@127.0.0.1:${proxy.port}` } }));
  expect(error.message).toMatch(/the proxy .* (wants another login|does not accept the login)/);
  expect(error.message).not.toContain("wrong-one");
});

test("the shell's proxy is used as kubectl uses it; without being told of it none is", async () => {
  const { folder } = await setUp();
  const proxy = keep(await startProxy("http"));
  const named = keep(await startTlsApi(authority, { name: "api.example" }));
  const kubeconfigPath = folder.write(
    "config",
    toKubeconfig({ server: `https://api.example:${named.port}`, "certificate-authority-data": base64(authority.pem) }, { token: "abc" }),
  );
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
  const proxies = { https: `http://127.0.0.1:${proxy.port}`, http: null, none: "other.example,.svc" };
  const through = keep(await connectKubernetes({ kubeconfigPath, proxies }));
  await through.request({ path: "/version" });
  expect(proxy.asked).toEqual([`api.example:${named.port}`]);
  const direct = keep(await connectKubernetes({ kubeconfigPath, proxies: { ...proxies, none: "api.example" } }));
  await failure(direct.request({ path: "/version" }));
  const silent = keep(await connectKubernetes({ kubeconfigPath }));
  await failure(silent.request({ path: "/version" }));
  expect(proxy.asked).toHaveLength(1);
});

test("several files are merged as kubectl does: the first wins, missing ones are passed over, paths belong to their file", async () => {
  const { api, folder, cluster } = await setUp();
  mkdirSync(join(folder.path, "second"));
  writeFileSync(join(folder.path, "second/token"), "second-token");
  const first = folder.write("first", {
    contexts: [{ name: "mine", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster }],
    "current-context": "",
  });
  const second = folder.write("second/config", {
    "current-context": "mine",
    contexts: [{ name: "mine", context: { cluster: "wrong", user: "wrong" } }],
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }, { name: "broken" }],
    users: [{ name: "u", user: { tokenFile: "token" } }],
  });
  const connection = keep(await connectKubernetes({ kubeconfigPath: [first, join(folder.path, "missing"), second] }));
  await connection.request({ path: "/version" });
  expect(connection.target).toMatchObject({ context: "mine", user: "u", server: api.server });
  expect(api.seen[0]?.headers.authorization).toBe("Bearer second-token");
  expect(String(await failure(connectKubernetes({ kubeconfigPath: ["/none/1", "/none/2"] })))).toContain("none of these files exists");
});

test("in a pod: the service account's token, read again when it was rotated, and the cluster's CA; elsewhere a sentence", async () => {
  const { api, folder } = await setUp();
  const account = join(folder.path, "var/run/secrets/kubernetes.io/serviceaccount");
  mkdirSync(account, { recursive: true });
  const old = toJwt({ sub: "system:serviceaccount:padlock:padlock" });
  writeFileSync(join(account, "token"), old);
  writeFileSync(join(account, "ca.crt"), authority.pem);
  vi.stubEnv("KUBERNETES_SERVICE_HOST", "");
  const choice = { kubeconfigPath: null, root: folder.path };
  expect(String(await failure(connectKubernetes(choice)))).toContain("this does not run in a pod");
  vi.stubEnv("KUBERNETES_SERVICE_HOST", "127.0.0.1");
  vi.stubEnv("KUBERNETES_SERVICE_PORT", String(api.port));
  expect(String(await failure(connectKubernetes({ kubeconfigPath: null, root: "/nowhere" })))).toContain("no service account token");
  const connection = keep(await connectKubernetes(choice));
  await connection.request({ path: "/version" });
  expect(connection.target).toMatchObject({ context: "in-cluster", server: api.server, user: "system:serviceaccount:padlock:padlock", kubeconfigPaths: [] });
  writeFileSync(join(account, "token"), "rotated");
  api.answer = ({ headers }) => (headers.authorization === "Bearer rotated" ? { body: {} } : { status: 401, body: { kind: "Status", code: 401 } });
  await connection.request({ path: "/version" });
  expect(api.seen.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${old}`, `Bearer ${old}`, "Bearer rotated"]);
});
