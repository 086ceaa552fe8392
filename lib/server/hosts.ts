import { isIPv6 } from "node:net";
import { isWildcard, listOwnAddresses, normaliseAddress, toUrlHost } from "./address";
import type { Config } from "./config";

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Names under which this server may be asked. Anything else is somebody else's page using DNS to reach us (DNS rebinding); addresses are no
 * names, so those that Padlock listens on are among them.
 * @param extra `NAME`, served at the port Padlock listens on, or `NAME:PORT`, as a tunnel shows it
 */
export function toAllowedHosts(listen: Config["listen"], extra: readonly string[] = []): Set<string> {
  const own = isWildcard(listen.address) ? listOwnAddresses() : [normaliseAddress(listen.address)];
  const names = [...LOOPBACK, ...own.map(toUrlHost), ...extra];
  return new Set(names.flatMap((name) => toForms(toHost(name, listen.port))));
}

/** Where a link leads that is handed to somebody else: the first name that was given for it, else the address. @returns `http://HOST:PORT` */
export function toLinkOrigin(listen: Config["listen"], extra: readonly string[] = []): string {
  const own = isWildcard(listen.address) ? (listOwnAddresses().find((address) => !isIPv6(address)) ?? "127.0.0.1") : listen.address;
  return `http://${toHost(extra[0] ?? toUrlHost(normaliseAddress(own)), listen.port)}`;
}

/** @returns `HOST:PORT` */
function toHost(name: string, port: number): string {
  const host = toUrlHost(name).toLowerCase();
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}

/** A browser leaves away the port that http has anyway. */
function toForms(host: string): string[] {
  return host.endsWith(":80") ? [host, host.slice(0, -3)] : [host];
}

/** @param hosts the values of every Host header that came: exactly one is allowed (RFC 9112, 3.2) */
export function isAllowedHost(hosts: readonly string[], allowed: ReadonlySet<string>): boolean {
  const [host] = hosts;
  return hosts.length === 1 && host !== undefined && allowed.has(host.toLowerCase());
}
