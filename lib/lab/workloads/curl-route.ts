import { CurlError } from "./curl-error";
import type { CurlOptions } from "./curl-options";
import type { CurlUrl } from "./curl-url";

/** Where the connection for a URL really goes; the request itself does not change. */
export interface CurlRoute {
  /** For messages: the host that was asked for. */
  name: string;
  /** A name or an address. */
  host: string;
  port: number;
  /** What -v says about it. */
  notes: string[];
}

interface ResolveEntry {
  host: string;
  port: number;
  address: string;
}

const bare = (host = "") => host.replace(/^\[|\]$/g, "");

/**
 * `--resolve HOST:PORT:ADDRESS` (several addresses by commas, the first is used; `*` for any host).
 * @throws CurlError 49 when it cannot be read
 */
function parseResolve(entry: string): ResolveEntry | undefined {
  // A leading minus takes an entry out of the cache; each run here begins with an empty one.
  if (entry.startsWith("-")) return undefined;
  const found = /^\+?(\[[^\]]+\]|[^:]+):(\d{1,5}):(.+)$/.exec(entry);
  const address = bare(found?.[3]?.split(",")[0]);
  if (!found || !address) throw new CurlError(49, `Couldn't parse CURLOPT_RESOLVE entry '${entry}'`);
  return { host: bare(found[1]).toLowerCase(), port: Number(found[2]), address };
}

/** Follows `--connect-to HOST1:PORT1:HOST2:PORT2` (empty parts: any, unchanged; unreadable ones match nothing), then `--resolve`. */
export function toRoute(options: CurlOptions, url: CurlUrl): CurlRoute {
  const entries = options.resolve.map(parseResolve).filter((entry) => entry !== undefined);
  const notes = entries.map((entry) => `Added ${entry.host}:${entry.port}:${entry.address} to DNS cache`);
  let { host, port } = url;
  for (const text of options.connectTo) {
    const rule = /^(\[[^\]]*\]|[^:]*):(\d*):(\[[^\]]*\]|[^:]*):(\d*)$/.exec(text);
    const fromHost = bare(rule?.[1]).toLowerCase();
    if (!rule || (fromHost && fromHost !== host.toLowerCase()) || (rule[2] && Number(rule[2]) !== port)) continue;
    if (rule[3]) notes.push(`Connecting to hostname: ${bare(rule[3])}`);
    if (rule[4]) notes.push(`Connecting to port: ${rule[4]}`);
    host = bare(rule[3]) || host;
    port = rule[4] ? Number(rule[4]) : port;
    break;
  }
  const pinned = entries.find((entry) => (entry.host === host.toLowerCase() || entry.host === "*") && entry.port === port);
  if (pinned) notes.push(`Hostname ${host} was found in DNS cache`);
  return { name: host, host: pinned?.address ?? host, port, notes };
}
