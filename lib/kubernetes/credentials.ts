import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { CredentialsError, KubeconfigError } from "./errors";
import { PluginError, runExecPlugin } from "./exec-plugin";
import { type ClusterEntry, type MergedKubeconfig, readKubeconfigs, type UserEntry } from "./kubeconfig-files";
import { OidcError, type OidcMemory, readClaims, readIdToken } from "./oidc";
import { chooseProxy, type ProxyEnvironment } from "./proxy";
import { createAgent, PROXY_KINDS } from "./tunnel";

export interface KubeconfigChoice {
  /** The file that is read, or the files that are merged; null = the service account of the pod this runs in. Nothing else ever is. */
  kubeconfigPath: string | readonly string[] | null;
  /** The files' current context when left out. */
  context?: string;
  /** Kubeconfigs may name a program that prints credentials; running it must have been asked for. */
  allowExecPlugin?: boolean;
  /** Proxies of the shell; none when left out. */
  proxies?: ProxyEnvironment;
  /** Told every secret before it is used. */
  onSecret?: (value: string) => void;
  /** Told how each request ended; those that were given up are not. */
  onCall?: (outcome: "answered" | "refused" | "failed" | "unreachable") => void;
  /** Where the pod's file system begins; `/` unless told. */
  root?: string;
}

/** Proof of who one is, for a while. */
export interface Proof {
  /** Authorization and impersonation. */
  headers: Record<string, string | string[]>;
  /** Client certificate of a plugin, PEM. */
  certificate: { cert: string; key: string } | null;
  /** Epoch ms. */
  validUntil: number;
}

/** What one context of a kubeconfig says about reaching and convincing its API server. */
export interface Credentials {
  context: string;
  /** Base address without a trailing slash. */
  server: string;
  user: string;
  /** Absolute; empty in a pod. */
  kubeconfigPaths: string[];
  /** Sentences about what is risky in the file. */
  warnings: string[];
  tls: { ca?: Buffer | string; cert?: Buffer | string; key?: Buffer | string; servername?: string; rejectUnauthorized?: boolean };
  /** Proxy in front of the API server, with its login; null without one. */
  proxy: string | null;
  /** Time of the files' last change, epoch ms. */
  fileChangedAt: number;
  /** Reads token files, runs programs, asks the identity provider. @throws CredentialsError */
  prove(): Promise<Proof>;
}

/** What outlives a new reading of the same kubeconfig. */
export interface CredentialsMemory {
  oidc: OidcMemory | null;
}

const NAMED_CONTEXTS = 20;
const ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount";
/** A rotated token file is noticed within this time; client-go takes a minute. */
const TOKEN_FILE_MS = 10_000;

/**
 * Reads kubeconfig files or the pod's service account. Runs and asks nothing yet.
 * @throws KubeconfigError
 */
