import { X509Certificate } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLabCertificates } from "./certificates";
import { createWorkloadIdentity, spiffeId } from "./workload-identity";

const certificates = await createLabCertificates();

function certificatesOf(pem: string): X509Certificate[] {
  return pem
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter((part) => part.trim() !== "")
    .map((part) => new X509Certificate(part));
}

test("a workload's certificate is what istiod issues", async () => {
  const id = spiffeId("cluster.local", "istioinaction", "web-api");
  const { cert } = await certificates.workloads.issueWorkload(id);
  const [leaf, root] = certificatesOf(cert);
  if (!leaf || !root) throw new Error("the chain has two certificates");
  expect(leaf.subjectAltName).toBe("URI:spiffe://cluster.local/ns/istioinaction/sa/web-api");
  expect(leaf.subject).toBeFalsy();
  expect(leaf.issuer).toBe("O=cluster.local");
  expect(leaf.ca).toBe(false);
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  expect(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)).toBe((24 * 60 + 2) * 60_000);
  // id-ce-subjectAltName, then BOOLEAN TRUE: critical.
  expect(leaf.raw.includes(Buffer.from("0603551d110101ff", "hex"))).toBe(true);
  expect(root.subject).toBe("O=cluster.local");
  expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
});

test("the gateway's and the API's certificates carry the names they are reached by", async () => {
  const gateway = certificatesOf((await certificates.gateway.issueServer({ commonName: "istioinaction.io", dns: ["istioinaction.io"] })).cert)[0];
  expect(gateway?.checkHost("istioinaction.io")).toBe("istioinaction.io");
  expect(gateway?.issuer).toBe("CN=istio-workshop-ca");
  const api = certificatesOf((await certificates.kubernetes.issueServer({ commonName: "kube-apiserver", ip: ["127.1.2.1"], dns: ["localhost"] })).cert)[0];
  expect(api?.checkIP("127.1.2.1")).toBe("127.1.2.1");
});

test("an identity is renewed during its life", async () => {
  const identity = await createWorkloadIdentity({ authority: certificates.workloads, spiffeId: spiffeId("cluster.local", "a", "b"), lifetime: 50 });
  const before = identity.credentials();
  let rotations = 0;
  identity.onRotate(() => rotations++);
  await sleep(180);
  identity.close();
  expect(rotations).toBeGreaterThan(0);
  expect(identity.credentials().cert).not.toBe(before.cert);
  expect(new X509Certificate(identity.credentials().cert).subjectAltName).toBe("URI:spiffe://cluster.local/ns/a/sa/b");
});
