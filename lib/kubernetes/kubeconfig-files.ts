import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { KubeconfigError } from "./errors";

const text = z.string().optional().catch(undefined);
const loose = z.record(z.string(), z.unknown());

const clusterShape = z.looseObject({
  server: z.string(),
  "proxy-url": text,
  "certificate-authority": text,
  "insecure-skip-tls-verify": z.boolean().optional(),
});
const userShape = z.looseObject({
  "client-certificate": text,
  "client-key": text,
  tokenFile: text,
  token: text,
  exec: z.looseObject({ command: z.string() }).nullish(),
  "auth-provider": z.looseObject({ name: z.string(), config: z.record(z.string(), z.string()).nullish() }).nullish(),
});
const contextShape = z.looseObject({ cluster: z.string(), user: text });
export type ClusterEntry = z.infer<typeof clusterShape>;
export type UserEntry = z.infer<typeof userShape>;
type ContextEntry = z.infer<typeof contextShape>;

const fileShape = z.looseObject({
  "current-context": text,
  clusters: z.array(loose).nullish(),
  users: z.array(loose).nullish(),
  contexts: z.array(loose).nullish(),
});

/** Entries by name. Those that are not of the right shape are left out: a broken entry is a problem only for who chooses it. */
export interface MergedKubeconfig {
  currentContext: string | null;
  clusters: Map<string, ClusterEntry>;
  users: Map<string, UserEntry>;
  contexts: Map<string, ContextEntry>;
  /** What is risky about the files, in sentences. */
  warnings: string[];
  /** Time of the last change of any of them, epoch ms. */
  changedAt: number;
}

const MAX_BYTES = 1024 * 1024;

/**
 * Reads kubeconfig files and merges them as kubectl does: the first file that has a name, or a current context, wins; paths are relative to
 * the file they stand in; of several files those that are missing are passed over (Kubernetes documentation, "Organizing Cluster Access").
 * @throws KubeconfigError
 */
export async function readKubeconfigs(paths: readonly string[]): Promise<MergedKubeconfig> {
  const merged: MergedKubeconfig = { currentContext: null, clusters: new Map(), users: new Map(), contexts: new Map(), warnings: [], changedAt: 0 };
  let read = 0;
  for (const path of paths.map((each) => resolve(each))) {
    const file = await readOne(path).catch((error: unknown) => {
      if (paths.length > 1 && error instanceof KubeconfigError && error.missing) return null;
      throw error;
    });
    if (file === null) continue;
    read += 1;
    addFile(merged, path, file);
  }
  if (read === 0) throw new KubeconfigError(paths.join(", "), "none of these files exists");
  return merged;
}

/** @returns time of the last change of any of the files, epoch ms; null when it cannot be told */
export async function readChangeTime(paths: readonly string[]): Promise<number | null> {
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (found) => found.mtimeMs,
        () => null,
      ),
    ),
  );
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** What may be chosen, for a list: the context's name, the cluster's address and the user's name. */
export interface KubeconfigContext {
  name: string;
  server: string;
  user: string;
  current: boolean;
}

export function listContexts({ contexts, clusters, currentContext }: MergedKubeconfig): KubeconfigContext[] {
  return [...contexts].map(([name, { cluster, user }]) => ({
    name,
    server: clusters.get(cluster)?.server ?? `(cluster "${cluster}" is missing)`,
    user: user ?? "",
    current: name === currentContext,
  }));
}

async function readOne(path: string): Promise<{ text: string; changedAt: number; warnings: string[] }> {
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
    throw new KubeconfigError(path, problem, [], { cause: error, missing: code === "ENOENT" });
  }
}

function addFile(merged: MergedKubeconfig, path: string, file: { text: string; changedAt: number; warnings: string[] }): void {
  let document: z.infer<typeof fileShape>;
  try {
    // Anchors that multiply are how a small file fills the memory.
    document = fileShape.parse(parse(file.text, { maxAliasCount: 100 }) ?? {});
  } catch (error) {
    throw new KubeconfigError(path, `not a kubeconfig (${error instanceof z.ZodError ? "its parts are of another shape" : firstLine(error)})`, [], {
      cause: error,
    });
  }
  merged.warnings.push(...file.warnings);
  merged.changedAt = Math.max(merged.changedAt, file.changedAt);
  merged.currentContext ??= document["current-context"] || null;
  const folder = dirname(path);
  addEntries(merged.clusters, document.clusters, "cluster", (value) => toAbsolute(folder, clusterShape.parse(value), ["certificate-authority"]));
  addEntries(merged.users, document.users, "user", (value) => {
    const user = toAbsolute(folder, userShape.parse(value ?? {}), ["client-certificate", "client-key", "tokenFile"]);
    const command = user.exec?.command;
    // A bare name is looked for in the PATH, as kubectl does.
    return user.exec && command?.includes(sep) ? { ...user, exec: toAbsolute(folder, user.exec, ["command"]) } : user;
  });
  addEntries(merged.contexts, document.contexts, "context", (value) => contextShape.parse(value));
}

function addEntries<T>(into: Map<string, T>, entries: readonly Record<string, unknown>[] | null | undefined, key: string, read: (value: unknown) => T): void {
  for (const entry of entries ?? []) {
    const { name } = entry;
    if (typeof name !== "string" || into.has(name)) continue;
    try {
      into.set(name, read(entry[key]));
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
    }
  }
}

function toAbsolute<T extends Record<string, unknown>>(folder: string, entry: T, keys: readonly (keyof T & string)[]): T {
  const paths = keys.flatMap((key) => {
    const path = entry[key];
    return typeof path === "string" && path !== "" && !isAbsolute(path) ? [[key, join(folder, path)]] : [];
  });
  return { ...entry, ...Object.fromEntries(paths) };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