export async function readCredentials(choice: KubeconfigChoice, memory: CredentialsMemory = { oidc: null }): Promise<Credentials> {
  const { kubeconfigPath } = choice;
  if (kubeconfigPath === null) return readServiceAccount(choice.root ?? "/", choice.proxies ?? null);
  const paths = (typeof kubeconfigPath === "string" ? [kubeconfigPath] : kubeconfigPath).map((path) => resolve(path));
  const where = paths.join(", ");
  const file = await readKubeconfigs(paths);
  const { context, cluster, userName, user } = choose(file, choice.context, where);
  const problem = (text: string, cause?: unknown) => new KubeconfigError(where, text, [...file.contexts.keys()], { cause });

  if (user.exec && choice.allowExecPlugin !== true) {
    throw problem(`user "${userName}" wants to run the program "${user.exec.command}" for credentials, which is not allowed here (--allow-exec allows it)`);
  }
  const provider = user["auth-provider"];
  if (provider && provider.name !== "oidc") {
    throw problem(
      `user "${userName}" has the auth-provider "${provider.name}", which kubectl gave up in 1.26; use the credential program of your cluster's maker`,
    );
  }
  if (!/^https?:\/\//.test(cluster.server) || !URL.canParse(cluster.server)) throw problem(`the server "${cluster.server}" is not an http(s) address`);
  const proxy = chooseProxy(new URL(cluster.server), cluster["proxy-url"] ?? null, choice.proxies ?? null);
  if (proxy !== null && !(PROXY_KINDS.test(proxy) && URL.canParse(proxy))) throw problem("only http, https and socks5 proxies are supported");
  const tls = await readTls({ cluster, user, fail: problem });
  if (cluster.server.startsWith("http:") && (user.token || user.tokenFile || user.exec || provider || user["username"])) {
    if (cluster["insecure-skip-tls-verify"] !== true)
      throw problem(`credentials would be sent to ${cluster.server} in plain text: HTTP protocol is not allowed`);
  }
  const warnings = [...file.warnings];
  if (tls.rejectUnauthorized === false) warnings.push(`The certificate of ${cluster.server} is not verified (insecure-skip-tls-verify)`);
  if (user.exec) warnings.push(`The program "${user.exec.command}" is run for credentials`);
  if (provider) warnings.push(`The sign-in is renewed at ${provider.config?.["idp-issuer-url"] ?? "no address"}`);
  return {
    context,
    server: cluster.server.replace(/\/+$/, ""),
    user: userName,
    kubeconfigPaths: paths,
    warnings,
    tls,
    proxy,
    fileChangedAt: file.changedAt,
    prove: () => prove({ cluster, user, userName, paths, proxies: choice.proxies ?? null, memory }),
  };
}

function choose(
  file: MergedKubeconfig,
  wanted: string | undefined,
  where: string,
): { context: string; cluster: ClusterEntry; userName: string; user: UserEntry } {
  const names = [...file.contexts.keys()];
  const problem = (text: string) => new KubeconfigError(where, text, names);
  const context = wanted ?? file.currentContext;
  if (context === null) throw problem(`it names no current context; it has ${list(names)}`);
  const chosen = file.contexts.get(context);
  if (chosen === undefined) throw problem(`there is no context "${context}"; it has ${list(names)}`);
  const cluster = file.clusters.get(chosen.cluster);
  if (cluster === undefined) throw problem(`context "${context}" names a cluster that is not in the file`);
  const userName = chosen.user ?? "";
  const user = userName === "" ? {} : file.users.get(userName);
  if (user === undefined) throw problem(`context "${context}" names the user "${userName}", which is not in the file`);
  return { context, cluster, userName, user };
}

async function readServiceAccount(root: string, proxies: ProxyEnvironment | null): Promise<Credentials> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
  const folder = join(root, ACCOUNT);
  const fail = (text: string, cause?: unknown) => new KubeconfigError(folder, text, [], { cause, what: "Service account" });
  if (!host) throw fail("this does not run in a pod (KUBERNETES_SERVICE_HOST is not set); choose a cluster with --context");
  const tokenFile = join(folder, "token");
  const token = await readTokenFile(tokenFile).catch((error: unknown) => {
    throw fail("the pod has no service account token; set automountServiceAccountToken", error);
  });
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const cluster = { server, "certificate-authority": join(folder, "ca.crt") };
  const subject = z.object({ sub: z.string() }).safeParse(readClaims(token));
  return {
    context: "in-cluster",
    server,
    user: subject.data?.sub ?? "service account",
    kubeconfigPaths: [],
    warnings: [],
    tls: await readTls({ cluster, user: {}, fail }),
    proxy: chooseProxy(new URL(server), null, proxies),
    fileChangedAt: 0,
    prove: () => prove({ cluster, user: { tokenFile }, userName: "", paths: [], proxies: null, memory: { oidc: null } }),
  };
}

interface Prover {
  cluster: ClusterEntry;
  user: UserEntry;
  userName: string;
  paths: string[];
  proxies: ProxyEnvironment | null;
  memory: CredentialsMemory;
}

