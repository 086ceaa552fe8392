/** A cookie's host has no port, so each Padlock of a machine needs a name of its own. */
export function toCookieName(port: number): string {
  return `padlock-${port}`;
}

/** Script never sees it, and it comes with no request that another site made. Not `Secure`: Padlock itself speaks http. */
export function toSessionCookie(port: number, secret: string, maxAgeSeconds: number): string {
  return `${toCookieName(port)}=${secret}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict`;
}

/** @returns what takes the cookie out of the browser */
export function toEndedCookie(port: number): string {
  return toSessionCookie(port, "", 0);
}

/** @param header of the request @returns the secret; null when there is none, or two that contradict each other */
export function readSecret(header: string | null | undefined, port: number): string | null {
  const name = toCookieName(port);
  const values = (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
}
