import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The first start builds, ms. */
const START_LIMIT = 180_000;

/** A Padlock with a lab of its own, as a person has one after `npm start`. */
export interface Padlock {
  url: string;
  /** The folder with kubeconfig, root-ca.crt and lab.env. */
  lab: string;
  end(): Promise<void>;
}

/**
 * Starts Padlock as `npm start` does, with a folder of its own for the lab, so that a Padlock in use in this checkout is left alone.
 * @param port the wished port; the next free one when it is taken
 */
export async function startPadlock(port: number): Promise<Padlock> {
  // With a blank: every command that is shown has to survive it.
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "padlock e2e-")));
  const child = spawn(process.execPath, ["bin/padlock.js", "--port", String(port), "--lab", folder], {
    cwd: ROOT,
    // An environment that would lead a careless program to another cluster, or its traffic through a proxy.
    env: { ...process.env, KUBECONFIG: "/nowhere/kubeconfig", HTTPS_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = async () => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await readAddress(child), lab: path.join(folder, ".lab"), end };
  } catch (error) {
    await end();
    throw error;
  }
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
