import { isIP } from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";

/** A cluster that somebody has; without one the embedded lab is started. */
export type ChosenCluster =
  | { by: "service-account" }
  /** `kubeconfig` null = the shell's KUBECONFIG, else ~/.kube/config; `context` null = none was named, which is refused with a list. */
  | { by: "kubeconfig"; kubeconfig: string | null; context: string | null };

export interface Options {
  port: number;
  /** Folder in which the lab keeps its `.lab`; null = the checkout. */
  labDirectory: string | null;
  cluster: ChosenCluster | null;
  namespaces: string[];
  allowExec: boolean;
  kiali: { url: string | null; tokenFile: string | null; caFile: string | null };
  gateway: { address: string | null; caFile: string | null; host: string | null };
  /** Of the pods that are made to call from; null = curl's own. */
  probeImage: string | null;
  scrapeSeconds: number;
  listen: string;
  allowHosts: string[];
  signIn: boolean;
  help: boolean;
}

/** Where the page is served unless told otherwise. */
const DEFAULT_PORT = 4480;
const LOOPBACK = "127.0.0.1";
const NAMESPACE = "istioinaction";
/** What Istio's own Prometheus does. */
const SCRAPE_SECONDS = 15;
/** What lives there is the cluster's or the mesh's own; a policy in istio-system holds for the whole mesh. */
const OTHERS_NAMESPACES = new Set(["istio-system", "kube-system", "kube-public", "kube-node-lease"]);

export const USAGE = `Usage: npm start -- [--port PORT] [--lab FOLDER]
       npm start -- --context NAME [--kubeconfig FILE] [--namespace NAME]… [options]
       npm start -- --in-cluster [--namespace NAME]… [options]

Without --context or --in-cluster the embedded lab is started, and nothing else is ever reached.

  --port PORT              port of the page (default ${DEFAULT_PORT}; the next free one when it is taken)
  --lab FOLDER             existing folder in which the lab keeps its .lab files (default: the checkout); one lab a folder

A real cluster
  --context NAME           context of the kubeconfig; an unknown one lists those that exist
  --kubeconfig FILE        default: the files of $KUBECONFIG, else ~/.kube/config
  --in-cluster             as the service account of the pod this runs in
  --namespace NAME         namespace that may be changed (default ${NAMESPACE}); several: again, or with commas
  --allow-exec             run the program that the kubeconfig names for credentials
  --kiali URL              Kiali's address, with its web root (default: looked for in the cluster)
  --kiali-token-file FILE  token to sign in to Kiali with
  --kiali-ca FILE          CA that signed Kiali's certificate
  --gateway HOST:PORT      the ingress gateway's address (default: looked for in the cluster)
  --gateway-ca FILE        CA that signed the gateway's certificate
  --gateway-host NAME      host of the route (default: that of the Gateway)
  --probe-image IMAGE      image, with curl, of the pods that are made to call from (default: curl's own, of Docker Hub)
  --scrape-seconds N       how often Prometheus asks the proxies (default ${SCRAPE_SECONDS})

Who may open the page
  --listen ADDRESS         address to listen on (default ${LOOPBACK}); any but loopback asks for a sign-in
  --allow-host NAME        further name, or NAME:PORT, under which the page may be opened; asks for a sign-in unless it is localhost
  --sign-in                ask for a sign-in on loopback too

  --help                   this text`;

