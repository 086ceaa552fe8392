import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import path from "node:path";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { build, createFolder, endAll, endings, listen, run, START_LIMIT, start, startLab } from "./testdata/padlock";

/** Which cluster is reached: the chosen one, and what was found in it and is shown; nothing else, whatever the shell says. */

beforeAll(build, 300_000);
afterEach(endAll, 60_000);

/** A place that nothing may reach. */
async function startTrap(): Promise<{ address: string; reached(): number }> {
  let reached = 0;
  const { port, close } = await listen(
    createTcpServer((socket) => {
      reached += 1;
      socket.destroy();
    }),
  );
  endings.push(() => void close());
  return { address: `127.0.0.1:${port}`, reached: () => reached };
}

interface Shown {
  target: { context: string; server: string; user: string; kialiUrl: string | null; gateway: string | null };
  sources: Record<string, { state: string; reason: string | null }>;
}
const readState = async (url: string) => (await (await fetch(`${url}/api/state?namespaces=istioinaction&window=60`)).json()) as Shown;

function toKubeconfig(contexts: Record<string, string>, current: string, token = "tok"): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": current,
    clusters: Object.entries(contexts).map(([name, server]) => ({ name, cluster: { server, "insecure-skip-tls-verify": true } })),
    users: [{ name: "jane", user: { token } }],
    contexts: Object.keys(contexts).map((name) => ({ name, context: { cluster: name, user: "jane" } })),
  });
}

