import type { Credentials, Proof } from "./credentials";

interface Options {
  /** Told every secret before it is used. */
  onSecret?: ((value: string) => void) | undefined;
  /** A program has given another client certificate than before. */
  onCertificate(credentials: Credentials, certificate: NonNullable<Proof["certificate"]>): void;
}

/** One proof for all who ask at the same time, since a program may open a browser; kept while it is valid. */
export function createProofs({ onSecret, onCertificate }: Options) {
  let proof: Proof | null = null;
  let proving: Promise<Proof> | null = null;
  let latest: Credentials | null = null;

  return {
    /** @throws CredentialsError */
    async of(credentials: Credentials): Promise<Proof> {
      if (latest !== credentials) {
        latest = credentials;
        proof = null;
        proving = null;
      }
      if (proof !== null && proof.validUntil > Date.now()) return proof;
      proving ??= credentials.prove();
      const asked = proving;
      const fresh = await asked.finally(() => {
        if (proving === asked) proving = null;
      });
      if (latest !== credentials || proof === fresh) return fresh;
      for (const secret of toSecrets(fresh, credentials.proxy)) onSecret?.(secret);
      const before = proof?.certificate ?? null;
      proof = fresh;
      if (fresh.certificate !== null && fresh.certificate.cert !== before?.cert) onCertificate(credentials, fresh.certificate);
      return fresh;
    },
  };
}

/** What must be seen nowhere: the token or the password, and a proxy's. */
function toSecrets({ headers }: Proof, proxy: string | null): string[] {
  const [scheme, value = ""] = String(headers["authorization"] ?? "").split(" ");
  const decoded = Buffer.from(value, "base64").toString();
  const password = scheme === "Basic" ? decoded.slice(decoded.indexOf(":") + 1) : "";
  return [value, password, proxy === null ? "" : decodeURIComponent(new URL(proxy).password)].filter((secret) => secret !== "");
}
