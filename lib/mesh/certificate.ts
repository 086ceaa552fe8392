/** A workload certificate as a server showed it in a handshake. Times are epoch ms. */
export interface ShownCertificate {
  /** SPIFFE IDs (URI names of the certificate). */
  identities: string[];
  /** `O=cluster.local` */
  issuer: string;
  /** Hexadecimal. */
  serial: string;
  validFrom: number;
  validTo: number;
  /** SHA-256, hexadecimal with colons. */
  fingerprint: string;
  seenAt: number;
}
