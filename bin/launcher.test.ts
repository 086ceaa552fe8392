import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { listProcesses, listTree, type Process } from "./test-processes";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** A start with a build that is there; far above what it takes, because the machine may be busy, ms. */
const START_LIMIT = 60_000;
/** Nothing of a start is left so long after a part of it was killed, ms. */
const ENDS_WITHIN = 5_000;

interface Start {
  npm: ChildProcess;
  output(): string;
  /** Address of the page. */
  url: string;
  tree: Process[];
}

const folders: string[] = [];
const started: Start[] = [];

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ["bin/build.js"], { cwd: ROOT });
}, 300_000);
afterEach(async () => {
  for (const { npm, tree } of started.splice(0)) {
    npm.kill("SIGTERM");
    await expect.poll(() => listAlive(tree), { timeout: 15_000, interval: 100 }).toEqual([]);
  }
}, 30_000);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function createFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "padlock-launcher-"));
  folders.push(folder);
  return folder;
}

/** @returns a server on a port that Padlock may be told, and how often it was reached */
async function holdPort(): Promise<{ server: Server; port: number; reached(): number }> {
  let reached = 0;
  const server = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port, reached: () => reached };
}

async function findFreePort(): Promise<number> {
  const { server, port } = await holdPort();
  await new Promise((resolve) => server.close(resolve));
  return Math.min(port, 65_000);
}

function spawnNpm(folder: string, port: number, environment: Record<string, string>): ChildProcess {
  return spawn("npm", ["start", "--", "--port", String(port), "--lab", folder], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
  return () => text;
}

async function start(folder: string, port: number, environment: Record<string, string> = {}): Promise<Start> {
  const npm = spawnNpm(folder, port, environment);
  const output = collect(npm);
  const findAddress = () => /Padlock {3}(http:\/\/127\.0\.0\.1:\d+)/.exec(output())?.[1];
  await expect.poll(() => npm.exitCode ?? findAddress(), { timeout: START_LIMIT, interval: 50 }).toMatch(/^http/);
  const begun = { npm, output, url: findAddress() ?? "", tree: listTree(npm.pid ?? 0) };
  started.push(begun);
  return begun;
}

function listAlive(tree: readonly Process[]): Process[] {
  const living = new Map(listProcesses().map((process) => [process.pid, process.command]));
  return tree.filter(({ pid, command }) => living.get(pid) === command);
}

async function runPadlock(args: readonly string[], nodeArgs: readonly string[] = []): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeArgs, "bin/padlock.js", ...args], { cwd: ROOT, timeout: START_LIMIT }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr }),
    );
  });
}

const readState = async (url: string) => (await fetch(`${url}/api/state?namespaces=istioinaction&window=60`)).json();

test("`npm start` prints the address; a stray KUBECONFIG and a proxy of the shell are never used", { timeout: 90_000 }, async () => {
  const trap = await holdPort();
  const folder = createFolder();
  const stray = path.join(folder, "stray.kubeconfig");
  writeFileSync(
    stray,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "stray",
      clusters: [{ name: "stray", cluster: { server: `https://127.0.0.1:${trap.port}` } }],
      users: [{ name: "stray", user: { token: "stray" } }],
      contexts: [{ name: "stray", context: { cluster: "stray", user: "stray" } }],
    }),
  );
  const proxy = `http://127.0.0.1:${trap.port}`;
  const { url } = await start(folder, await findFreePort(), {
    KUBECONFIG: stray,
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
  });
  expect((await fetch(url)).status).toBe(200);
  await expect.poll(async () => (await readState(url)).sources.kubernetes.state, { timeout: 20_000 }).toBe("ok");
  const { target } = await readState(url);
  expect(target.context).toBe("padlock-lab");
  expect(readFileSync(path.join(folder, ".lab/kubeconfig"), "utf8")).toContain(target.server);
  expect(readFileSync(path.join(folder, ".lab/lab.env"), "utf8")).toContain(`export PADLOCK_URL='${url}'`);
  const probe = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ namespace: "istioinaction", caller: "with-sidecar" }),
  };
  expect(await (await fetch(`${url}/api/probes`, probe)).json()).toMatchObject({ outcome: "served" });
  expect(trap.reached()).toBe(0);
  trap.server.close();
});

