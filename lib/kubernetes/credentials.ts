import { readFile, stat } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";
import { KubeconfigError } from "./errors";

export interface KubeconfigChoice {
  /** The one file that is read. The environment's KUBECONFIG and ~/.kube/config never are. */
  kubeconfigPath: string;
  /** The file's current-context when left out. */
  context?: string;
  /** Kubeconfigs may name a program that prints credentials; running it must have been asked for. */
  allowExecPlugin?: boolean;
}

/** What one context of a kubeconfig says about reaching and convincing its API server. */
export interface Credentials {
  context: string;
  /** Base address without a trailing slash. */
  server: string;
  user: string;
  /** Sentences about what is risky in the file. */
  warnings: string[];
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer; servername?: string; rejectUnauthorized?: boolean };
  /** HTTP proxy in front of the API server; null without one. */
  proxy: string | null;
  /** Time of the file's last change, epoch ms. */
  fileChangedAt: number;
  /** Authorization and impersonation headers, with a rotated token file read again within a minute. */
  headers(): Promise<Record<string, string>>;
}

const MAX_BYTES = 1024 * 1024;
/** A file may hold hundreds of contexts; a message names so many. */
const NAMED_CONTEXTS = 20;

/**
 * Reads a kubeconfig file.
 * @throws KubeconfigError
 */
export async function readCredentials(choice: KubeconfigChoice): Promise<Credentials> {
  const path = resolve(choice.kubeconfigPath);
  const file = await readKubeconfig(path);
  const config = new KubeConfig();
  try {
    config.loadFromString(file.text);
    config.makePathsAbsolute(dirname(path));
  } catch (error) {
    throw new KubeconfigError(path, `not a kubeconfig (${firstLine(error)})`, [], { cause: error });
  }
  const contexts = config.getContexts().map(({ name }) => name);
  const context = choice.context ?? config.getCurrentContext();
  if (!context) throw new KubeconfigError(path, `it names no current context; it has ${list(contexts)}`, contexts);
  if (!contexts.includes(context)) throw new KubeconfigError(path, `there is no context "${context}"; it has ${list(contexts)}`, contexts);
  config.setCurrentContext(context);

  const cluster = config.getCurrentCluster();
  if (!cluster) throw new KubeconfigError(path, `context "${context}" names a cluster that is not in the file`, contexts);
  const userName = config.getContextObject(context)?.user;
  if (userName && !config.getUser(userName))
    throw new KubeconfigError(path, `context "${context}" names the user "${userName}", which is not in the file`, contexts);
  // client-node applies the cluster's CA only when there is a user entry, so a context without one gets an empty one.
  if (!userName) {
    config.addUser({ name: "" });
    const chosen = config.getContextObject(context);
    if (chosen) config.contexts = config.contexts.map((each) => (each === chosen ? { ...each, user: "" } : each));
  }
  const user = config.getUser(userName ?? "");
  const tokenFile = readTokenFile(file.text, userName);
  if (user && tokenFile !== undefined && !user.token) {
    // client-node knows in-cluster token files, but not the kubeconfig's own `tokenFile`.
    config.users = config.users.map((each) =>
      each === user ? { ...each, authProvider: { name: "tokenFile", config: { tokenFile: absolute(path, tokenFile) } } } : each,
    );
  }
  if (user?.exec && choice.allowExecPlugin !== true) {
    throw new KubeconfigError(
      path,
      `user "${userName}" wants to run the program "${String(user.exec.command)}" for credentials, which is not allowed here`,
      contexts,
    );
  }
  if (!/^https?:\/\//.test(cluster.server)) throw new KubeconfigError(path, `the server "${cluster.server}" is not an http(s) address`, contexts);
  if (cluster.proxyUrl && !/^https?:\/\//.test(cluster.proxyUrl)) throw new KubeconfigError(path, "only HTTP proxies are supported", contexts);

  const warnings = [...file.warnings];
  if (cluster.skipTLSVerify) warnings.push(`The certificate of ${cluster.server} is not verified (insecure-skip-tls-verify)`);

  const options = async () => {
    const filled: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(filled);
    } catch (error) {
      throw new KubeconfigError(path, firstLine(error), contexts, { cause: error });
    }
    return filled;
  };
  const first = await options();
  const changes = Boolean(user?.exec || tokenFile !== undefined || user?.authProvider);
  const fixed = toHeaders(first);
  return {
    context,
    server: cluster.server.replace(/\/+$/, ""),
    user: userName ?? "",
    warnings,
    tls: toTls(first),
    proxy: cluster.proxyUrl ?? null,
    fileChangedAt: file.changedAt,
    headers: async () => (changes ? toHeaders(await options()) : fixed),
  };
}

/** @returns time of the file's last change, epoch ms; null when it cannot be told */
export async function readChangeTime(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => null,
  );
}

async function readKubeconfig(path: string): Promise<{ text: string; changedAt: number; warnings: string[] }> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new KubeconfigError(path, "not a file");
    if (found.size > MAX_BYTES) throw new KubeconfigError(path, `${found.size} bytes; more than ${MAX_BYTES} is not read`);
    const warnings = process.platform !== "win32" && (found.mode & 0o004) !== 0 ? [`${path} can be read by every user of this machine`] : [];
    return { text: await readFile(path, "utf8"), changedAt: found.mtimeMs, warnings };
  } catch (error) {
    if (error instanceof KubeconfigError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const problem = code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "this user may not read it" : firstLine(error);
    throw new KubeconfigError(path, problem, [], { cause: error });
  }
}

const userEntries = z.object({ users: z.array(z.object({ name: z.string(), user: z.object({ tokenFile: z.string().optional() }).nullish() })).catch([]) });

function readTokenFile(text: string, userName: string | undefined): string | undefined {
  const entries = userEntries.safeParse(parse(text));
  return entries.data?.users.find(({ name }) => name === userName)?.user?.tokenFile;
}

function absolute(kubeconfigPath: string, file: string): string {
  return isAbsolute(file) ? file : join(dirname(kubeconfigPath), file);
}

function toHeaders(options: RequestOptions): Record<string, string> {
  const headers = Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]));
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  return headers;
}

const bytes = z.instanceof(Buffer).optional().catch(undefined);
const tlsOptions = z.object({
  ca: bytes,
  cert: bytes,
  key: bytes,
  servername: z.string().optional().catch(undefined),
  rejectUnauthorized: z.boolean().optional(),
});

function toTls(options: RequestOptions): Credentials["tls"] {
  const found = tlsOptions.parse(options);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const rest = names.length - NAMED_CONTEXTS;
  return names.slice(0, NAMED_CONTEXTS).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
