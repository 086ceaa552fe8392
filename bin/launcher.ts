import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Options, parseOptions, USAGE } from "./options";
import { offerNewLinks, type SignInLinks, toSignInLines } from "./sign-in-prompt";

/**
 * Starts the embedded lab and the app as processes of their own, prints the one address to open, and ends with them: whichever of the
 * three goes first takes the others along, so that nothing is left behind.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What the lab needs to be up, and what the app needs; a start that takes longer has failed. */
const READY_LIMIT = 30_000;
/** The app has 12 s for open streams; after that children are ended hard. */
const END_LIMIT = 13_000;

const SCENARIO = path.join(ROOT, "lib/lab/scenarios/istioinaction.yaml");

/** What the lab says when it is up: the things a cluster's administrator would hand over. */
interface LabReady {
  kubeconfig: string;
  /** The file of `export` lines for a shell. */
  environment: string;
  kialiUrl: string;
  gateway: { caFile: string };
}

class StartFailed extends Error {
  override readonly name = "StartFailed";
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

export async function launch(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if ("problem" in options) {
    console.error(`${options.problem}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const children: ChildProcess[] = [];
  const parent = process.ppid;
  const ended = new Promise<string>((resolve) => {
    process.once("SIGTERM", () => resolve("asked to end"));
    process.once("SIGINT", () => resolve("interrupted"));
    process.once("SIGHUP", () => resolve("the terminal closed"));
    // npm does not pass on a kill -9: a new parent means the old one is gone.
    setInterval(() => {
      if (process.ppid !== parent) resolve("its parent is gone");
    }, 500).unref();
  });
  try {
    const started = await Promise.race([start(options, children), ended.then(() => null)]);
    const fallen = started === null ? null : await Promise.race([started.firstToEnd, ended.then(() => null)]);
    if (fallen !== null) {
      console.error(`Padlock stops: the ${fallen} ended unexpectedly.`);
      process.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  } finally {
    await endAll(children);
  }
  process.exit();
}

/** @returns once everything is up; `firstToEnd` names the child that ends first */
async function start(options: Options, children: ChildProcess[]): Promise<{ firstToEnd: Promise<string> }> {
  const lab = startChild("lab", ["--directory", options.labDirectory ?? ROOT, "--scenario", SCENARIO], {});
  children.push(lab);
  const labEnded = whenEnded(lab, "lab");
  const ready = (await whenReady(lab, "lab")) as LabReady;
  const config = {
    label: "embedded lab",
    kind: "lab",
    kubeconfig: [ready.kubeconfig],
    allowExec: false,
    kiali: { url: ready.kialiUrl, tokenFile: null, caFile: null },
    gateway: { address: null, caFile: ready.gateway.caFile, host: "istioinaction.io" },
    // The lab's own scrape interval; a cluster administrator would know theirs.
    scrapeSeconds: 1,
    namespaces: ["istioinaction"],
    listen: { address: "127.0.0.1", port: options.port },
    allowHosts: [],
    signIn: false,
  };
  const app = startChild("app", [], { PADLOCK_CONFIG: JSON.stringify(config) });
  children.push(app);
  const appEnded = whenEnded(app, "app");
  const { url, busy, signIn } = (await Promise.race([
    whenReady(app, "app"),
    labEnded.then(() => {
      throw new StartFailed("The lab ended while the app was starting.", 1);
    }),
  ])) as { url: string; busy: boolean; signIn: SignInLinks | null };
  lab.send({ type: "padlock-url", url });
  if (busy) console.log(`Port ${options.port} is taken by another program; Padlock uses the next free one.`);
  console.log(
    `\n  Padlock   ${url}\n  kubectl   . ${toShortPath(ready.environment)}, then kubectl get peerauthentication -A\n\nCtrl+C ends Padlock and its lab.`,
  );
  if (signIn !== null) {
    const isAsked = offerNewLinks(app);
    console.log(`\n${toSignInLines(signIn)}\n\n${isAsked ? "Enter prints a new sign-in link." : "Who is signed in makes further links under Invite."}`);
  }
  return { firstToEnd: Promise.race([labEnded, appEnded]) };
}

/** Relative where that is shorter; with `./`, so that a shell's `.` finds it. */
function toShortPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith("..") ? file : `./${relative}`;
}

function startChild(name: "lab" | "app", args: readonly string[], extra: Record<string, string>): ChildProcess {
  return fork(path.join(ROOT, "dist", `${name}.js`), args, {
    cwd: ROOT,
    env: { ...toChildEnvironment(process.env), ...extra },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** Nothing of the shell may choose another cluster or send the children's loopback traffic through a proxy. */
function toChildEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const dropped = /^(?:KUBECONFIG|KUBERNETES_.*|(?:https?|all|no)_proxy|NODE_OPTIONS|NODE_CHANNEL_FD|PADLOCK_.*)$/i;
  const kept = Object.entries(environment).filter(([name]) => !dropped.test(name));
  return { ...Object.fromEntries(kept), NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
}

function whenReady(child: ChildProcess, name: string): Promise<object> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StartFailed(`The ${name} was not ready after ${READY_LIMIT / 1000} s.`, 1)), READY_LIMIT);
    child.on("message", (message: { type?: unknown; message?: unknown; exitCode?: unknown }) => {
      if (message.type === "ready") {
        clearTimeout(timer);
        resolve(message);
      } else if (message.type === "failed") {
        clearTimeout(timer);
        reject(new StartFailed(String(message.message), Number(message.exitCode ?? 1)));
      }
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      // A lab that could not start says why itself; its last message may still be on its way.
      setTimeout(() => reject(new StartFailed(`The ${name} could not start (${signal ?? `exit ${code}`}).`, code ?? 1)), 50);
    });
  });
}

function whenEnded(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve) => child.once("exit", () => resolve(name)));
}

/** The app goes first: it may still want to say goodbye to its streams while the lab answers. */
async function endAll(children: readonly ChildProcess[]): Promise<void> {
  for (const child of [...children].reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT);
    await gone;
    clearTimeout(timer);
  }
}
