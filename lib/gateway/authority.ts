import { X509Certificate } from "node:crypto";

/** The text is not what can be trusted as an authority; the message says why and never repeats the text. */
export class AuthorityInvalid extends Error {
  override readonly name = "AuthorityInvalid";
}

export interface Authority {
  /** Certificates alone, as PEM. */
  pem: string;
  /** Subjects, for a person. */
  says: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const MOST = 10;

/**
 * Certificates a person gives to be trusted for the gateway.
 * @throws AuthorityInvalid when there is none, a private key is among them, one is not readable, expired, or not an authority's
 */
export function parseAuthority(text: string, now = Date.now()): Authority {
  if (/PRIVATE KEY-----/.test(text))
    throw new AuthorityInvalid("That holds a private key. Only the authority's certificate is needed; keep the key to yourself.");
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) throw new AuthorityInvalid('There is no certificate in it: it should begin with "-----BEGIN CERTIFICATE-----".');
  if (blocks.length > MOST) throw new AuthorityInvalid(`There are ${blocks.length} certificates in it, more than the ${MOST} that are read.`);
  const certificates = blocks.map(readCertificate);
  for (const certificate of certificates) {
    if (!certificate.ca && !isSelfSigned(certificate))
      throw new AuthorityInvalid(`${toSubject(certificate)} is no authority: it may not sign others. Give the certificate that signed the gateway's.`);
    if (Date.parse(certificate.validTo) < now) throw new AuthorityInvalid(`${toSubject(certificate)} ended on ${certificate.validTo}.`);
  }
  return toAuthority(certificates);
}

/**
 * Who can vouch for a gateway's certificate, from what the credential's Secret holds: its own CA entry, else the issuers that stand behind the
 * certificate in its chain, else the certificate itself when it is self-signed.
 * @returns null when the Secret holds only a certificate of somebody else's
 */
export function toAuthorityOfCredential({ ca, certificate }: { ca: string | null; certificate: string | null }): Authority | null {
  for (const text of [ca, certificate]) {
    const certificates = (text?.match(BLOCK) ?? []).slice(0, MOST).flatMap((block) => {
      try {
        return [readCertificate(block)];
      } catch {
        return [];
      }
    });
    const trusted = certificates.filter((each) => each.ca || isSelfSigned(each));
    if (trusted.length > 0) return toAuthority(trusted);
  }
  return null;
}

function readCertificate(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new AuthorityInvalid("A certificate in it cannot be read: it is cut off or damaged.", { cause });
  }
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}

function toAuthority(certificates: readonly X509Certificate[]): Authority {
  return { pem: certificates.map((each) => each.toString()).join(""), says: certificates.map(toSubject).join(", ") };
}

/** `CN=lab-root`; the certificate's own words, so they are cut. */
function toSubject({ subject }: X509Certificate): string {
  return subject.replaceAll("\n", ", ").slice(0, 120) || "The certificate without a name";
}
