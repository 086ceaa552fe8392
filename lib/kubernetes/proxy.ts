import { BlockList, isIP } from "node:net";

/** What a shell says about proxies, as its variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold it. */
export interface ProxyEnvironment {
  https: string | null;
  http: string | null;
  none: string | null;
}

/**
 * The proxy in front of an address: the one that the kubeconfig names, else the shell's, by the rules of Go's ProxyFromEnvironment that
 * kubectl follows: never for loopback, never for what NO_PROXY names (a host with its subdomains, an address, a network, each with or
 * without a port, or `*`).
 * @returns null = none
 */
export function chooseProxy(address: URL, named: string | null, environment: ProxyEnvironment | null): string | null {
  if (named !== null && named !== "") return named;
  const shell = address.protocol === "https:" ? environment?.https : environment?.http;
  if (!shell || isLoopback(address.hostname) || isExcepted(address, environment?.none ?? "")) return null;
  return /^[a-z0-9]+:\/\//i.test(shell) ? shell : `http://${shell}`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function isExcepted({ hostname, port, protocol }: URL, none: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const asked = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return none
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, asked));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInNetwork(entry, host);
  const [, name = entry, wanted] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const bare = name.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  const only = /^\*?\./.test(name);
  return (!only && host === bare) || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

function isInNetwork(entry: string, host: string): boolean {
  const [network = "", prefix = ""] = entry.split("/");
  const kind = isIP(host);
  if (kind === 0 || kind !== isIP(network)) return false;
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(prefix), kind === 4 ? "ipv4" : "ipv6");
  } catch {
    return false;
  }
  return list.check(host, kind === 4 ? "ipv4" : "ipv6");
}
