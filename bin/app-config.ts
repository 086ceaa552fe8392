import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import type { Options } from "./options";

/** What the lab says when it is up: the things a cluster's administrator would hand over. */
export interface LabReady {
  kubeconfig: string;
  /** The file of `export` lines for a shell. */
  environment: string;
  kialiUrl: string;
  gateway: { caFile: string };
}

/** PADLOCK_CONFIG for the embedded lab. */
export function toLabConfig(
  { listen, port, allowHosts, signIn }: Pick<Options, "listen" | "port" | "allowHosts" | "signIn">,
  lab: Omit<LabReady, "environment">,
): object {
  return {
    label: "embedded lab",
    kind: "lab",
    kubeconfig: [lab.kubeconfig],
    allowExec: false,
    proxies: null,
    kiali: { url: lab.kialiUrl, tokenFile: null, caFile: null },
    gateway: { address: null, caFile: lab.gateway.caFile, host: "istioinaction.io" },
    // The lab's own scrape interval; a cluster administrator would know theirs.
    scrapeSeconds: 1,
    namespaces: ["istioinaction"],
    meshStart: "PERMISSIVE",
    listen: { address: listen, port },
    allowHosts,
    signIn,
  };
}

/** PADLOCK_CONFIG for a cluster that was chosen; the shell says only where kubeconfigs lie and which proxies there are, as it says to kubectl. */
export function toClusterConfig(options: Options, cluster: NonNullable<Options["cluster"]>, environment: NodeJS.ProcessEnv): object {
  const { allowExec, kiali, gateway, probeImage, scrapeSeconds, namespaces, listen, port, allowHosts, signIn } = options;
  const either = (name: string) => environment[name] || environment[name.toLowerCase()] || null;
  const proxies = { https: either("HTTPS_PROXY"), http: either("HTTP_PROXY"), none: either("NO_PROXY") };
  const context = cluster.by === "kubeconfig" ? cluster.context : null;
  return {
    label: cluster.by === "kubeconfig" ? (cluster.context ?? "") : "this cluster",
    kind: "cluster",
    kubeconfig: cluster.by === "kubeconfig" ? findKubeconfigs(cluster.kubeconfig, environment) : null,
    ...(context === null ? {} : { context }),
    allowExec,
    proxies,
    kiali,
    gateway,
    ...(probeImage === null ? {} : { probeImage }),
    scrapeSeconds,
    namespaces,
    listen: { address: listen, port },
    allowHosts,
    signIn,
  };
}

/** As kubectl: the one that was named, else those of $KUBECONFIG, else the one at home. */
function findKubeconfigs(named: string | null, environment: NodeJS.ProcessEnv): string[] {
  if (named !== null) return [named];
  const listed = (environment["KUBECONFIG"] ?? "").split(path.delimiter).filter((file) => file !== "");
  return listed.length > 0 ? [...new Set(listed.map((file) => path.resolve(file)))] : [path.join(homedir(), ".kube", "config")];
}

/** @returns the problem with the first file that was named but cannot be read, in a sentence; null = none */
export async function findUnreadableFile({ kiali, gateway }: Options): Promise<string | null> {
  const files = { "kiali-token-file": kiali.tokenFile, "kiali-ca": kiali.caFile, "gateway-ca": gateway.caFile };
  for (const [name, file] of Object.entries(files)) {
    if (file === null) continue;
    const failed = await access(file, constants.R_OK).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
    if (failed !== null) return `--${name}: ${file} ${failed.code === "ENOENT" ? "does not exist" : `cannot be read (${failed.code})`}.`;
  }
  return null;
}
