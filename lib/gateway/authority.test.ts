import { expect, test } from "vitest";
import { AuthorityInvalid, parseAuthority, toAuthorityOfCredential } from "./authority";
import { createTestCertificate } from "./test-gateway";

const refusal = (text: string, now?: number): string => {
  try {
    parseAuthority(text, now);
  } catch (error) {
    if (error instanceof AuthorityInvalid) return error.message;
    throw error;
  }
  return "taken";
};

test("an authority's certificate is taken, with the words around it left out", async () => {
  const { ca } = await createTestCertificate("istioinaction.io");
  const { pem, says } = parseAuthority(`my root:\n${ca}\nthanks`);
  expect(says).toBe("CN=test-ca");
  expect(pem.trim()).toBe(ca.trim());
});

test("what is no authority's certificate is refused, by name, and never repeated", async () => {
  const { ca, cert, key } = await createTestCertificate("istioinaction.io");
  expect(refusal(cert)).toContain("CN=istioinaction.io is no authority");
  expect(refusal("")).toContain("no certificate in it");
  expect(refusal("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")).toContain("cannot be read");
  expect(refusal(ca.slice(0, ca.length / 2))).toContain("no certificate in it");
  expect(refusal(ca, Date.now() + 48 * 3_600_000)).toContain("CN=test-ca ended on");
  expect(refusal(Array.from({ length: 11 }, () => ca).join("\n"))).toContain("more than the 10");
  const withKey = refusal(`${ca}\n${key}`);
  expect(withKey).toContain("private key");
  expect(withKey).not.toContain(key.slice(40, 80));
});

test("of a credential: its CA entry, else the issuers in the chain, else a self-signed certificate; a lone certificate vouches for nothing", async () => {
  const { ca, cert } = await createTestCertificate("istioinaction.io");
  const other = await createTestCertificate("other.io");
  expect(toAuthorityOfCredential({ ca: other.ca, certificate: cert + ca })?.pem.trim()).toBe(other.ca.trim());
  expect(toAuthorityOfCredential({ ca: null, certificate: `${cert}\n${ca}` })?.pem.trim()).toBe(ca.trim());
  expect(toAuthorityOfCredential({ ca: null, certificate: ca })?.says).toBe("CN=test-ca");
  expect(toAuthorityOfCredential({ ca: null, certificate: cert })).toBeNull();
  expect(toAuthorityOfCredential({ ca: "rubbish", certificate: null })).toBeNull();
});
