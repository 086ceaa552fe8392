/** Shapes of secrets that may stand in messages of other systems: JSON web tokens, bearer headers, kubeconfig keys, PEM private keys. */
const SECRETS = [
  /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g,
  /(bearer\s+)[A-Za-z0-9._~+/=-]{6,}/gi,
  /((?:client-key-data|token|password|id-token|refresh-token)["']?\s*[:=]\s*["']?)[A-Za-z0-9._~+/=-]{6,}/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

export function redact(text: string): string {
  return SECRETS.reduce((result, pattern) => result.replace(pattern, (_match, kept: unknown) => `${typeof kept === "string" ? kept : ""}[redacted]`), text);
}