test("connections by address: only to what was chosen, or was found there and is shown", { timeout: 180_000 }, async () => {
  const folder = createFolder();
  const lab = await startLab(folder);
  const trap = await startTrap();
  // The chosen file holds another cluster, which is its current one; the shell names a third and a proxy.
  const config = parse(readFileSync(lab.kubeconfig, "utf8"));
  config.clusters.push({ name: "other", cluster: { server: `https://${trap.address}` } });
  config.contexts.push({ name: "other", context: { cluster: "other", user: config.users[0].name } });
  config["current-context"] = "other";
  const file = path.join(folder, "config");
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const stray = path.join(folder, "stray");
  writeFileSync(stray, toKubeconfig({ stray: `https://${trap.address}` }, "stray"));
  const proxy = `http://${trap.address}`;
  const { url, seen, output } = await start(["--kubeconfig", file, "--context", "padlock-lab", "--gateway-ca", lab.gateway.caFile], {
    KUBECONFIG: stray,
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    ALL_PROXY: proxy,
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: trap.address.split(":")[1] ?? "",
  });
  await vi.waitFor(
    async () => {
      const { sources } = await readState(url);
      expect(Object.fromEntries(["kubernetes", "gateway"].map((name) => [name, sources[name]?.state]))).toEqual({ kubernetes: "ok", gateway: "ok" });
    },
    { timeout: 30_000, interval: 200 },
  );
  const { target } = await readState(url);
  expect(target).toMatchObject({ context: "padlock-lab", user: "padlock" });
  expect(output()).toContain(`Cluster   padlock-lab, ${target.server}, as padlock`);
  const command = (route: string, body: object) =>
    fetch(`${url}/api/${route}`, {
      method: "POST",
      headers: { "content-type": "application/json", "confirmed-target": `padlock-lab@${target.server}` },
      body: JSON.stringify(body),
    });
  // Somebody looks, calls from a pod and through the gateway, and changes the policy.
  const looking = new AbortController();
  const stream = await fetch(`${url}/api/stream?namespaces=istioinaction&window=60&page=0123456789abcdef`, { signal: looking.signal });
  expect((await command("probes", { namespace: "istioinaction", caller: "with-sidecar" })).status).toBe(200);
  expect((await command("runs", { kind: "calls", page: "0123456789abcdef", count: 5, rate: 5, connection: "new" })).status).toBe(200);
  expect((await command("switch", { namespace: "istioinaction", position: "STRICT", expected: null })).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  looking.abort();
  await stream.body?.cancel().catch(() => undefined);

  const shown = (await readState(url)).target;
  const allowed = [shown.server, shown.kialiUrl, shown.gateway === null ? null : `https://${shown.gateway}`, url].flatMap((address) =>
    address === null ? [] : [toHostPort(address)],
  );
  const reached = new Set(seen());
  expect([...reached].filter((address) => !allowed.includes(address) && address !== "127.0.0.1")).toEqual([]);
  expect(reached).toContain(toHostPort(shown.server));
  expect(reached).toContain(shown.gateway);
  expect(trap.reached()).toBe(0);
});

function toHostPort(address: string): string {
  const { hostname, port, protocol } = new URL(address);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

test("without a choice only the lab is reached, whatever the shell says", { timeout: 120_000 }, async () => {
  const folder = createFolder();
  const trap = await startTrap();
  const stray = path.join(folder, "stray");
  writeFileSync(stray, toKubeconfig({ stray: `https://${trap.address}` }, "stray"));
  const { url, seen } = await start(["--lab", folder], { KUBECONFIG: stray, HTTPS_PROXY: `http://${trap.address}`, http_proxy: `http://${trap.address}` });
  await vi.waitFor(async () => expect((await readState(url)).sources["gateway"]?.state).toBe("ok"), { timeout: 30_000, interval: 200 });
  const { target } = await readState(url);
  const allowed = [target.server, target.kialiUrl ?? url, `https://${target.gateway}`, url].map(toHostPort);
  expect(seen().filter((address) => !allowed.includes(address) && address !== "127.0.0.1")).toEqual([]);
  expect(trap.reached()).toBe(0);
});

test("an unknown context, or none beside a kubeconfig, lists those that exist with address and user", { timeout: START_LIMIT }, async () => {
  const folder = createFolder();
  const [one, two] = [path.join(folder, "one"), path.join(folder, "two")];
  writeFileSync(one, toKubeconfig({ prod: "https://10.0.0.1:6443" }, "prod"));
  writeFileSync(two, toKubeconfig({ "test\u001b[31m": "https://10.0.0.2:6443" }, "prod"));
  const { code, stderr } = await run(["--context", "pord"], { KUBECONFIG: [one, path.join(folder, "none"), two].join(path.delimiter) });
  expect(code).toBe(2);
  expect(stderr).toContain('There is no context "pord"');
  expect(stderr).toMatch(/\* prod\s+https:\/\/10\.0\.0\.1:6443\s+jane/);
  expect(stderr).toMatch(/ {2}test�\[31m\s+https:\/\/10\.0\.0\.2:6443\s+jane/);
  expect(stderr).not.toContain("tok");
  const alone = await run(["--kubeconfig", one]);
  expect(alone.code).toBe(2);
  expect(alone.stderr).toMatch(/add --context NAME\.\n.*\n\* prod/);
});

test("~/.kube/config is read when nothing else is named; outside of a pod --in-cluster is a sentence", { timeout: START_LIMIT }, async () => {
  const home = await run(["--context", "x"], { HOME: "/nowhere", KUBECONFIG: "" });
  expect(home).toMatchObject({ code: 2, stderr: expect.stringContaining("/nowhere/.kube/config: there is no such file") });
  const pod = await run(["--in-cluster"], { KUBERNETES_SERVICE_HOST: "" });
  expect(pod).toMatchObject({ code: 2, stderr: expect.stringContaining("does not run in a pod") });
});

test("F33: a kubeconfig that is missing offers the lab; nothing is started instead of what was asked for", { timeout: START_LIMIT }, async () => {
  const { code, stderr } = await run(["--context", "prod", "--kubeconfig", "/nowhere/config"]);
  expect(code).toBe(2);
  expect(stderr).toContain("/nowhere/config: there is no such file");
  expect(stderr).toContain("Without --context or --in-cluster the embedded lab is started instead.");
});

test("F33: credentials that have expired, and another context chosen elsewhere: the page stays with its cluster and says so", { timeout: 90_000 }, async () => {
  const folder = createFolder();
  const trap = await startTrap();
  let asked = 0;
  const api = await listen(
    createServer((_request, response) => {
      asked += 1;
      response
        .writeHead(401, { "content-type": "application/json" })
        .end(JSON.stringify({ kind: "Status", status: "Failure", reason: "Unauthorized", code: 401 }));
    }),
  );
  endings.push(() => void api.close());
  const file = path.join(folder, "config");
  const contexts = { prod: `http://127.0.0.1:${api.port}`, test: `http://${trap.address}` };
  writeFileSync(file, toKubeconfig(contexts, "prod"), { mode: 0o600 });
  const { url, output } = await start(["--kubeconfig", file, "--context", "prod"]);
  const isSaid = async () => {
    const { sources, target } = await readState(url);
    expect(sources["kubernetes"]).toMatchObject({ state: "forbidden", reason: expect.stringContaining("sign in again") });
    expect(target).toMatchObject({ context: "prod", server: contexts.prod, user: "jane" });
  };
  await vi.waitFor(isSaid, { timeout: 20_000, interval: 200 });
  // `kubectl config use-context test` in a terminal.
  writeFileSync(file, toKubeconfig(contexts, "test", "other"), { mode: 0o600 });
  utimesSync(file, new Date(), new Date(Date.now() + 2000));
  const before = asked;
  await vi.waitFor(() => expect(asked).toBeGreaterThan(before + 1), { timeout: 40_000, interval: 200 });
  await isSaid();
  expect(trap.reached()).toBe(0);
  expect(output()).not.toMatch(/\btok\b|\bother\b/);
});
