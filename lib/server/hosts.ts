/** Names under which a loopback server may be asked. Anything else is somebody else's page using DNS to reach us (DNS rebinding). */
export function toAllowedHosts(port: number, extra: readonly string[] = []): Set<string> {
  const names = ["127.0.0.1", "localhost", "[::1]", ...extra];
  return new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

/** @param hosts the values of every Host header that came: exactly one is allowed (RFC 9112, 3.2) */
export function isAllowedHost(hosts: readonly string[], allowed: ReadonlySet<string>): boolean {
  const [host] = hosts;
  return hosts.length === 1 && host !== undefined && allowed.has(host.toLowerCase());
}
