/**
 * Shapes of secrets that may stand in messages of other systems: JSON web tokens, authorization headers, kubeconfig keys, PEM private keys,
 * logins in addresses. Quotes may stand behind backslashes, since a log line is JSON.
 */
const SHAPES = [
  /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g,
  /((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}/gi,
  /((?:client-key-data|token|password|id-token|refresh-token|client-secret)\\*["']?\s*[:=]\s*\\*["']?)[A-Za-z0-9._~+/=-]{6,}/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // A login in an address, as a proxy may have one.
  /(:\/\/)[^/\s"'@]+:[^/\s"'@]+(?=@)/g,
];

/** Shorter ones would be words. */
const SHORTEST = 8;
/** Tokens rotate; the oldest are of no use to anybody. */
const KEPT = 200;

declare global {
  var padlockSecrets: Set<string> | undefined;
}

/** Every bundle has a copy of this module; secrets are known once. */
function getSecrets(): Set<string> {
  globalThis.padlockSecrets ??= new Set();
  return globalThis.padlockSecrets;
}

/** From now on this value is taken out of every log line and every refusal, whatever stands around it. */
export function hideSecret(value: string): void {
  const secrets = getSecrets();
  if (value.length < SHORTEST) return;
  for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), Buffer.from(value).toString("base64")]) secrets.add(form);
  for (const oldest of secrets) {
    if (secrets.size <= KEPT) break;
    secrets.delete(oldest);
  }
}

/** @returns the text without what is known to be secret and without what looks like it */
export function redact(text: string): string {
  let result = text;
  // One may begin with another.
  for (const secret of [...getSecrets()].sort((a, b) => b.length - a.length)) result = result.replaceAll(secret, "[redacted]");
  for (const shape of SHAPES) result = result.replace(shape, (_match, kept: unknown) => `${typeof kept === "string" ? kept : ""}[redacted]`);
  return result;
}
