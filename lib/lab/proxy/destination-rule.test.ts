import { expect, test } from "vitest";
import type { KubeObject } from "../objects";
import { ruleTls, toDestinationRules } from "./destination-rule";

const ROOT = "istio-system";
const SERVICE = { host: "web-api.istioinaction.svc.cluster.local", namespace: "istioinaction" };

interface Rule {
  ns: string;
  host: string;
  tls?: { mode?: string };
  ports?: { port: number; tls?: { mode?: string } }[];
  exportTo?: string[];
  workloadSelector?: Record<string, string>;
  /** No trafficPolicy at all. */
  bare?: boolean;
}

function objects(rules: readonly Rule[]): KubeObject[] {
  return rules.map(({ ns, host, tls, ports, exportTo, workloadSelector, bare }, index) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: `rule-${index}`, namespace: ns, uid: String(index), resourceVersion: "1", creationTimestamp: `2026-01-01T00:00:0${index}Z` },
    spec: {
      host,
      ...(exportTo && { exportTo }),
      ...(workloadSelector && { workloadSelector: { matchLabels: workloadSelector } }),
      ...(!bare && {
        trafficPolicy: {
          ...(tls && { tls }),
          ...(ports && { portLevelSettings: ports.map(({ port, tls: portTls }) => ({ port: { number: port }, ...(portTls && { tls: portTls }) })) }),
        },
      }),
    },
  }));
}

function modeFor(rules: readonly Rule[], client = { namespace: "istioinaction", labels: {} as Record<string, string> }, port = 8080): string {
  const { cluster, endpointMode } = ruleTls(toDestinationRules(objects(rules)), ROOT, client, SERVICE, port);
  return cluster?.mode ?? (endpointMode ? `auto, endpoints ${endpointMode}` : "auto");
}

const DISABLE = { mode: "DISABLE" };
const elsewhere = { namespace: "default", labels: {} };
const gateway = { namespace: ROOT, labels: { istio: "ingressgateway" } };

test.each<[string, Rule[], string, typeof elsewhere?, number?]>([
  ["no rule", [], "auto"],
  ["a tls block without mode is DISABLE", [{ ns: "istioinaction", host: SERVICE.host, tls: {} }], "DISABLE"],
  ["the service's namespace rules for clients elsewhere", [{ ns: "istioinaction", host: SERVICE.host, tls: DISABLE }], "DISABLE", elsewhere],
  [
    "the client's namespace comes before the service's",
    [
      { ns: "default", host: SERVICE.host, tls: { mode: "SIMPLE" } },
      { ns: "istioinaction", host: SERVICE.host, tls: DISABLE },
    ],
    "SIMPLE",
    elsewhere,
  ],
  ["the root namespace comes last", [{ ns: ROOT, host: "*.local", tls: DISABLE }], "DISABLE"],
  [
    "a nearer rule hides the root's, even one that says nothing",
    [
      { ns: ROOT, host: "*.local", tls: DISABLE },
      { ns: "istioinaction", host: SERVICE.host, bare: true },
    ],
    "auto",
  ],
  [
    "a near wildcard hides an exact host in the root",
    [
      { ns: ROOT, host: SERVICE.host, tls: DISABLE },
      { ns: "istioinaction", host: "*.local", tls: { mode: "ISTIO_MUTUAL" } },
    ],
    "ISTIO_MUTUAL",
  ],
  [
    "an exact host beats a wildcard of the same namespace wholly",
    [
      { ns: "istioinaction", host: "*.local", tls: DISABLE },
      { ns: "istioinaction", host: SERVICE.host, bare: true },
    ],
    "auto",
  ],
  ["a short host means the rule's own namespace", [{ ns: "istioinaction", host: "web-api", tls: DISABLE }], "DISABLE", elsewhere],
  ["a short host in the root namespace means another service", [{ ns: ROOT, host: "web-api", tls: DISABLE }], "auto"],
  [
    "a client in the root namespace is not ruled by its own namespace first",
    [
      { ns: ROOT, host: SERVICE.host, tls: DISABLE },
      { ns: "istioinaction", host: SERVICE.host, bare: true },
    ],
    "auto",
    gateway,
  ],
  ["exportTo . is for clients of that namespace", [{ ns: "istioinaction", host: SERVICE.host, tls: DISABLE, exportTo: ["."] }], "DISABLE"],
  ["exportTo . hides the rule from others", [{ ns: "istioinaction", host: SERVICE.host, tls: DISABLE, exportTo: ["."] }], "auto", elsewhere],
  [
    "port settings go by the Service port",
    [{ ns: "istioinaction", host: SERVICE.host, tls: DISABLE, ports: [{ port: 8080, tls: { mode: "ISTIO_MUTUAL" } }] }],
    "ISTIO_MUTUAL",
  ],
  [
    "the container port has no effect there",
    [{ ns: "istioinaction", host: SERVICE.host, tls: DISABLE, ports: [{ port: 8081, tls: { mode: "ISTIO_MUTUAL" } }] }],
    "DISABLE",
  ],
  [
    "a port entry without tls is auto, but endpoints stay marked by the top",
    [{ ns: "istioinaction", host: SERVICE.host, tls: DISABLE, ports: [{ port: 8080 }] }],
    "auto, endpoints DISABLE",
  ],
  [
    "of two rules for one host the older with a traffic policy counts",
    [
      { ns: "istioinaction", host: SERVICE.host, bare: true },
      { ns: "istioinaction", host: SERVICE.host, tls: DISABLE },
      { ns: "istioinaction", host: SERVICE.host, tls: { mode: "SIMPLE" } },
    ],
    "DISABLE",
  ],
  [
    "an older traffic policy without tls silences the younger",
    [
      { ns: "istioinaction", host: SERVICE.host },
      { ns: "istioinaction", host: SERVICE.host, tls: DISABLE },
    ],
    "auto",
  ],
  [
    "a rule for selected clients replaces the others for them",
    [
      { ns: "istioinaction", host: SERVICE.host, tls: DISABLE },
      { ns: "istioinaction", host: SERVICE.host, tls: { mode: "SIMPLE" }, workloadSelector: { app: "sleep" } },
    ],
    "SIMPLE",
    { namespace: "istioinaction", labels: { app: "sleep" } },
  ],
  [
    "and leaves the rest alone",
    [
      { ns: "istioinaction", host: SERVICE.host, tls: DISABLE },
      { ns: "istioinaction", host: SERVICE.host, tls: { mode: "SIMPLE" }, workloadSelector: { app: "sleep" } },
    ],
    "DISABLE",
  ],
])("%s", (_title, rules, mode, client, port) => {
  expect(modeFor(rules, client, port)).toBe(mode);
});
