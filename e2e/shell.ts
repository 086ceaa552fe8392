import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Ended {
  /** null when it was ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** @returns the executable's path, or null when this machine does not have it */
export function findProgram(name: string): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here: the next one.
    }
  }
  return null;
}

/** Runs a program to its end; one that fails is no error. */
export function run(
  file: string,
  args: readonly string[],
  { seconds = 30, ...options }: { cwd?: string; env?: NodeJS.ProcessEnv; seconds?: number } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { ...options, timeout: seconds * 1000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr });
    });
  });
}

/** What a person pastes into a new terminal, opened in a folder that has nothing to do with Padlock. */
export async function runInFreshShell(command: string): Promise<Ended> {
  const folder = await mkdtemp(path.join(tmpdir(), "elsewhere-"));
  try {
    return await run("/bin/sh", ["-c", command], { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, NODE_ENV: "test" } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
