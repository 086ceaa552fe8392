import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** PEM texts. `cert` is the leaf; a workload's is followed by its issuer, as SDS hands it to Envoy. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

export interface ServerNames {
  commonName: string;
  dns?: readonly string[];
  ip?: readonly string[];
}

export interface CertificateAuthority {
  /** The CA's own certificate, PEM. */
  readonly certificate: string;
  /** A server certificate valid for a year. */
  issueServer(names: ServerNames): Promise<KeyAndCertificate>;
  /** A workload's certificate as istiod issues it: SPIFFE URI SAN (critical, since the subject is empty), 24 h and 2 min, for both sides of TLS. */
  issueWorkload(spiffeId: string): Promise<KeyAndCertificate>;
}

/** The three authorities of the lab; none of their keys ever leaves the process. */
export interface LabCertificates {
  /** istiod's: signs workload identities. */
  workloads: CertificateAuthority;
  /** Signs the ingress gateway's certificate, what the user's `--cacert` trusts. */
  gateway: CertificateAuthority;
  /** Signs the Kubernetes API's server certificate, the kubeconfig's CA. */
  kubernetes: CertificateAuthority;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Istio's SECRET_TTL, and the two minutes istiod sets notBefore back for clocks that differ. */
export const WORKLOAD_TTL = 24 * HOUR;
const CLOCK_SKEW = 2 * MINUTE;

/**
 * ECDSA on P-256 where istiod's default is RSA 2048: a P-256 signature costs a tenth of an RSA one, and the gateway makes one for each of 200 new
 * connections a second on a core it shares with everything else. Istio offers the same choice (ECC_SIGNATURE_ALGORITHM).
 */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export async function createLabCertificates(): Promise<LabCertificates> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const [workloads, gateway, kubernetes] = await Promise.all([
    createAuthority([{ O: ["cluster.local"] }]),
    createAuthority([{ CN: ["istio-workshop-ca"] }]),
    createAuthority([{ CN: ["kubernetes"] }]),
  ]);
  return { workloads, gateway, kubernetes };
}

async function createAuthority(subject: x509.JsonName): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const now = Date.now();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: new x509.Name(subject),
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter: new Date(now + 3649 * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const certificate = pemLines(root.toString("pem"));

  async function issue(options: {
    subject: x509.JsonName;
    lifetime: number;
    usages: string[];
    names: x509.SubjectAlternativeNameExtension;
  }): Promise<KeyAndCertificate> {
    const leafKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const issued = Date.now();
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: new x509.Name(options.subject),
      issuer: root.subjectName,
      notBefore: new Date(issued - CLOCK_SKEW),
      notAfter: new Date(issued + options.lifetime),
      signingAlgorithm: ALGORITHM,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension(options.usages),
        new x509.BasicConstraintsExtension(false, undefined, true),
        await x509.AuthorityKeyIdentifierExtension.create(root),
        options.names,
      ],
    });
    const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", leafKeys.privateKey);
    return { key: pemLines(x509.PemConverter.encode(pkcs8, "PRIVATE KEY")), cert: pemLines(leaf.toString("pem")) };
  }

  return {
    certificate,
    issueServer: ({ commonName, dns = [], ip = [] }) =>
      issue({
        subject: [{ CN: [commonName] }],
        lifetime: 365 * DAY,
        usages: [x509.ExtendedKeyUsage.serverAuth],
        names: new x509.SubjectAlternativeNameExtension([
          ...dns.map((value) => ({ type: "dns" as const, value })),
          ...ip.map((value) => ({ type: "ip" as const, value })),
        ]),
      }),
    issueWorkload: async (spiffeId) => {
      const { key, cert } = await issue({
        subject: [],
        lifetime: WORKLOAD_TTL,
        usages: [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
        names: new x509.SubjectAlternativeNameExtension([{ type: "url", value: spiffeId }], true),
      });
      return { key, cert: cert + certificate };
    },
  };
}

function pemLines(pem: string): string {
  return `${pem.trim()}\n`;
}

/** 16 random bytes, positive (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return Buffer.from(bytes).toString("hex");
}
