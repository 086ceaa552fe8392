import { expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import type { GraphInput } from "./graph-input";
import { decideReadiness } from "./readiness";
import { call, PLAINTEXT, plaintextCall } from "./testdata/edge";
import { CHAIN, edge, lab, NODES, seen, UNKNOWN } from "./testdata/graph";
import { LEGACY, policy, rule } from "./testdata/objects";

function decide(given: Partial<GraphInput>) {
  const input = lab(given);
  const { config, namespaces, workloads, services, policies, destinationRules } = input;
  return decideReadiness({ namespace: "istioinaction", graph: assembleGraph(input), config, namespaces, workloads, services, policies, destinationRules });
}

const busy = { observed: seen(NODES, CHAIN) };
const unknown = edge(UNKNOWN.id, "istioinaction/web-api", PLAINTEXT);
const legacy = { ...LEGACY, namespace: "istioinaction" };
const legacyService = { namespace: "istioinaction", name: "legacy", selector: { app: "legacy" }, ports: [{ name: "http", port: 8080, targetPort: 8080 }] };

test.each<{ what: string; given: Partial<GraphInput>; verdict: string; findings: RegExp[] }>([
  { what: "all traffic mutual TLS", given: busy, verdict: "ready", findings: [] },
  { what: "no traffic", given: {}, verdict: "unknown", findings: [] },
  { what: "traffic that nobody measured", given: { calls: [call(1)] }, verdict: "unknown", findings: [] },
  { what: "policies not readable", given: { ...busy, policies: null }, verdict: "unknown", findings: [] },
  {
    what: "our caller without sidecar",
    given: { ...busy, calls: [plaintextCall(1)] },
    verdict: "not-ready",
    findings: [/^default\/sleep calls istioinaction\/web-api in plaintext/],
  },
  {
    what: "a caller without identity",
    given: { observed: seen([...NODES, UNKNOWN], [...CHAIN, unknown]) },
    verdict: "not-ready",
    findings: [/^unidentified caller calls/],
  },
  {
    what: "a server without sidecar",
    given: { ...busy, workloads: [...lab().workloads, legacy], services: [...lab().services, legacyService] },
    verdict: "not-ready",
    findings: [/legacy has no sidecar.*older than that/],
  },
  {
    what: "a rule that switches TLS off",
    given: { ...busy, destinationRules: [rule({ namespace: "istioinaction", name: "d", host: "web-api", tls: { mode: "DISABLE" } })] },
    verdict: "not-ready",
    findings: [/istioinaction\/d makes callers of web-api use DISABLE/],
  },
  {
    what: "auto mutual TLS off",
    given: { ...busy, config: { ...lab().config, enableAutoMtls: false } },
    verdict: "not-ready",
    findings: [/Auto mutual TLS is off/],
  },
  {
    what: "a workload and a port that stay open",
    given: {
      ...busy,
      policies: [
        policy({ namespace: "istioinaction", name: "wa", selector: { app: "web-api" }, ports: { 8081: "PERMISSIVE" } }),
        policy({ namespace: "istioinaction", name: "r", selector: { app: "recommendation" }, mode: "DISABLE" }),
      ],
    },
    verdict: "not-ready",
    findings: [/wa keeps port 8081 of web-api at PERMISSIVE/, /r keeps recommendation at DISABLE/],
  },
])("$what: $verdict", ({ given, verdict, findings }) => {
  const readiness = decide(given);
  expect(readiness.verdict).toBe(verdict);
  expect(readiness.findings).toHaveLength(findings.length);
  findings.forEach((pattern, index) => {
    expect(readiness.findings[index]?.text).toMatch(pattern);
  });
  expect(readiness.says).toMatch(/\.$/);
});
