import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The first start builds. */
const START_LIMIT = 180_000;

/** Starts Padlock as `npm start` does, with a lab folder and port of its own, so that a Padlock in use in this checkout is left alone. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), "padlock-e2e-"));
  // An environment that would lead a careless program to another cluster.
  const child = spawn(process.execPath, ["bin/padlock.js", "--port", "4680", "--lab", folder], {
    cwd: ROOT,
    env: { ...process.env, KUBECONFIG: "/nowhere/kubeconfig" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.env["PADLOCK_URL"] = await readAddress(child);
  process.env["PADLOCK_LAB"] = path.join(folder, ".lab");
  return async () => {
    child.kill("SIGTERM");
    await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(null)));
    await rm(folder, { recursive: true, force: true });
  };
}

function readAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => reject(new Error(`Padlock printed no address in ${START_LIMIT / 1000} s:\n${output}`)), START_LIMIT);
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`Padlock ended with ${code}:\n${output}`));
    });
  });
}
