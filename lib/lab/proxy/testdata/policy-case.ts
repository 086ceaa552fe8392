import type { KubeObject } from "../../objects";

/** The shape of peer-authentication.json. */
export interface CasePolicy {
  name: string;
  ns: string;
  mode?: string;
  selector?: Record<string, string | undefined>;
  ports?: Record<string, string | null | undefined>;
  /** Order of creation; the same number is the same second. */
  t?: number;
  rev?: string;
}

export interface PolicyCase {
  id: number;
  title: string;
  policies: CasePolicy[];
  expect: { workload: string; port: number; mode: string }[];
}

export function toPolicyObjects(policies: readonly CasePolicy[]): KubeObject[] {
  return policies.map(({ name, ns, mode, selector, ports, t = 0, rev }) => ({
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: {
      name,
      namespace: ns,
      uid: `${ns}/${name}`,
      resourceVersion: "1",
      creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, t)).toISOString().replace(".000", ""),
      ...(rev && { labels: { "istio.io/rev": rev } }),
    },
    spec: {
      ...(mode && { mtls: { mode } }),
      ...(selector && { selector: { matchLabels: selector } }),
      ...(ports && { portLevelMtls: Object.fromEntries(Object.entries(ports).map(([port, portMode]) => [port, portMode ? { mode: portMode } : {}])) }),
    },
  }));
}
