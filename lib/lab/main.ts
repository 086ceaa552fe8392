import path from "node:path";
import { parseArgs } from "node:util";
import { LabAlreadyRunsError } from "./checkout-lock";
import { type Lab, startLab } from "./lab";
import { onParentGone } from "./parent";

const USAGE = `Usage: node dist/lab.js [--directory CHECKOUT] [--scenario FILE]

  --directory   the checkout whose .lab folder is written (default: here)
  --scenario    manifests to start with (default: lib/lab/scenarios/istioinaction.yaml of the checkout)`;

/** Exit code of a lab that found another one in its checkout. */
const ALREADY_RUNS = 3;
const USAGE_ERROR = 2;
/** Everything is closed within this time, ms, or the process ends without; what is left in .lab the next start takes over. */
const END_LIMIT = 1_800;

class UsageError extends Error {
  override readonly name = "UsageError";
}

function parseOptions(args: readonly string[]): { directory: string; scenario?: string } {
  try {
    const { values } = parseArgs({ args: [...args], options: { directory: { type: "string", default: "." }, scenario: { type: "string" } }, strict: true });
    return { directory: path.resolve(values.directory), scenario: values.scenario === undefined ? undefined : path.resolve(values.scenario) };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}

/** What the parent may say later: the page's address, which is known only after the app has found its port. */
function parsePadlockUrl(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null || !("type" in message) || message.type !== "padlock-url") return undefined;
  return "url" in message && typeof message.url === "string" ? message.url : undefined;
}

/** Tells the parent over the channel, or a person on the terminal. */
async function tell(message: { type: string }, text: string, stream: NodeJS.WriteStream): Promise<void> {
  const { send } = process;
  if (send) await new Promise<void>((done) => send.call(process, message, () => done()));
  else stream.write(`${text}\n`);
}

async function main(): Promise<void> {
  let starting: Promise<Lab> | undefined;
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(), END_LIMIT);
    const lab = await starting?.catch(() => undefined);
    await lab?.close();
    process.exit();
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end());
  onParentGone(() => void end());
  // A terminal or pipe that was closed is no reason to leave the files behind.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

  starting = startLab(parseOptions(process.argv.slice(2)));
  const lab = await starting;
  process.on("message", (message) => {
    const url = parsePadlockUrl(message);
    if (url !== undefined) lab.setPadlockUrl(url).catch((error: unknown) => console.error(`The page's address could not be noted: ${String(error)}`));
  });
  if (ending) return;
  for (const problem of lab.unserved) console.error(`A first call of the lab was not served: ${problem}.`);
  const { kubeconfig, environment, kubernetesUrl, kialiUrl, gateway } = lab;
  await tell(
    { type: "ready", ...{ kubeconfig, environment, kubernetesUrl, kialiUrl, gateway } },
    `The lab is ready: Kubernetes ${kubernetesUrl}, Kiali ${kialiUrl}, gateway ${gateway.ip}:${gateway.port}. Use it with: . '${environment}'`,
    process.stdout,
  );
}

main().catch(async (error: unknown) => {
  const known = error instanceof LabAlreadyRunsError ? ALREADY_RUNS : error instanceof UsageError ? USAGE_ERROR : 1;
  // What has a class of its own explains itself; anything else is a fault whose place matters.
  const named = error instanceof Error && error.name !== "Error" && !(error instanceof TypeError) && !(error instanceof ReferenceError);
  const message = named ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  await tell({ type: "failed", ...{ message, exitCode: known } }, message, process.stderr);
  process.exit(known);
});
