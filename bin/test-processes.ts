import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** @returns every process of this machine that lives; one that has ended and only waits to be collected does not */
export function listProcesses(): Process[] {
  return existsSync("/proc/self/stat") ? readProc() : askPs();
}

function readProc(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // "pid (name) state parent …": the name may hold anything, parentheses too.
        const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
        if (state === undefined || state === "Z" || state === "X") return [];
        return [{ pid: Number(name), parent: Number(parent), command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ") }];
      } catch {
        // It ended between the two looks.
        return [];
      }
    });
}

function askPs(): Process[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => {
      const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined || state?.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), command: command ?? "" }];
    });
}

/** @returns a process and everything that it started, and what that started */
export function listTree(root: number): Process[] {
  const all = listProcesses();
  const tree = all.filter(({ pid }) => pid === root);
  for (const known of tree) tree.push(...all.filter(({ parent }) => parent === known.pid));
  return tree;
}
