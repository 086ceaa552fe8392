import type { Call } from "../calls";
import type { EdgeEnd, EdgeFacts } from "../edge-facts";
import { formatTime } from "../figures";
import type { Workload } from "../objects";
import type { ObservedEdge } from "../observed";
import { BARE_SLEEP, MESHED_SLEEP, WEB_API } from "./objects";

export const NOW = Date.UTC(2026, 10, 24, 14, 3, 0);
const seconds = (count: number) => count * 1_000;

export function end(workload: Workload): EdgeEnd {
  const { kind, namespace, name, sidecar } = workload;
  return { kind: "workload", namespace, name, sidecar, workload: { kind, namespace, name }, injection: namespace === "istioinaction" };
}

export const BARE = end(BARE_SLEEP);
export const MESHED = end(MESHED_SLEEP);
export const SERVER = end(WEB_API);

let id = 0;
/** A call `ago` seconds before NOW on a new connection. */
export function call(ago: number, given: Partial<Call> = {}): Call {
  const startedAt = NOW - seconds(ago);
  return {
    id: ++id,
    runId: null,
    caller: "without-sidecar",
    callerName: "default/sleep",
    target: "istioinaction/web-api",
    startedAt,
    endedAt: startedAt + 10,
    latencyMs: 10,
    newConnection: true,
    outcome: "served",
    httpCode: 200,
    curlExit: 0,
    message: null,
    encryption: "not-measured",
    evidence: [],
    path: [],
    logLine: null,
    ...given,
  };
}

export function plaintextCall(ago: number, given: Partial<Call> = {}): Call {
  const evidence = [{ mark: "first-hand", source: "our own call", at: NOW - seconds(ago), says: "http:// was answered" }] as const;
  return call(ago, { encryption: "plaintext", evidence: [...evidence], ...given });
}

export function mutualCall(ago: number, given: Partial<Call> = {}): Call {
  const evidence = [{ mark: "first-hand", source: "web-api's proxy log", at: NOW - seconds(ago), says: "requested server name outbound_.8080_._.web-api" }] as const;
  return call(ago, { caller: "with-sidecar", callerName: "istioinaction/sleep", encryption: "mutual-tls", evidence: [...evidence], ...given });
}

export function refusedCall(ago: number, given: Partial<Call> = {}): Call {
  return call(ago, { outcome: "refused", httpCode: null, curlExit: 56, message: "curl: (56) Recv failure: Connection reset by peer", ...given });
}

export function observed(given: Partial<ObservedEdge> = {}): ObservedEdge {
  return {
    id: "e",
    source: "s",
    target: "t",
    protocol: "http",
    rate: 1,
    codes: { 200: 1 },
    errorPercent: 0,
    mtlsPercent: 100,
    sourcePrincipal: "spiffe://cluster.local/ns/istioinaction/sa/sleep",
    destinationPrincipal: "spiffe://cluster.local/ns/istioinaction/sa/web-api",
    responseTimeMs: 5,
    ...given,
  };
}

export const PLAINTEXT = { mtlsPercent: null, sourcePrincipal: "unknown", destinationPrincipal: "unknown" } as const;
export const UNREPORTED = { mtlsPercent: null, sourcePrincipal: null, destinationPrincipal: null } as const;

/** A meshed caller and web-api, nothing known yet, Kiali well and 2 s old. */
export function facts(given: Partial<EdgeFacts> = {}): EdgeFacts {
  return {
    now: NOW,
    windowSeconds: 60,
    caller: MESHED,
    server: SERVER,
    rootNamespace: "istio-system",
    observer: { state: "ok", reason: null },
    dataAt: NOW - seconds(2),
    observed: null,
    calls: [],
    passed: 0,
    lastChangeAt: null,
    client: { sends: "mutual-tls", because: { kind: "auto-mtls" }, rule: null },
    port: null,
    policy: null,
    formatTime,
    ...given,
  };
}