async function prove({ cluster, user, userName, paths, proxies, memory }: Prover): Promise<Proof> {
  const proof: Proof = { headers: toImpersonation(user), certificate: null, validUntil: Number.POSITIVE_INFINITY };
  const bear = (token: string) => {
    proof.headers["authorization"] = `Bearer ${token}`;
  };
  try {
    // As client-go: a token file comes before a token, and whatever is written there before a program.
    if (user.tokenFile) {
      bear(await readTokenFile(user.tokenFile));
      proof.validUntil = Date.now() + TOKEN_FILE_MS;
    } else if (user.token) {
      bear(user.token);
    } else if (user["username"]) {
      proof.headers["authorization"] = `Basic ${Buffer.from(`${user["username"]}:${user["password"] ?? ""}`).toString("base64")}`;
    } else if (user["auth-provider"]) {
      const connect = (ca: string | null, address: URL) => createAgent({ tls: ca === null ? {} : { ca }, proxy: chooseProxy(address, null, proxies) });
      const { token, validUntil, memory: kept } = await readIdToken(user["auth-provider"].config ?? {}, memory.oidc, connect);
      memory.oidc = kept;
      bear(token);
      proof.validUntil = validUntil;
    } else if (user.exec) {
      const { token, certificate, expiresAt } = await runExecPlugin(user.exec, { cluster, kubeconfigs: paths, proxies });
      if (token !== null) bear(token);
      proof.certificate = certificate;
      proof.validUntil = expiresAt ?? Number.POSITIVE_INFINITY;
    }
    return proof;
  } catch (error) {
    if (error instanceof PluginError || error instanceof OidcError) throw new CredentialsError(userName, error.message, { cause: error });
    throw new CredentialsError(userName, `the file ${user.tokenFile} of the token cannot be read (${toCode(error)})`, { cause: error });
  }
}

/** Acting as somebody else with half of what the kubeconfig says would be acting as somebody else again. */
function toImpersonation(user: UserEntry): Proof["headers"] {
  const { as, "as-uid": uid, "as-groups": groups, "as-user-extra": extra } = impersonation.parse(user);
  return {
    ...(as ? { "impersonate-user": as } : {}),
    ...(uid ? { "impersonate-uid": uid } : {}),
    ...(groups ? { "impersonate-group": groups } : {}),
    ...Object.fromEntries(Object.entries(extra ?? {}).map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, values])),
  };
}
const impersonation = z.object({
  as: z.string().nullish(),
  "as-uid": z.string().nullish(),
  "as-groups": z.array(z.string()).nullish(),
  "as-user-extra": z.record(z.string(), z.array(z.string())).nullish(),
});

async function readTokenFile(path: string): Promise<string> {
  const token = (await readFile(path, "utf8")).trim();
  if (token === "" || /\s/.test(token)) throw new Error("it holds no token");
  return token;
}

const material = z.instanceof(Buffer).optional().catch(undefined);
const tlsOptions = z.object({
  ca: material,
  cert: material,
  key: material,
  servername: z.string().optional().catch(undefined),
  rejectUnauthorized: z.boolean().optional(),
});

/** client-node reads certificates and keys, from files or from the kubeconfig itself. */
async function readTls({ cluster, user, fail }: { cluster: ClusterEntry; user: UserEntry; fail(text: string, cause?: unknown): KubeconfigError }) {
  const config = new KubeConfig();
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const defined = (value: Record<string, unknown>) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
  config.loadFromOptions({
    clusters: [
      defined({
        name: "cluster",
        server: cluster.server,
        caData: text(cluster["certificate-authority-data"]),
        caFile: text(cluster["certificate-authority"]),
        tlsServerName: text(cluster["tls-server-name"]),
        // Its refusal of plain http is made here, where it can tell whether anything secret would be sent.
        skipTLSVerify: cluster["insecure-skip-tls-verify"] === true || cluster.server.startsWith("http:"),
      }),
    ],
    users: [
      defined({
        name: "user",
        certData: text(user["client-certificate-data"]),
        certFile: text(user["client-certificate"]),
        keyData: text(user["client-key-data"]),
        keyFile: text(user["client-key"]),
      }),
    ],
    contexts: [{ name: "context", cluster: "cluster", user: "user" }],
    currentContext: "context",
  });
  const filled: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(filled);
  } catch (error) {
    const path = error instanceof Error && "path" in error ? ` ${String(error.path)}` : "";
    throw fail(`a certificate or key file${path} cannot be used (${toCode(error)})`, error);
  }
  const { rejectUnauthorized, ...tls } = tlsOptions.parse(filled);
  const insecure = rejectUnauthorized === false && cluster["insecure-skip-tls-verify"] === true;
  return defined({ ...tls, ...(insecure ? { rejectUnauthorized } : {}) }) as Credentials["tls"];
}

function toCode(error: unknown): string {
  if (error instanceof Error && "code" in error) {
    if (error.code === "ENOENT") return "there is no such file";
    if (error.code === "EACCES") return "this user may not read it";
  }
  return error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const rest = names.length - NAMED_CONTEXTS;
  return names.slice(0, NAMED_CONTEXTS).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
