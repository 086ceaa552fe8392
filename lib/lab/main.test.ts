import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";

/** The lab as its launcher starts it: the bundle, a process of its own, a channel between the two. */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SCENARIO = path.join(import.meta.dirname, "scenarios/istioinaction.yaml");
/** Beside the real bundle: packages are found from there. */
const bundle = path.join(ROOT, "dist", `lab-test-${process.pid}.mjs`);

// A start takes a second or two of one core; beside other suites on two cores it may take ten.
vi.setConfig({ testTimeout: 60_000 });
/** Two seconds are promised; the rest is for a machine that lets processes wait. */
const END_LIMIT = 3_500;

let directory: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  await build({
    entryPoints: [path.join(import.meta.dirname, "main.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    outfile: bundle,
  });
});
afterAll(() => rmSync(bundle, { force: true }));
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "padlock-main-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

const file = (name: string) => path.join(directory, ".lab", name);

function startProcess(args = ["--directory", directory, "--scenario", SCENARIO]): ChildProcess {
  const child = fork(bundle, args, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  children.push(child);
  return child;
}

async function whenReady(child: ChildProcess): Promise<{ type: string; kialiUrl: string; gateway: { caFile: string } }> {
  const [message] = await Promise.race([once(child, "message"), once(child, "exit").then(([code]) => Promise.reject(new Error(`ended with ${code}`)))]);
  return message;
}

async function whenEnded(child: ChildProcess): Promise<{ exitCode: number | null; took: number }> {
  const began = performance.now();
  const [exitCode] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
  return { exitCode, took: performance.now() - began };
}

test("tells its addresses over the channel, notes the page's, and ends within 2 s when asked", async () => {
  const child = startProcess();
  const ready = await whenReady(child);
  expect(ready).toMatchObject({ type: "ready", kubeconfig: file("kubeconfig"), gateway: { caFile: file("root-ca.crt") } });
  expect((await fetch(`${ready.kialiUrl}/healthz`)).status).toBe(200);

  child.send({ type: "padlock-url", url: "http://127.0.0.1:4480" });
  await expect.poll(() => readFileSync(file("lab.env"), "utf8"), { timeout: 10_000 }).toContain("export PADLOCK_URL='http://127.0.0.1:4480'\n");

  child.kill("SIGTERM");
  const { exitCode, took } = await whenEnded(child);
  expect(exitCode).toBe(0);
  expect(took).toBeLessThan(END_LIMIT);
  expect(existsSync(path.join(directory, ".lab"))).toBe(false);
});

test("what the channel says that is no page's address changes nothing", async () => {
  const child = startProcess();
  await whenReady(child);
  const before = readFileSync(file("lab.env"), "utf8");
  for (const message of ["x", 7, {}, { type: "padlock-url" }, { type: "padlock-url", url: 7 }, { type: "padlock-url", url: "file:///etc/passwd" }])
    child.send(message);
  child.send({ type: "padlock-url", url: "http://127.0.0.1:1/it's" });
  await expect.poll(() => readFileSync(file("lab.env"), "utf8"), { timeout: 10_000 }).toBe(`${before}export PADLOCK_URL='http://127.0.0.1:1/it'\\''s'\n`);
});

test("ends when its parent lets go of the channel", async () => {
  const child = startProcess();
  await whenReady(child);
  child.disconnect();
  const { exitCode, took } = await whenEnded(child);
  expect(exitCode).toBe(0);
  expect(took).toBeLessThan(END_LIMIT);
  expect(existsSync(file("kubeconfig"))).toBe(false);
});

test("a parent that goes while the lab is still starting is noticed too", async () => {
  const child = startProcess();
  await expect.poll(() => existsSync(file("lock.1.sock")), { timeout: 30_000, interval: 10 }).toBe(true);
  child.disconnect();
  expect((await whenEnded(child)).exitCode).toBe(0);
  expect(existsSync(file("kubeconfig"))).toBe(false);
});

test("a second lab in the checkout says where the first is and ends with 3", async () => {
  const first = startProcess();
  await whenReady(first);
  first.send({ type: "padlock-url", url: "http://127.0.0.1:4480" });
  await expect.poll(() => readFileSync(file("lab.env"), "utf8"), { timeout: 10_000 }).toContain("PADLOCK_URL");

  const second = startProcess();
  const [message] = await once(second, "message");
  expect(message).toEqual({
    type: "failed",
    message: `A lab already runs in ${directory} (process ${first.pid}). Open http://127.0.0.1:4480.`,
    exitCode: 3,
  });
  expect((await whenEnded(second)).exitCode).toBe(3);
  expect(existsSync(file("kubeconfig"))).toBe(true);
});

test("a lab that was killed is followed by the next one at once", async () => {
  const killed = startProcess();
  await whenReady(killed);
  killed.kill("SIGKILL");
  await whenEnded(killed);
  expect(existsSync(file("lab.env"))).toBe(true);
  const next = await whenReady(startProcess());
  expect((await fetch(`${next.kialiUrl}/healthz`)).status).toBe(200);
});

test("without a channel one line on standard output tells the addresses", async () => {
  const child = spawn(process.execPath, [bundle, "--directory", directory, "--scenario", SCENARIO], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const [line] = await once(child.stdout, "data");
  expect(String(line)).toMatch(/^The lab is ready: Kubernetes https:\S+, Kiali http:\S+, gateway [\d.]+:\d+\. Use it with: \. '.*lab\.env'\n$/);
});

test("a command line or scenario that cannot be used is said in words", async () => {
  const misspelled = startProcess(["--nonsense"]);
  const [usage] = await once(misspelled, "message");
  expect(usage).toMatchObject({ type: "failed", exitCode: 2 });
  expect(usage.message).toContain("Usage: node dist/lab.js");
  expect((await whenEnded(misspelled)).exitCode).toBe(2);

  const lost = startProcess(["--directory", directory, "--scenario", path.join(directory, "none.yaml")]);
  const [missing] = await once(lost, "message");
  expect(missing.message).toMatch(/^The scenario .*none\.yaml cannot be used: ENOENT.*$/);
  expect((await whenEnded(lost)).exitCode).toBe(1);
  expect(existsSync(path.join(directory, ".lab"))).toBe(false);
});
