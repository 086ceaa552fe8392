import { expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import { toCallEncryption } from "./call-encryption";
import { classifyCurl } from "./call-outcome";
import type { Call } from "./calls";
import type { Lock, LockState } from "./lock";
import { predictCall } from "./predict-call";
import type { ProxyLogLine } from "./proxy-log";
import { call, NOW, PLAINTEXT, UNREPORTED } from "./testdata/edge";
import { edge, lab, node, seen, UNKNOWN } from "./testdata/graph";
import { MATRIX, type MatrixRow } from "./testdata/matrix";
import { BARE_SLEEP, GATEWAY, LEGACY, LEGACY_SERVICE, MESHED_SLEEP, RECOMMENDATION, WEB_API } from "./testdata/objects";

/**
 * Each recorded call is told to Padlock by the sources that would tell it; then sources are taken away, in every combination. Whatever is left, a lock
 * either says what the recording says or says "not measured".
 */
const SOURCES = ["kiali", "log", "calls", "pod", "policies"] as const;
type Source = (typeof SOURCES)[number];

const COMBINATIONS: ReadonlySet<Source>[] = Array.from(
  { length: 2 ** SOURCES.length },
  (_, bits) => new Set(SOURCES.filter((__, index) => bits & (1 << index))),
);

/** What the two Envoys recorded, as the lock that would be right. Bare servers have no proxy that could record: plaintext by construction. */
function toTruth({ planned, serverLog, curlExit, httpCode, message }: MatrixRow): LockState {
  const outcome = classifyCurl({ exit: curlExit, httpCode, message });
  if (outcome === "refused") return "refused";
  if (outcome !== "served") return "not-measured";
  if (planned.server.sidecar === "none") return "plaintext";
  return serverLog[0]?.peer ? "mutual-tls" : "plaintext";
}

const name = (workload: { namespace: string; name?: string }) => `${workload.namespace}/${workload.name ?? ""}`;
const clientOf = ({ planned }: MatrixRow) => (planned.client.isGateway ? GATEWAY : planned.client.sidecar === "none" ? BARE_SLEEP : MESHED_SLEEP);
const serverOf = ({ planned }: MatrixRow) =>
  planned.server.sidecar === "none" ? LEGACY : planned.service.name === "recommendation" ? RECOMMENDATION : WEB_API;

function toLogLine({ serverLog, planned }: MatrixRow): ProxyLogLine | null {
  const [line] = serverLog;
  if (line === undefined) return null;
  const requestedServerName = line.peer === null ? null : `outbound_.8080_._.${planned.service.name}.${planned.service.namespace}.svc.cluster.local`;
  return {
    startedAt: NOW - 5_000,
    request: line.code === 0 ? null : "GET / HTTP/1.1",
    code: line.code,
    flags: line.flags === "-" ? [] : [line.flags],
    details: null,
    downstreamLocal: null,
    downstreamRemote: null,
    requestedServerName,
    namesRequest: true,
  };
}

function toCall(row: MatrixRow, sources: ReadonlySet<Source>): Call {
  const client = clientOf(row);
  const caller = client.isGateway ? "gateway" : client.sidecar === "none" ? "without-sidecar" : "with-sidecar";
  const made = call(5, {
    caller,
    callerName: client.isGateway ? "127.0.0.1:443" : name(client),
    target: name(serverOf(row)),
    outcome: classifyCurl({ exit: row.curlExit, httpCode: row.httpCode, message: row.message }),
    httpCode: row.httpCode,
    curlExit: row.curlExit,
    message: row.message || null,
    newConnection: !row.planned.pooledPlaintext,
  });
  const line = sources.has("log") ? toLogLine(row) : null;
  return {
    ...made,
    ...toCallEncryption({
      ...made,
      scheme: client.isGateway ? "https" : row.planned.scheme,
      callerPod: sources.has("pod") && !client.isGateway ? { sidecar: client.sidecar, containers: client.containers, readAt: NOW } : null,
      log: line === null ? null : { line, proxy: serverOf(row).name },
      plaintextRefusedAt: null,
      lastChangeAt: null,
      callerSends: null,
      observed: null,
    }),
  };
}

/** What Kiali would show: the server's proxy reports what it served, a refused connection leaves nothing, a bare server reports nothing. */
function toObserved(row: MatrixRow) {
  if (row.httpCode !== 200) return seen([], []);
  const [client, server] = [clientOf(row), serverOf(row)];
  const security = server.sidecar === "none" ? UNREPORTED : row.serverLog[0]?.peer ? {} : PLAINTEXT;
  if (client.sidecar === "none")
    return server.sidecar === "none" ? seen([], []) : seen([UNKNOWN, node(name(server))], [edge(UNKNOWN.id, name(server), { ...security, rate: 1 / 60 })]);
  return seen([node(name(client)), node(name(server))], [edge(name(client), name(server), { ...security, rate: 1 / 60 })]);
}

function toLocks(row: MatrixRow, sources: ReadonlySet<Source>, kiali: "ok" | "stale" | "down"): Lock[] {
  const graph = assembleGraph(
    lab({
      workloads: [...lab().workloads, LEGACY],
      services: [...lab().services, LEGACY_SERVICE],
      policies: sources.has("policies") ? row.planned.policies : null,
      destinationRules: sources.has("policies") ? row.planned.rules : null,
      observed: sources.has("kiali") ? toObserved(row) : null,
      kiali:
        sources.has("kiali") && kiali === "ok" ? { state: "ok", reason: null } : { state: kiali === "ok" ? "down" : kiali, reason: "Kiali does not answer." },
      calls: sources.has("calls") ? [toCall(row, sources)] : [],
    }),
  );
  return graph.edges.filter(({ kind }) => kind === "mesh").map(({ lock }) => lock);
}

test.each(MATRIX)("whatever source is taken away, no lock says more than was recorded: $server, $client", (row) => {
  const truth = toTruth(row);
  for (const sources of COMBINATIONS) {
    for (const kiali of ["ok", "stale", "down"] as const) {
      for (const lock of toLocks(row, sources, kiali)) {
        expect([truth, "not-measured"], `with ${[...sources].join(", ") || "nothing"}, Kiali ${kiali}`).toContain(lock.state);
        if (lock.state !== "not-measured") expect(lock.evidence.length).toBeGreaterThan(0);
        if (!sources.has("kiali") || kiali !== "ok") expect(lock.evidence.some(({ mark }) => mark === "observed")).toBe(false);
        if (!sources.has("log")) expect(lock.evidence.some(({ source }) => source.endsWith("proxy log"))).toBe(false);
        if (!sources.has("calls")) expect(lock.evidence.some(({ mark }) => mark === "first-hand")).toBe(false);
      }
    }
  }
});

test.each(MATRIX)("without Kiali and own calls nothing is claimed: $server, $client", (row) => {
  for (const sources of [new Set<Source>(["log", "pod", "policies"]), new Set<Source>()]) {
    expect(toLocks(row, sources, "ok").every(({ state, evidence }) => state === "not-measured" && evidence.length === 0)).toBe(true);
  }
});

test.each(MATRIX)("policies and rules never make a lock: $server, $client", (row) => {
  const all = new Set<Source>(SOURCES);
  const without = new Set<Source>(["kiali", "log", "calls", "pod"]);
  expect(toLocks(row, without, "ok").map(({ state }) => state)).toEqual(toLocks(row, all, "ok").map(({ state }) => state));
});

test("with all sources the recorded truth is told wherever a proxy or a pod could see it", () => {
  const told = MATRIX.filter((row) => {
    const [truth, locks] = [toTruth(row), toLocks(row, new Set(SOURCES), "ok")];
    // A call that reached nobody makes no line at all.
    return truth === "not-measured" ? locks.every(({ state }) => state === truth) : locks.some(({ state }) => state === truth);
  });
  const silent = MATRIX.filter((row) => !told.includes(row)).map(({ server, client }) => `${server}: ${client}`);
  // Nobody on the server's side measures here, and the caller has a sidecar that could have encrypted.
  expect(silent).toEqual(["server without sidecar, no policy: with sidecar", "server without sidecar, its namespace STRICT: with sidecar"]);
});

test("a prediction is never evidence: where the rules foresee mutual TLS and nobody saw it, the lock stays empty", () => {
  const foreseen = MATRIX.filter(({ planned }) => predictCall(planned)?.encryption === "mutual-tls");
  expect(foreseen.length).toBeGreaterThan(5);
  for (const row of foreseen)
    expect(toLocks(row, new Set<Source>(["calls", "pod", "policies"]), "ok").every(({ state }) => state === "not-measured")).toBe(true);
});
