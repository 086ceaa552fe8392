import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { z } from "zod";
import type { ClusterEntry, UserEntry } from "./kubeconfig-files";
import type { ProxyEnvironment } from "./proxy";

/** What a credential plugin gave. */
export interface PluginCredential {
  token: string | null;
  /** PEM; both or neither. */
  certificate: { cert: string; key: string } | null;
  /** Epoch ms; null = it does not say. */
  expiresAt: number | null;
}

/** In words: what is wrong with the program that was to give credentials. */
export class PluginError extends Error {
  override readonly name = "PluginError";
}

const VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** Some plugins open a browser for a sign-in. */
const LIMIT_MS = 60_000;
const MAX_BYTES = 1024 * 1024;

const execShape = z.object({
  apiVersion: z.string().catch(""),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional().catch(undefined),
  provideClusterInfo: z.boolean().catch(false),
  interactiveMode: z.string().optional().catch(undefined),
});
const credentialShape = z.object({
  kind: z.literal("ExecCredential"),
  apiVersion: z.string(),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().nullish(),
  }),
});
const extensions = z.array(z.object({ name: z.string(), extension: z.unknown() })).catch([]);

/**
 * Runs the program a kubeconfig's user names and reads its ExecCredential (client authentication API, v1 and v1beta1). It gets the shell's
 * environment as kubectl would give it, and no standard input.
 * @throws PluginError
 */
export async function runExecPlugin(
  plugin: NonNullable<UserEntry["exec"]>,
  context: { cluster: ClusterEntry; kubeconfigs: readonly string[]; proxies: ProxyEnvironment | null },
): Promise<PluginCredential> {
  const parsed = execShape.safeParse(plugin);
  if (!parsed.success) throw new PluginError(`the entry of the program "${plugin.command}" is not complete`);
  const { apiVersion, command, args, env, installHint, provideClusterInfo, interactiveMode } = parsed.data;
  if (!VERSIONS.includes(apiVersion)) {
    throw new PluginError(`the program "${command}" speaks ${apiVersion || "no version"}; understood are ${VERSIONS.join(" and ")}`);
  }
  if (interactiveMode === "Always") throw new PluginError(`the program "${command}" wants to ask at a terminal, which Padlock has none of; use a token`);
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false, ...(provideClusterInfo ? { cluster: toClusterInfo(context.cluster) } : {}) } };
  const output = await run(command, args ?? [], {
    ...toShellEnvironment(process.env, context.proxies),
    KUBECONFIG: context.kubeconfigs.join(delimiter),
    ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  }).catch((error: unknown) => {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    const hint = installHint === undefined ? "" : ` (${toPlain(installHint)})`;
    throw new PluginError(`the program "${command}" for credentials is not there; install it or put it in the PATH${hint}`, { cause: error });
  });
  return readCredential(command, apiVersion, output);
}

function readCredential(command: string, apiVersion: string, output: string): PluginCredential {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    // The parser's message would quote the output.
    throw new PluginError(`the program "${command}" did not print a credential (it is not JSON)`);
  }
  const found = credentialShape.safeParse(value);
  if (!found.success) throw new PluginError(`the program "${command}" did not print a credential (no ExecCredential with a status)`);
  if (found.data.apiVersion !== apiVersion) {
    throw new PluginError(`the program "${command}" answered in ${toPlain(found.data.apiVersion)}, the kubeconfig says ${apiVersion}`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = found.data.status;
  if ((cert === undefined) !== (key === undefined)) throw new PluginError(`the program "${command}" printed a certificate without its key, or a key alone`);
  if (!token && cert === undefined) throw new PluginError(`the program "${command}" printed neither a token nor a certificate`);
  const expiresAt = expirationTimestamp ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    token: token || null,
    certificate: cert === undefined || key === undefined ? null : { cert, key },
    expiresAt: Number.isNaN(expiresAt) ? null : expiresAt,
  };
}

function toClusterInfo(cluster: ClusterEntry): object {
  const names = ["server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url"] as const;
  const config = extensions.parse(cluster["extensions"]).find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
  return { ...Object.fromEntries(names.flatMap((name) => (cluster[name] === undefined ? [] : [[name, cluster[name]]]))), config: config ?? null };
}

/** The launcher takes the proxies of the shell away from everything else. */
function toShellEnvironment(environment: NodeJS.ProcessEnv, proxies: ProxyEnvironment | null): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !/^(?:PADLOCK_.*|NODE_ENV|NODE_CHANNEL_.*|NEXT_.*|__NEXT.*)$/.test(name));
  const { https, http, none } = proxies ?? { https: null, http: null, none: null };
  return {
    ...Object.fromEntries(kept),
    ...(https === null ? {} : { HTTPS_PROXY: https }),
    ...(http === null ? {} : { HTTP_PROXY: http }),
    ...(none === null ? {} : { NO_PROXY: none }),
  } as NodeJS.ProcessEnv;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => stop(`did not end within ${LIMIT_MS / 1000} s`), LIMIT_MS);
    let output = "";
    let complaint = "";
    const stop = (problem: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new PluginError(`the program "${command}" ${problem}`));
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output.length > MAX_BYTES) stop(`printed more than ${MAX_BYTES} bytes`);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      complaint = (complaint + chunk).slice(-4000);
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new PluginError(`the program "${command}" ended with ${signal ?? code}${toComplaint(complaint)}`));
    });
  });
}

function toComplaint(text: string): string {
  const last = text.trim().split("\n").at(-1) ?? "";
  return last === "" ? "" : `: ${toPlain(last)}`;
}

/** A line of somebody else's, fit for a sentence: no control characters, nothing that looks like a secret, 200 characters. */
function toPlain(line: string): string {
  return line
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .replace(/[A-Za-z0-9+/_=.-]{40,}/g, "…")
    .slice(0, 200);
}