test("a second start in the same folder says where the first one runs, and ends with 3", { timeout: 120_000 }, async () => {
  const folder = createFolder();
  const first = await start(folder, await findFreePort());
  const second = spawnNpm(folder, await findFreePort(), {});
  const output = collect(second);
  const code = await new Promise((resolve) => second.once("close", resolve));
  expect(code).toBe(3);
  expect(output()).toContain(first.url);
  expect((await fetch(first.url)).status).toBe(200);
});

test("a port that is taken: the next free one, and it says so", { timeout: 90_000 }, async () => {
  const taken = await holdPort();
  const { url, output } = await start(createFolder(), taken.port);
  expect(output()).toContain(`Port ${taken.port} is taken`);
  expect(Number(new URL(url).port)).toBeGreaterThan(taken.port);
  taken.server.close();
});

test("kill -9 of each process in turn leaves nothing, and what the dead lab left is taken over", { timeout: 240_000 }, async () => {
  const folder = createFolder();
  const roles: Record<string, (process: Process, npm: number) => boolean> = {
    launcher: ({ command }) => command.includes("bin/padlock.js") && !command.startsWith("npm"),
    lab: ({ command }) => command.includes("dist/lab.js"),
    app: ({ command }) => command.includes("dist/app.js"),
    npm: ({ pid }, npm) => pid === npm,
  };
  for (const [role, is] of Object.entries(roles)) {
    const { npm, tree } = await start(folder, await findFreePort());
    const victims = tree.filter((process) => is(process, npm.pid ?? 0));
    expect(victims, `${role} among ${tree.map(({ command }) => command).join(", ")}`).toHaveLength(1);
    for (const { pid } of victims) process.kill(pid, "SIGKILL");
    await expect.poll(() => listAlive(tree), { timeout: ENDS_WITHIN, interval: 50, message: `after kill -9 of ${role}` }).toEqual([]);
  }
});

test("Ctrl+C ends everything and takes the files of the lab away", { timeout: 90_000 }, async () => {
  const folder = createFolder();
  const { tree } = await start(folder, await findFreePort());
  // A terminal sends it to all of the foreground at once.
  for (const { pid } of tree) process.kill(pid, "SIGINT");
  await expect.poll(() => listAlive(tree), { timeout: 15_000, interval: 100 }).toEqual([]);
  expect(() => readFileSync(path.join(folder, ".lab/kubeconfig"))).toThrow("ENOENT");
});

test("--help tells the options", { timeout: START_LIMIT }, async () => {
  const { code, stdout } = await runPadlock(["--help"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Usage: npm start -- \[--port PORT\] \[--lab FOLDER\]/);
});

test.each([[["--port", "http"]], [["--prot", "4480"]], [["4480"]], [["--port", "80"]]])(
  "%j is a mistake that is explained, and ends with 2",
  { timeout: START_LIMIT },
  async (args) => {
    const { code, stderr } = await runPadlock(args);
    expect(code).toBe(2);
    expect(stderr).toContain("Usage: npm start");
  },
);

test("a lab folder that is a file is a sentence, not a stack", { timeout: START_LIMIT }, async () => {
  const file = path.join(createFolder(), "file");
  writeFileSync(file, "");
  const { code, stderr } = await runPadlock(["--port", String(await findFreePort()), "--lab", file]);
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("a Node that is too old: one sentence", async () => {
  const pretend = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.19.1"}})`;
  const { code, stdout, stderr } = await runPadlock([], ["--import", pretend]);
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: "Padlock needs Node 20.19 or newer; this is 18.19.1.\n" });
});
