import type { Socket } from "node:net";
import { type ExecRequest, ExecStartError } from "../data-plane";
import { runCurl } from "./curl";
import { PROXY_CONTAINER } from "./pod-template";

export interface ExecContext {
  /** Opens a connection as a program of this container. */
  connect(host: string, port: number, signal: AbortSignal): Promise<Socket>;
  /** The address a name means there. @throws HostNotFoundError, OutsideLabError */
  lookUp(host: string): string;
}

type Command = (argv: readonly string[], request: ExecRequest, context: ExecContext) => Promise<number>;

/** What is installed in the lab's containers. */
const COMMANDS: Readonly<Record<string, Command>> = {
  curl: (argv, { stdout, stderr, signal }, { connect, lookUp }) => runCurl(argv, { connect, lookUp, stdout, stderr, signal }),
  sleep: ([duration = ""], request) => sleep(duration, request),
  true: async () => 0,
  false: async () => 1,
  id: async (_argv, { container, stdout }) => {
    const [id, name] = container === PROXY_CONTAINER ? [1337, "istio-proxy"] : [0, "root"];
    stdout(Buffer.from(`uid=${id}(${name}) gid=${id}(${name}) groups=${id}(${name})\n`));
    return 0;
  },
};

/** @returns the exit code @throws ExecStartError in the words of a container runtime */
export async function execCommand(request: ExecRequest, context: ExecContext): Promise<number> {
  const [path = "", ...argv] = request.command;
  const command = COMMANDS[path.replace(/^\/(usr\/)?(local\/)?s?bin\//, "")];
  if (!command) {
    const reason = path.includes("/") ? `stat ${path}: no such file or directory` : "executable file not found in $PATH";
    throw new ExecStartError(`OCI runtime exec failed: exec failed: unable to start container process: exec: "${path}": ${reason}: unknown`, 127);
  }
  return command(argv, request, context);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

async function sleep(duration: string, { signal, stderr }: ExecRequest): Promise<number> {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(duration) ?? [];
  if (number === undefined) {
    stderr(Buffer.from(duration ? `sleep: invalid number '${duration}'\n` : "BusyBox: sleep: missing operand\n"));
    return 1;
  }
  const until = Date.now() + Number(number) * (UNITS[unit] ?? 1) * 1000;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const ended = () => {
      clearTimeout(timer);
      resolve(signal.aborted ? 143 : 0);
    };
    // A timer counts 24.8 days at most.
    const wait = () => {
      const left = until - Date.now();
      timer = setTimeout(left > 2 ** 31 - 1 ? wait : ended, Math.max(0, Math.min(left, 2 ** 31 - 1)));
    };
    if (signal.aborted) return resolve(143);
    signal.addEventListener("abort", ended, { once: true });
    wait();
  });
}
