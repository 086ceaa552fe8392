import { readdir, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import path from "node:path";

/** What a running lab tells a second one that was started in the same checkout. */
export interface RunningLab {
  pid: number;
  /** Address of the page, once the launcher has told it. */
  padlockUrl?: string;
  kialiUrl?: string;
}

export class LabAlreadyRunsError extends Error {
  override readonly name = "LabAlreadyRunsError";
  constructor(
    readonly directory: string,
    readonly running: RunningLab,
  ) {
    const place = running.padlockUrl ? `Open ${running.padlockUrl}` : running.kialiUrl ? `Its Kiali is ${running.kialiUrl}` : "It is still starting";
    super(`A lab already runs in ${directory} (process ${running.pid}). ${place}.`);
  }
}

export interface CheckoutLock {
  close(): Promise<void>;
}

/** One number for each lab that had to take over from one that died; the highest counts. */
const SOCKET = /^lock\.(\d+)\.sock$/;
/** Each further try means that another lab started or died in that very moment. */
const TRIES = 20;
/** sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included. */
const LONGEST_SOCKET_PATH = 103;
/** A live lab answers at once; one that is stopped in a debugger must not hang the second start. */
const ANSWER_LIMIT = 2_000;

/** No socket path that is short enough leads to the checkout. */
export class CheckoutPathTooLongError extends Error {
  override readonly name = "CheckoutPathTooLongError";
  constructor(directory: string) {
    super(`The path of ${directory} is too long for a lock in it; start the lab from inside the checkout.`);
  }
}

/**
 * Holds a checkout for one lab: a socket in its `.lab` folder. A socket and no file with a process id, because the system itself takes it from a
 * process that dies, however it dies, and a reused process id cannot be mistaken for a living lab. The name of a dead socket cannot be bound again,
 * and to remove it first would be a race between two that do so: the successor binds the next number, which only one can, and then cleans up.
 * @param folder the existing `.lab` folder
 * @param tell what a second lab is told; asked anew each time
 * @throws LabAlreadyRunsError, CheckoutPathTooLongError
 */
export async function lockCheckout(folder: string, tell: () => RunningLab): Promise<CheckoutLock> {
  const directory = path.dirname(folder);
  const socketOf = (number: number) => shortest(path.join(folder, `lock.${number}.sock`));
  if (Buffer.byteLength(socketOf(999)) > LONGEST_SOCKET_PATH) throw new CheckoutPathTooLongError(directory);
  const refuseWhileAlive = async (number: number) => {
    const running = await askRunning(socketOf(number));
    if (running) throw new LabAlreadyRunsError(directory, running);
  };
  for (let tries = 0; tries < TRIES; tries++) {
    const highest = (await listNumbers(folder)).at(-1) ?? 0;
    if (highest > 0) await refuseWhileAlive(highest);
    const number = highest + 1;
    const server = createServer((asking) => {
      asking.on("error", () => {});
      asking.end(JSON.stringify(tell()));
    });
    if (!(await listen(server, socketOf(number)))) continue;
    const close = () => new Promise<void>((done) => server.close(() => done()));
    try {
      // Somebody may have taken a higher number since the look at the folder; the higher one stays.
      for (const other of await listNumbers(folder)) {
        if (other > number) await refuseWhileAlive(other);
        if (other < number) await rm(socketOf(other), { force: true });
      }
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  }
  throw new LabAlreadyRunsError(directory, { pid: 0 });
}

/** @returns the numbers of the sockets in the folder, living and dead, ascending */
async function listNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => SOCKET.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function shortest(socket: string): string {
  const relative = path.relative(process.cwd(), socket);
  return Buffer.byteLength(relative) < Buffer.byteLength(socket) ? relative : socket;
}

/** @returns false when the path is taken */
function listen(server: Server, socket: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
    server.listen(socket, () => {
      server.removeAllListeners("error");
      // The lock alone must not keep a process alive.
      server.unref();
      resolve(true);
    });
  });
}

/** @returns undefined when nobody listens there any more */
function askRunning(socket: string): Promise<RunningLab | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const asking = connect(socket);
    asking.setTimeout(ANSWER_LIMIT, () => asking.destroy());
    asking.on("data", (chunk) => (text += chunk));
    asking.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT" || error.code === "ENOTSOCK") resolve(undefined);
    });
    // Connected but mute is still alive.
    asking.on("close", () => resolve(parseRunningLab(text)));
  });
}

function parseRunningLab(text: string): RunningLab {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== "object" || answer === null) return { pid: 0 };
    const told = (key: string) => {
      const value = (answer as Record<string, unknown>)[key];
      return typeof value === "string" ? value : undefined;
    };
    const pid = (answer as Record<string, unknown>).pid;
    return { pid: typeof pid === "number" ? pid : 0, padlockUrl: told("padlockUrl"), kialiUrl: told("kialiUrl") };
  } catch {
    return { pid: 0 };
  }
}
