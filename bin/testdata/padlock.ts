import { type ChildProcess, execFile, fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** For tests: Padlock as `npm start` starts it, and the lab alone, both from the build. */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RECORDER = fileURLToPath(new URL("record-connections.mjs", import.meta.url));
export const START_LIMIT = 60_000;

/** What a test began, ended last first by `endAll`. */
export const endings: (() => unknown)[] = [];
export async function endAll(): Promise<void> {
  for (const end of endings.splice(0).reverse()) await end();
}

export function build(): Promise<void> {
  return new Promise((resolve, reject) => execFile(process.execPath, ["bin/build.js"], { cwd: ROOT }, (error) => (error === null ? resolve() : reject(error))));
}

export function createFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "padlock-chosen-"));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

/** The lab alone, as a cluster that somebody has. */
export async function startLab(folder: string): Promise<{ kubeconfig: string; kialiUrl: string; gateway: { caFile: string } }> {
  const lab = fork(path.join(ROOT, "dist/lab.js"), ["--directory", folder, "--scenario", path.join(ROOT, "lib/lab/scenarios/istioinaction.yaml")], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  endings.push(() => end(lab));
  return new Promise((resolve, reject) => {
    lab.once("message", (message: { type: string }) => (message.type === "ready" ? resolve(message as never) : reject(new Error(JSON.stringify(message)))));
  });
}

export interface Started {
  process: ChildProcess;
  url: string;
  output(): string;
  /** What the app connected to and looked up so far. */
  seen(): string[];
}

export async function start(args: readonly string[], environment: Record<string, string> = {}): Promise<Started> {
  const log = path.join(createFolder(), "seen");
  const padlock = spawn(process.execPath, ["--import", RECORDER, "bin/padlock.js", "--port", String(await findFreePort()), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment, SEEN_CONNECTIONS: log },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endings.push(() => end(padlock));
  let text = "";
  for (const stream of [padlock.stdout, padlock.stderr]) stream.on("data", (chunk) => (text += chunk));
  const findAddress = () => /Padlock {3}(http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
  await expect.poll(() => (padlock.exitCode === null ? findAddress() : text), { timeout: START_LIMIT, interval: 50 }).toMatch(/^http/);
  const seen = () =>
    (existsSync(log) ? readFileSync(log, "utf8") : "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { who: string; connects?: string; looksUp?: string })
      .filter(({ who }) => who !== "lab.js")
      .map(({ connects, looksUp }) => connects ?? looksUp ?? "");
  return { process: padlock, url: findAddress() ?? "", output: () => text, seen };
}

export function run(args: readonly string[], environment: Record<string, string> = {}): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, timeout: START_LIMIT, env: { ...process.env, ...environment } };
    execFile(process.execPath, ["bin/padlock.js", ...args], options, (error, _stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : null, stderr }),
    );
  });
}

async function findFreePort(): Promise<number> {
  const { port, close } = await listen(createServer());
  await close();
  return Math.min(port, 65_000);
}

export async function listen(server: Server | TcpServer): Promise<{ port: number; close(): Promise<unknown> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => new Promise((resolve) => server.close(resolve)) };
}
