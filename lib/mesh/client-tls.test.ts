import { expect, test } from "vitest";
import { type ClientTlsInput, decideClientTls } from "./client-tls";
import type { DestinationRule } from "./objects";
import { BARE_SLEEP, CONFIG, GATEWAY, LEGACY, LEGACY_SERVICE, MESHED_SLEEP, policy, rule, WEB_API, WEB_API_SERVICE, workload } from "./testdata/objects";

const FQDN = "web-api.istioinaction.svc.cluster.local";
const outsider = workload({ namespace: "other", name: "caller" });

function decide(given: Partial<ClientTlsInput>) {
  return decideClientTls({
    rules: [],
    policies: [],
    config: CONFIG,
    client: MESHED_SLEEP,
    service: WEB_API_SERVICE,
    servicePort: 8080,
    target: { workload: WEB_API, port: 8081 },
    ...given,
  });
}

const disable = { tls: { mode: "DISABLE" } } as const;
const mutual = { tls: { mode: "ISTIO_MUTUAL" } } as const;
const here = (name: string, given: Partial<DestinationRule> = {}) => rule({ namespace: "istioinaction", name, host: FQDN, ...given });
const root = (name: string, given: Partial<DestinationRule> = {}) => rule({ namespace: "istio-system", name, host: FQDN, ...given });
const theirs = (name: string, given: Partial<DestinationRule> = {}) => rule({ namespace: "other", name, host: FQDN, ...given });

// One row per sentence of the reference on which DestinationRule counts.
test.each<{ what: string; given: Partial<ClientTlsInput>; sends: string; rule?: string | null }>([
  { what: "no rule: auto mutual TLS", given: {}, sends: "mutual-tls", rule: null },
  { what: "tls {} without mode is DISABLE", given: { rules: [here("d", disable)] }, sends: "plaintext", rule: "d" },
  { what: "SIMPLE", given: { rules: [here("d", { tls: { mode: "SIMPLE" } })] }, sends: "simple-tls", rule: "d" },
  { what: "MUTUAL: certificates of its own", given: { rules: [here("d", { tls: { mode: "MUTUAL" } })] }, sends: "own-mutual-tls", rule: "d" },
  {
    what: "the caller's namespace comes before the service's",
    given: { client: outsider, rules: [here("service", mutual), theirs("caller", disable)] },
    sends: "plaintext",
    rule: "caller",
  },
  {
    what: "the service's namespace comes before the root's",
    given: { client: outsider, rules: [root("root", disable), here("service", mutual)] },
    sends: "mutual-tls",
    rule: "service",
  },
  {
    what: "the root namespace hits everybody else",
    given: { client: outsider, rules: [root("root", { host: "*.local", ...disable })] },
    sends: "plaintext",
    rule: "root",
  },
  {
    what: "a nearer rule with subsets only hides the root's DISABLE",
    given: { rules: [root("root", { host: "*.local", ...disable }), here("subsets", { subsets: [{ name: "v1", tls: null }] })] },
    sends: "mutual-tls",
    rule: "subsets",
  },
  {
    what: "a wildcard in the caller's namespace hides an exact rule in the root's",
    given: { client: outsider, rules: [root("root", mutual), theirs("wild", { host: "*", ...disable })] },
    sends: "plaintext",
    rule: "wild",
  },
  {
    what: "exact before wildcard, and nothing is inherited from it",
    given: { rules: [here("wild", { host: "*.istioinaction.svc.cluster.local", ...disable }), here("exact")] },
    sends: "mutual-tls",
    rule: "exact",
  },
  {
    what: "longer wildcard before shorter",
    given: { rules: [here("long", { host: "*.svc.cluster.local", ...disable }), here("short", { host: "*.local", ...mutual })] },
    sends: "plaintext",
    rule: "long",
  },
  {
    what: "a short host is completed with the rule's namespace",
    given: { client: outsider, rules: [here("short", { host: "web-api", ...disable })] },
    sends: "plaintext",
    rule: "short",
  },
  {
    what: "in the root namespace a short host names another service",
    given: { rules: [root("short", { host: "web-api", ...disable })] },
    sends: "mutual-tls",
    rule: null,
  },
  {
    what: "a host with one dot is taken as whole",
    given: { rules: [here("dotted", { host: "web-api.istioinaction", ...disable })] },
    sends: "mutual-tls",
    rule: null,
  },
  { what: "exportTo . is for its own namespace", given: { rules: [here("own", { exportTo: ["."], ...disable })] }, sends: "plaintext", rule: "own" },
  {
    what: "exportTo . hides it from others",
    given: { client: outsider, rules: [here("own", { exportTo: ["."], ...disable })] },
    sends: "mutual-tls",
    rule: null,
  },
  {
    what: "exportTo names the caller's namespace",
    given: { client: outsider, rules: [here("for-other", { exportTo: ["other"], ...disable })] },
    sends: "plaintext",
    rule: "for-other",
  },
  {
    what: "a gateway in the root namespace skips its own namespace's rules at first",
    given: { client: GATEWAY, rules: [root("root", disable), here("service", mutual)] },
    sends: "mutual-tls",
    rule: "service",
  },
  {
    what: "but not those with exportTo .",
    given: { client: GATEWAY, rules: [root("private", { exportTo: ["."], ...disable }), here("service", mutual)] },
    sends: "plaintext",
    rule: "private",
  },
  {
    what: "a port's tls beats the top level's (Service port)",
    given: { rules: [here("port", { ...disable, ports: { 8080: { mode: "ISTIO_MUTUAL" } } })] },
    sends: "mutual-tls",
    rule: "port",
  },
  {
    what: "the container port has no effect there",
    given: { rules: [here("port", { ports: { 8081: { mode: "DISABLE" } } })] },
    sends: "mutual-tls",
    rule: "port",
  },
  {
    what: "a port entry without tls under top-level DISABLE is plaintext",
    given: { rules: [here("port", { ...disable, ports: { 8080: null } })] },
    sends: "plaintext",
    rule: "port",
  },
  { what: "a port entry without tls alone is auto mutual TLS", given: { rules: [here("port", { ports: { 8080: null } })] }, sends: "mutual-tls", rule: "port" },
  {
    what: "a subset's tls holds for its own cluster only",
    given: { rules: [here("s", { subsets: [{ name: "v1", ...disable }] })] },
    sends: "mutual-tls",
    rule: "s",
  },
  { what: "and for calls routed to it", given: { subset: "v1", rules: [here("s", { subsets: [{ name: "v1", ...disable }] })] }, sends: "plaintext", rule: "s" },
  {
    what: "a subset without tls inherits the top level's",
    given: { subset: "v1", rules: [here("s", { ...disable, subsets: [{ name: "v1", tls: null }] })] },
    sends: "plaintext",
    rule: "s",
  },
  {
    what: "two rules for one host: the older's traffic policy alone, even without tls",
    given: { rules: [here("young", { createdAt: 2_000, ...disable }), here("old", { createdAt: 1_000, hasTrafficPolicy: true })] },
    sends: "mutual-tls",
    rule: "old",
  },
  {
    what: "the younger's only when the older has none",
    given: { rules: [here("young", { createdAt: 2_000, ...disable }), here("old", { createdAt: 1_000, hasTrafficPolicy: false })] },
    sends: "plaintext",
    rule: "young",
  },
  {
    what: "subsets of both add up",
    given: { subset: "v2", rules: [here("old", { createdAt: 1_000, ...mutual }), here("young", { createdAt: 2_000, subsets: [{ name: "v2", ...disable }] })] },
    sends: "plaintext",
    rule: "old",
  },
  {
    what: "a workloadSelector replaces the others for its pods",
    given: { rules: [here("all", mutual), here("sel", { workloadSelector: { app: "sleep" }, ...disable })] },
    sends: "plaintext",
    rule: "sel",
  },
  {
    what: "and does not touch other pods",
    given: { rules: [here("all", mutual), here("sel", { workloadSelector: { app: "x" }, ...disable })] },
    sends: "mutual-tls",
    rule: "all",
  },
  { what: "auto mutual TLS switched off in the mesh", given: { config: { ...CONFIG, enableAutoMtls: false } }, sends: "plaintext", rule: null },
  { what: "and back through a rule", given: { config: { ...CONFIG, enableAutoMtls: false }, rules: [here("d", mutual)] }, sends: "mutual-tls", rule: "d" },
  { what: "a caller without sidecar follows no rule", given: { client: BARE_SLEEP, rules: [here("d", mutual)] }, sends: "plaintext", rule: null },
  { what: "a caller nobody could look into", given: { client: { ...MESHED_SLEEP, sidecar: "unknown" } }, sends: "unknown", rule: null },
  { what: "an ambient server", given: { target: { workload: { ...WEB_API, sidecar: "ambient" }, port: 8081 } }, sends: "unknown", rule: null },
  { what: "a server without sidecar", given: { service: LEGACY_SERVICE, target: { workload: LEGACY, port: 8080 } }, sends: "plaintext", rule: null },
])("$what: $sends", ({ given, sends, rule: counting }) => {
  const decided = decide(given);
  expect(decided.sends).toBe(sends);
  expect(decided.rule?.name ?? null).toBe(counting);
});

