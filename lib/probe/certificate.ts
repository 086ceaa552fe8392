import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import type { ShownCertificate } from "@/lib/mesh/certificate";

const TIMEOUT_MS = 2_000;

/** The pod's port did not show a certificate: nobody there, no TLS on it, or no way to it from here. */
export class NoCertificateError extends Error {
  override readonly name = "NoCertificateError";
}

/**
 * What a sidecar shows in a TLS handshake of our own, to anybody who can reach the pod: under STRICT with any ALPN, under PERMISSIVE only to a client
 * that offers `istio`. The handshake is given up once the certificate was shown; not a request is sent, so nobody's figures change.
 * @throws NoCertificateError
 */
export function readServerCertificate({ address, port }: { address: string; port: number }): Promise<ShownCertificate> {
  return new Promise((resolve, reject) => {
    const give = (problem: string, cause?: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new NoCertificateError(`${address}:${port} showed no certificate: ${problem}`, { cause }));
    };
    // The certificate is looked at, not trusted: its authority is the mesh's own.
    const socket = connect({ host: address, port, ALPNProtocols: ["istio"], rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate === undefined) return give("the handshake had none");
      clearTimeout(timer);
      socket.destroy();
      resolve(toShownCertificate(certificate, Date.now()));
    });
    const timer = setTimeout(() => give(`no handshake within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    socket.once("error", (error: NodeJS.ErrnoException) => give(error.code ?? error.message, error));
    socket.once("close", () => give("the connection was closed"));
  });
}

export function toShownCertificate(certificate: X509Certificate, seenAt: number): ShownCertificate {
  const names = (certificate.subjectAltName ?? "").split(", ");
  return {
    identities: names.filter((name) => name.startsWith("URI:")).map((name) => name.slice("URI:".length)),
    issuer: certificate.issuer.replaceAll("\n", ", "),
    serial: certificate.serialNumber.toLowerCase(),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    seenAt,
  };
}
