import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { findUnreadableFile, type LabReady, toClusterConfig, toLabConfig } from "./app-config";
import { type Options, parseOptions, USAGE } from "./options";
import { offerNewLinks, type SignInLinks, toSignInLines } from "./sign-in-prompt";

/**
 * Starts the app, and the embedded lab unless a cluster was chosen, as processes of their own, prints the one address to open, and ends with
 * them: whichever goes first takes the others along, so that nothing is left behind.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What the lab needs to be up, and what the app needs; a start that takes longer has failed. */
const READY_LIMIT = 30_000;
/** The app has 12 s for open streams; after that children are ended hard. */
const END_LIMIT = 13_000;

const SCENARIO = path.join(ROOT, "lib/lab/scenarios/istioinaction.yaml");

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
    if (options.cluster !== null) console.error("\nWithout --context or --in-cluster the embedded lab is started instead.");
    process.exitCode = error.exitCode;
  } finally {
    await endAll(children);
  }
  process.exit();
}

/** What the app says when it is up. */
interface AppReady {
  url: string;
  /** The wished port was taken. */
  busy: boolean;
  target: { context: string; server: string; user: string; warnings: string[] };
  signIn: SignInLinks | null;
}

interface Started {
  /** Names the child that ends first. */
  firstToEnd: Promise<string>;
}

/** @returns once everything is up */
async function start(options: Options, children: ChildProcess[]): Promise<Started> {
  return options.cluster === null ? startWithLab(options, children) : startOnCluster(options, options.cluster, children);
}

async function startOnCluster(options: Options, cluster: NonNullable<Options["cluster"]>, children: ChildProcess[]): Promise<Started> {
  const unreadable = await findUnreadableFile(options);
  if (unreadable !== null) throw new StartFailed(unreadable, 2);
  const app = startApp(toClusterConfig(options, cluster, process.env), children, cluster.by === "service-account");
  const ended = whenEnded(app, "app");
  const ready = (await whenReady(app, "app")) as AppReady;
  const { context, server, user, warnings } = ready.target;
  tellAddress(options, ready, [
    `  Cluster   ${context}, ${server}, as ${user || "nobody"}`,
    `            may change ${options.namespaces.join(", ")}`,
    ...warnings.map((warning) => `  Note      ${warning}`),
  ]);
  console.log("\nCtrl+C ends Padlock.");
  tellSignIn(app, ready);
  return { firstToEnd: ended };
}

async function startWithLab(options: Options, children: ChildProcess[]): Promise<Started> {
  const lab = startChild("lab", ["--directory", options.labDirectory ?? ROOT, "--scenario", SCENARIO], {});
  children.push(lab);
  const labEnded = whenEnded(lab, "lab");
  const labReady = (await whenReady(lab, "lab")) as LabReady;
  const app = startApp(toLabConfig(options, labReady), children, false);
  const appEnded = whenEnded(app, "app");
  const ready = (await Promise.race([
    whenReady(app, "app"),
    labEnded.then(() => {
      throw new StartFailed("The lab ended while the app was starting.", 1);
    }),
  ])) as AppReady;
  lab.send({ type: "padlock-url", url: ready.url });
  tellAddress(options, ready, [`  kubectl   . ${toShortPath(labReady.environment)}, then kubectl get peerauthentication -A`]);
  console.log("\nCtrl+C ends Padlock and its lab.");
  tellSignIn(app, ready);
  return { firstToEnd: Promise.race([labEnded, appEnded]) };
}

function startApp(config: object, children: ChildProcess[], isInPod: boolean): ChildProcess {
  const { KUBERNETES_SERVICE_HOST = "", KUBERNETES_SERVICE_PORT = "" } = process.env;
  const pod: Record<string, string> = isInPod ? { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } : {};
  const app = startChild("app", [], { ...pod, PADLOCK_CONFIG: JSON.stringify(config) });
  children.push(app);
  return app;
}

function tellAddress({ port }: Options, { url, busy }: AppReady, lines: readonly string[]): void {
  if (busy) console.log(`Port ${port} is taken by another program; Padlock uses the next free one.`);
  console.log(`\n  Padlock   ${url}\n${lines.join("\n")}`);
}

function tellSignIn(app: ChildProcess, { signIn }: AppReady): void {
  if (signIn === null) return;
  const isAsked = offerNewLinks(app);
  console.log(`\n${toSignInLines(signIn)}\n\n${isAsked ? "Enter prints a new sign-in link." : "Who is signed in makes further links under Invite."}`);
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

/** Nothing of the shell may choose another cluster or send the children's traffic through a proxy; what a chosen cluster needs is in the config. */
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
