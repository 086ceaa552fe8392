import { expect, test } from "vitest";
import { type CallFacts, toCallEncryption } from "./call-encryption";
import type { ProxyLogLine } from "./proxy-log";

const NOW = 1_000_000;
const meshed = { sidecar: "sidecar", containers: ["sleep", "istio-proxy"], readAt: NOW } as const;
const bare = { sidecar: "none", containers: ["sleep"], readAt: NOW } as const;
const line: ProxyLogLine = {
  startedAt: NOW,
  request: "GET / HTTP/1.1",
  code: 200,
  flags: [],
  details: "via_upstream",
  downstreamLocal: "10.42.0.17:8081",
  downstreamRemote: "10.42.0.9:51234",
  requestedServerName: "outbound_.8080_._.web-api.istioinaction.svc.cluster.local",
  namesRequest: true,
};

const withSidecar: CallFacts = {
  caller: "with-sidecar",
  outcome: "served",
  scheme: "http",
  startedAt: NOW,
  endedAt: NOW + 10,
  callerPod: meshed,
  log: null,
  plaintextRefusedAt: null,
  lastChangeAt: null,
  callerSends: "mutual-tls",
  observed: null,
};
const without: CallFacts = { ...withSidecar, caller: "without-sidecar", callerPod: bare, callerSends: "plaintext" };
const log = { line, proxy: "web-api" };
const observed = { mtlsPercent: 100, destinationReported: true, dataAt: NOW + 5_000, windowSeconds: 60 };

test("a line that is known for the call's by address and time says so, as a deduction", () => {
  const { evidence } = toCallEncryption({ ...withSidecar, log: { ...log, onlyFrom: "10.42.0.9" } });
  expect(evidence).toMatchObject([
    { source: "web-api's proxy log", deduced: true, says: expect.stringContaining("the only call from 10.42.0.9 within a second") },
  ]);
});

test.each<{ what: string; facts: CallFacts; encryption: string; sources: string[] }>([
  { what: "a 200 with sidecar proves nothing", facts: withSidecar, encryption: "not-measured", sources: [] },
  { what: "the server's log line does", facts: { ...withSidecar, log }, encryption: "mutual-tls", sources: ["web-api's proxy log"] },
  {
    what: "without a server name it was plaintext",
    facts: { ...withSidecar, log: { ...log, line: { ...line, requestedServerName: null } } },
    encryption: "plaintext",
    sources: ["web-api's proxy log"],
  },
  {
    what: "some other TLS is not claimed",
    facts: { ...withSidecar, log: { ...log, line: { ...line, requestedServerName: "web-api" } } },
    encryption: "not-measured",
    sources: [],
  },
  {
    what: "a line of a refused connection speaks of no call that was served",
    facts: { ...withSidecar, log: { ...log, line: { ...line, code: 0, flags: ["NR"], requestedServerName: null } } },
    encryption: "not-measured",
    sources: [],
  },
  {
    what: "plaintext just refused there: deduced",
    facts: { ...withSidecar, plaintextRefusedAt: NOW - 5_000 },
    encryption: "mutual-tls",
    sources: ["our own call", "our own call without sidecar"],
  },
  {
    what: "a refusal from before the change says nothing",
    facts: { ...withSidecar, plaintextRefusedAt: NOW - 5_000, lastChangeAt: NOW - 4_000 },
    encryption: "not-measured",
    sources: [],
  },
  { what: "nor one that is old", facts: { ...withSidecar, plaintextRefusedAt: NOW - 61_000 }, encryption: "not-measured", sources: [] },
  {
    what: "a call from before the change is not judged by a refusal after it",
    facts: { ...withSidecar, plaintextRefusedAt: NOW + 2_000, lastChangeAt: NOW + 1_000 },
    encryption: "not-measured",
    sources: [],
  },
  {
    what: "while old connections drain, a caller whose rules say plaintext may still hold one",
    facts: { ...withSidecar, plaintextRefusedAt: NOW - 1_000, lastChangeAt: NOW - 2_000, callerSends: "plaintext" },
    encryption: "not-measured",
    sources: [],
  },
  {
    what: "a caller whose rules say mutual TLS has none to drain",
    facts: { ...withSidecar, plaintextRefusedAt: NOW - 1_000, lastChangeAt: NOW - 2_000 },
    encryption: "mutual-tls",
    sources: ["our own call", "our own call without sidecar"],
  },
  {
    what: "Kiali's pure figure over a window that holds the call",
    facts: { ...withSidecar, observed },
    encryption: "mutual-tls",
    sources: ["Kiali, from Prometheus"],
  },
  { what: "not one that is older than the call", facts: { ...withSidecar, observed: { ...observed, dataAt: NOW } }, encryption: "not-measured", sources: [] },
  { what: "not a mixed one", facts: { ...withSidecar, observed: { ...observed, mtlsPercent: 99 } }, encryption: "not-measured", sources: [] },
  {
    what: "Kiali saw it in plaintext",
    facts: { ...withSidecar, observed: { ...observed, mtlsPercent: null } },
    encryption: "plaintext",
    sources: ["Kiali, from Prometheus"],
  },
  {
    what: "nobody reported from the server's side",
    facts: { ...withSidecar, observed: { ...observed, mtlsPercent: null, destinationReported: false } },
    encryption: "not-measured",
    sources: [],
  },
  {
    what: "http:// served to a pod without proxy is plaintext by construction",
    facts: without,
    encryption: "plaintext",
    sources: ["our own call", "the caller's pod"],
  },
  { what: "unless its containers are not known", facts: { ...without, callerPod: null }, encryption: "not-measured", sources: [] },
  { what: "or it is an ambient pod", facts: { ...without, callerPod: { ...bare, sidecar: "ambient" } }, encryption: "not-measured", sources: [] },
  { what: "https:// from there is not claimed", facts: { ...without, scheme: "https" }, encryption: "not-measured", sources: [] },
  { what: "a refused call had no encryption", facts: { ...without, outcome: "refused" }, encryption: "not-measured", sources: [] },
  { what: "an error answer alone ties to no connection", facts: { ...without, outcome: "failed" }, encryption: "not-measured", sources: [] },
  {
    what: "with the server's log line it does",
    facts: { ...withSidecar, outcome: "failed", log: { ...log, line: { ...line, code: 500 } } },
    encryption: "mutual-tls",
    sources: ["web-api's proxy log"],
  },
  {
    what: "through the gateway our own hop is one-way TLS, whatever lies behind",
    facts: { ...withSidecar, caller: "gateway", scheme: "https", callerPod: null, observed },
    encryption: "one-way-tls",
    sources: ["our own TLS handshake"],
  },
])("$what: $encryption", ({ facts, encryption, sources }) => {
  const claim = toCallEncryption(facts);
  expect(claim.encryption).toBe(encryption);
  expect(claim.evidence.map(({ source }) => source)).toEqual(sources);
});

test("what is concluded is marked as such", () => {
  expect(toCallEncryption({ ...withSidecar, plaintextRefusedAt: NOW }).evidence.every(({ deduced }) => deduced)).toBe(true);
  expect(toCallEncryption({ ...withSidecar, log }).evidence.some(({ deduced }) => deduced)).toBe(false);
});
