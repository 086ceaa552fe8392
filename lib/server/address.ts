import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

/** An IPv4 peer of an IPv6 socket is the same peer. */
export function normaliseAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

export function isLoopback(address: string): boolean {
  const plain = normaliseAddress(address);
  return plain === "localhost" || plain === "::1" || /^127(?:\.\d{1,3}){3}$/.test(plain);
}

/** An address that stands for all of this machine's. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** An address as it stands in a URL. */
export function toUrlHost(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** The addresses under which this machine can be reached from elsewhere; link-local ones need a zone that no URL has. */
export function listOwnAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .map(({ address }) => address);
}
