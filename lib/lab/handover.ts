import { chmod, mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { type CheckoutLock, lockCheckout } from "./checkout-lock";

/** Everything a lab hands over, the way an administrator hands over a cluster. */
export interface HandoverFacts {
  kubernetes: {
    /** `https://host:port`. */
    server: string;
    /** PEM. */
    ca: string;
    /** Bearer tokens of the user `padlock` and of `padlock-viewer`, who may only look. */
    adminToken: string;
    viewToken: string;
  };
  kialiUrl: string;
  gateway: {
    ip: string;
    port: number;
    /** PEM of the CA that signed the gateway's certificate. */
    ca: string;
  };
}

/** Where the files lie, absolute. */
export interface HandoverPaths {
  kubeconfig: string;
  gatewayCa: string;
  environment: string;
}

export interface Handover {
  readonly paths: HandoverPaths;
  /** Writes all files, each in one step. */
  publish(facts: HandoverFacts): Promise<void>;
  /** Adds the page's address to the environment file. @throws TypeError for something that is no http address */
  setPadlockUrl(url: string): Promise<void>;
  /** Takes the files away, so that nobody is led to what is about to end. */
  withdraw(): Promise<void>;
  /** Takes the files away and lets the checkout go. */
  close(): Promise<void>;
}

/** `.lab` is there but no folder, or nothing can be written there. */
export class HandoverFolderError extends Error {
  override readonly name = "HandoverFolderError";
}

const FILES = ["kubeconfig", "root-ca.crt", "lab.env"];

/**
 * Takes the checkout's `.lab` folder for one lab; what a lab that crashed left there is taken over.
 * @throws LabAlreadyRunsError while another lab runs in this checkout; HandoverFolderError
 */
export async function openHandover(directory: string): Promise<Handover> {
  const folder = path.join(path.resolve(directory), ".lab");
  const paths = { kubeconfig: path.join(folder, "kubeconfig"), gatewayCa: path.join(folder, "root-ca.crt"), environment: path.join(folder, "lab.env") };
  let facts: HandoverFacts | undefined;
  let padlockUrl: string | undefined;
  let lock: CheckoutLock;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // One left by somebody with another umask.
    await chmod(folder, 0o700);
    lock = await lockCheckout(folder, () => ({ pid: process.pid, padlockUrl, kialiUrl: facts?.kialiUrl }));
  } catch (error) {
    if (isErrno(error)) throw new HandoverFolderError(`${folder} cannot be used: ${error.message}`, { cause: error });
    throw error;
  }
  await removeFiles(folder);

  const writeEnvironment = async () => facts && replaceFile(paths.environment, toEnvironment(facts, paths, padlockUrl), 0o644);
  return {
    paths,
    async publish(published) {
      facts = published;
      await replaceFile(paths.gatewayCa, facts.gateway.ca, 0o644);
      await replaceFile(paths.kubeconfig, toKubeconfig(facts.kubernetes), 0o600);
      // Last: who reads it finds the files it names.
      await writeEnvironment();
    },
    async setPadlockUrl(url) {
      const { protocol } = new URL(url);
      if (protocol !== "http:" && protocol !== "https:") throw new TypeError(`not an http address: ${url}`);
      padlockUrl = url;
      await writeEnvironment();
    },
    withdraw: () => removeFiles(folder),
    async close() {
      await removeFiles(folder);
      await lock.close();
      // Stays when a person keeps something of their own in it.
      await rmdir(folder).catch(() => {});
    },
  };
}

/** A reader sees the old file or the new one, never half of one. */
async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await writeFile(temporary, content, { mode, flag: "wx" });
  await rename(temporary, file);
}

async function removeFiles(folder: string): Promise<void> {
  // A person may have removed the whole folder meanwhile.
  const left = (await readdir(folder).catch(() => [])).filter((name) => FILES.includes(name.replace(/\.\d+\.tmp$/, "")));
  await Promise.all(left.map((name) => rm(path.join(folder, name), { force: true })));
}

/** A kubeconfig for kubectl and every client: the current context is the one that may write. */
export function toKubeconfig({ server, ca, adminToken, viewToken }: HandoverFacts["kubernetes"]): string {
  const cluster = "padlock-lab";
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": cluster,
    clusters: [{ name: cluster, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [
      { name: "padlock", user: { token: adminToken } },
      { name: "padlock-viewer", user: { token: viewToken } },
    ],
    contexts: [
      { name: cluster, context: { cluster, user: "padlock" } },
      { name: "padlock-lab-viewer", context: { cluster, user: "padlock-viewer" } },
    ],
    preferences: {},
  });
}

/** Lines for a POSIX shell to read with `.`; a path may hold any character. */
export function toEnvironment({ kialiUrl, gateway }: HandoverFacts, paths: HandoverPaths, padlockUrl?: string): string {
  const variables = {
    KUBECONFIG: paths.kubeconfig,
    KIALI_URL: kialiUrl,
    GATEWAY_IP: gateway.ip,
    GATEWAY_PORT: String(gateway.port),
    GATEWAY_CA: paths.gatewayCa,
    PADLOCK_URL: padlockUrl,
  };
  return Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `export ${name}='${value?.replaceAll("'", `'\\''`)}'\n`)
    .join("");
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