test.each([
  { what: "namespace DISABLE", policies: [policy({ namespace: "istioinaction", name: "default", mode: "DISABLE" })], sends: "plaintext", scope: "namespace" },
  { what: "mesh DISABLE", policies: [policy({ namespace: "istio-system", name: "default", mode: "DISABLE" })], sends: "plaintext", scope: "mesh" },
  {
    what: "workload DISABLE",
    policies: [policy({ namespace: "istioinaction", name: "w", selector: { app: "web-api" }, mode: "DISABLE" })],
    sends: "plaintext",
    scope: "workload",
  },
  {
    what: "port DISABLE",
    policies: [policy({ namespace: "istioinaction", name: "w", selector: { app: "web-api" }, mode: "STRICT", ports: { 8081: "DISABLE" } })],
    sends: "plaintext",
    scope: "port",
  },
  {
    what: "the trap: namespace DISABLE, workload STRICT",
    policies: [
      policy({ namespace: "istioinaction", name: "default", mode: "DISABLE" }),
      policy({ namespace: "istioinaction", name: "w", selector: { app: "web-api" }, mode: "STRICT" }),
    ],
    sends: "plaintext",
    scope: "namespace",
  },
])("$what is followed by callers", ({ policies, sends, scope }) => {
  expect(decide({ policies })).toMatchObject({ sends, because: { kind: "server-policy", scope } });
});

test("STRICT needs no word on the caller's side", () => {
  expect(decide({ policies: [policy({ namespace: "istioinaction", name: "default", mode: "STRICT" })] })).toEqual({
    sends: "mutual-tls",
    because: { kind: "auto-mtls" },
    rule: null,
  });
});

test("the cause names the object and the place in it", () => {
  const decided = decide({ rules: [here("port", { ports: { 8080: { mode: "DISABLE" } } })] });
  expect(decided.because).toEqual({
    kind: "destination-rule",
    object: { kind: "DestinationRule", namespace: "istioinaction", name: "port" },
    mode: "DISABLE",
    at: "port",
  });
});
