import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type LabReady, toLabConfig } from "@/bin/app-config";

export type { LabReady };

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const READY_LIMIT = 30_000;

/** Lab and app as processes of their own, as the launcher starts them, so that one can be taken from the other. */
export interface OwnProcess<T> {
  ready: T;
  /** What it has written to its log. */
  log(): string;
  /** As a power cut: no word, no cleaning up. */
  kill(): Promise<void>;
  end(): Promise<void>;
}

export const SCENARIO = path.join(ROOT, "lib/lab/scenarios/istioinaction.yaml");

/** @param folder the one that has or gets `.lab` */
export function startLab(folder: string, scenario = SCENARIO): Promise<OwnProcess<LabReady>> {
  return start("lab.js", ["--directory", folder, "--scenario", scenario], {});
}

/** @param more what is configured otherwise */
export function startApp(lab: LabReady, port: number, more: object = {}): Promise<OwnProcess<{ url: string }>> {
  const config = { ...toLabConfig({ listen: "127.0.0.1", port, allowHosts: [], signIn: false }, lab), ...more };
  return start("app.js", [], { PADLOCK_CONFIG: JSON.stringify(config) });
}

async function start<T>(file: string, args: readonly string[], environment: Record<string, string>): Promise<OwnProcess<T>> {
  const child = fork(path.join(ROOT, "dist", file), args, {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: "production", ...environment },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk;
    process.stderr.write(chunk);
  });
  const signal = (name: "SIGKILL" | "SIGTERM") => async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(name);
    await gone;
  };
  return { ready: (await whenReady(child, file)) as T, log: () => log, kill: signal("SIGKILL"), end: signal("SIGTERM") };
}

function whenReady(child: ChildProcess, file: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${file} was not ready after ${READY_LIMIT / 1000} s.`)), READY_LIMIT);
    child.on("message", (message: { type?: string }) => {
      clearTimeout(timer);
      if (message.type === "ready") resolve(message);
      else reject(new Error(`${file} failed: ${JSON.stringify(message)}`));
    });
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}.`)));
  });
}