const OPTIONS = {
  port: { type: "string" },
  lab: { type: "string" },
  context: { type: "string" },
  kubeconfig: { type: "string" },
  "in-cluster": { type: "boolean" },
  namespace: { type: "string", multiple: true },
  "allow-exec": { type: "boolean" },
  kiali: { type: "string" },
  "kiali-token-file": { type: "string" },
  "kiali-ca": { type: "string" },
  gateway: { type: "string" },
  "gateway-ca": { type: "string" },
  "gateway-host": { type: "string" },
  "probe-image": { type: "string" },
  "scrape-seconds": { type: "string" },
  listen: { type: "string" },
  "allow-host": { type: "string", multiple: true },
  "sign-in": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Those that say something of a cluster, and nothing of the lab. */
const CLUSTER_ONLY = [
  "namespace",
  "allow-exec",
  "kiali",
  "kiali-token-file",
  "kiali-ca",
  "gateway",
  "gateway-ca",
  "gateway-host",
  "probe-image",
  "scrape-seconds",
] as const;

class Problem extends Error {}

/** @returns the options, or the problem with them in a sentence */
export function parseOptions(args: readonly string[]): Options | { problem: string } {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
    for (const [name, value] of Object.entries(values)) {
      for (const each of [value].flat()) if (each === "") throw new Problem(`--${name} needs a value.`);
    }
    const cluster = toCluster(values);
    if (cluster === null) {
      const senseless = CLUSTER_ONLY.find((name) => values[name] !== undefined);
      if (senseless !== undefined) throw new Problem(`--${senseless} is for a cluster; choose one with --context NAME or --in-cluster.`);
    } else if (values.lab !== undefined) {
      throw new Problem("--lab is for the embedded lab, which is not started for a cluster; leave one of the two away.");
    }
    const listen = values.listen ?? LOOPBACK;
    if (isIP(listen) === 0 && listen !== "localhost") throw new Problem(`--listen takes an address of this machine, not ${JSON.stringify(listen)}.`);
    const allowHosts = (values["allow-host"] ?? []).map(toHostName);
    return {
      port: toNumber("port", values.port ?? String(DEFAULT_PORT), { least: 1024, most: 65_515 }),
      labDirectory: values.lab === undefined ? null : path.resolve(values.lab),
      cluster,
      namespaces: toNamespaces(values.namespace ?? [NAMESPACE]),
      allowExec: values["allow-exec"] ?? false,
      kiali: { url: toKialiUrl(values.kiali), tokenFile: toFile(values["kiali-token-file"]), caFile: toFile(values["kiali-ca"]) },
      gateway: { address: toAddress(values.gateway), caFile: toFile(values["gateway-ca"]), host: toRouteHost(values["gateway-host"]) },
      probeImage: toImage(values["probe-image"]),
      scrapeSeconds: toNumber("scrape-seconds", values["scrape-seconds"] ?? String(SCRAPE_SECONDS), { least: 1, most: 3600 }),
      listen,
      allowHosts,
      // A name that others know leads others here, by a proxy or a tunnel.
      signIn: values["sign-in"] === true || !isLoopback(listen) || !allowHosts.every((name) => isLoopback(name.replace(/:\d+$/, ""))),
      help: values.help ?? false,
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function toCluster(values: { context?: string; kubeconfig?: string; "in-cluster"?: boolean; "allow-exec"?: boolean }): ChosenCluster | null {
  const { context, kubeconfig } = values;
  if (values["in-cluster"] === true) {
    const other = (["context", "kubeconfig", "allow-exec"] as const).find((name) => values[name] !== undefined);
    if (other !== undefined) throw new Problem(`--in-cluster uses the pod's service account, so --${other} does not go with it.`);
    return { by: "service-account" };
  }
  if (context === undefined && kubeconfig === undefined) return null;
  return { by: "kubeconfig", kubeconfig: kubeconfig === undefined ? null : path.resolve(kubeconfig), context: context ?? null };
}

function toNamespaces(given: readonly string[]): string[] {
  const names = [...new Set(given.flatMap((each) => each.split(",")).map((each) => each.trim()))];
  for (const name of names) {
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) throw new Problem(`--namespace takes names of namespaces, not ${JSON.stringify(name)}.`);
    if (OTHERS_NAMESPACES.has(name)) throw new Problem(`Padlock changes nothing in ${name}; name the namespace of your own services with --namespace.`);
  }
  if (names.length > 20) throw new Problem("--namespace takes at most 20 namespaces.");
  return names;
}

function toNumber(name: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new Problem(`--${name} takes a number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
  return number;
}

function toKialiUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Problem(`--kiali takes an address like https://kiali.example.com/kiali, not ${JSON.stringify(text)}.`);
  if (url.username !== "" || url.password !== "") throw new Problem("--kiali takes no login in the address; give a token with --kiali-token-file.");
  if (url.search !== "" || url.hash !== "")
    throw new Problem("--kiali takes Kiali's address with its web root, without a query; leave away what follows the ? or #.");
  return text;
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** `HOST:PORT`; an IPv6 address stands in brackets. */
function toAddress(text: string | undefined): string | null {
  if (text === undefined) return null;
  const [, host = "", port = ""] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const isHost = isIP(bare) === 6 ? host.startsWith("[") : HOST_NAME.test(host);
  if (!isHost || Number(port) < 1 || Number(port) > 65_535) {
    throw new Problem(`--gateway takes HOST:PORT, like 203.0.113.7:443 or [2001:db8::7]:443, not ${JSON.stringify(text)}.`);
  }
  return text;
}

function toRouteHost(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!HOST_NAME.test(text) || isIP(text) !== 0) throw new Problem(`--gateway-host takes the host name of a route, not ${JSON.stringify(text)}.`);
  return text.toLowerCase();
}

function toImage(text: string | undefined): string | null {
  if (text !== undefined && (text.length > 255 || !/^[a-z0-9][\w./:@-]*$/.test(text)))
    throw new Problem(`--probe-image takes the name of an image, like registry.example.com/curl:8.12.1, not ${JSON.stringify(text)}.`);
  return text ?? null;
}

function toHostName(text: string): string {
  const host = text.replace(/:\d{1,5}$/, "");
  if (!HOST_NAME.test(host) && isIP(text.replace(/^\[(.*)\](:\d+)?$/, "$1")) === 0) {
    throw new Problem(`--allow-host takes a name, or NAME:PORT, not ${JSON.stringify(text)}.`);
  }
  return text.toLowerCase();
}

function toFile(text: string | undefined): string | null {
  return text === undefined ? null : path.resolve(text);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
