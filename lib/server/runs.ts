import { randomUUID } from "node:crypto";
import { RUN_LIMITS } from "@/lib/api/limits";
import type { RunRequest } from "@/lib/api/requests";
import type { RunSection, RunStatus } from "@/lib/api/state";
import { type GatewayCallResult, type GatewayClient, type GatewayTarget, openGatewayClient } from "@/lib/gateway/call";
import { type Load, type LoadStart, type LoadSummary, startLoad } from "@/lib/gateway/load";
import { toCallEncryption } from "@/lib/mesh/call-encryption";
import type { Call, CallOutcome } from "@/lib/mesh/calls";
import { parseUpstreamPath } from "@/lib/mesh/upstream-path";
import { ApiError } from "./api-error";
import type { CallLog } from "./call-log";
import type { Presence } from "./presence";
import type { PodProbe } from "./probes";
import { createRunCount, toRunSentence } from "./run-status";

/** Calls in flight at most when the person does not say, and how often it is looked whether the starter is still there, ms. */
const CONNECTIONS = 20;
const PRESENCE_INTERVAL = 1000;

interface Options {
  log: CallLog;
  presence: Presence;
  gateway(): GatewayTarget | null;
  /** What a call through the gateway was answered: it tells of the gateway's route. */
  onGatewayAnswer(httpCode: number | null): void;
  /** `namespace/name` of what the gateway leads to. */
  targetName(): string;
  probe: PodProbe;
  onChange(): void;
  onStarted(run: RunStatus): void;
  /** The first call of a run that is turned away; the others only count. */
  onRefused(call: Call): void;
  onEnded(run: RunStatus): void;
}

interface Running {
  id: string;
  loads: Load[];
  cancel(why: "cancelled" | "starter-gone"): void;
  done: Promise<void>;
}

/** One run at a time: the lab's calls through the gateway, or the demo's three streams. */
export function createRuns(options: Options) {
  const { log, presence, onChange, onStarted, onRefused, onEnded } = options;
  let running: Running | null = null;
  let section: RunSection = { current: null, last: null };

  const start = (request: RunRequest): string => {
    if (running !== null) throw new ApiError("already-running", "A run goes on already; stop it first.");
    const target = options.gateway();
    if (target === null) throw new ApiError("no-target", "The ingress gateway has not been found, so nothing can be sent through it.");
    if (request.kind === "calls" && (request.count - 1) / request.rate > RUN_LIMITS.seconds) {
      throw new ApiError("bad-request", `A run lasts at most ${RUN_LIMITS.seconds} s; ${request.count} calls at ${request.rate} a second take longer.`);
    }
    const id = randomUUID();
    const count = createRunCount();
    const startedAt = Date.now();
    let why: "cancelled" | "starter-gone" | null = null;
    let problem: string | null = null;
    let connection: RunStatus["connection"] = "new";
    if (request.kind === "calls") connection = request.connection;
    const loads: Load[] = [];
    const status = (end: RunStatus["end"]): RunStatus => {
      const progress = loads.map((load) => load.progress());
      const base = {
        id,
        kind: request.kind,
        startedAt,
        endedAt: end === null ? null : Date.now(),
        planned: request.kind === "calls" ? request.count : null,
        rate: request.rate,
        connection,
        sent: progress.reduce((sum, each) => sum + each.sent, 0),
        byCaller: structuredClone(count.byCaller),
        latency: progress[0]?.latency ?? null,
        achievedRate: progress[0]?.achievedRate ?? null,
        end,
      };
      return { ...base, says: toRunSentence(base, count.path, problem) };
    };
    const publish = () => {
      if (running?.id !== id) return;
      section = { ...section, current: status(null) };
      onChange();
    };
    const isUnrefused = () => Object.values(count.byCaller).every(({ refused }) => refused === 0);
    const take = (call: Call) => {
      if (call.caller === "gateway") options.onGatewayAnswer(call.httpCode);
      const isFirstRefusal = call.outcome === "refused" && isUnrefused();
      log.add(call);
      count.add(call);
      if (isFirstRefusal) onRefused(call);
    };
    const launch = async (): Promise<RunStatus["end"]> => {
      const client = await openGatewayClient(target, { connection });
      try {
        const limits = RUN_LIMITS;
        if (request.kind === "calls") {
          const { rate, connections = Math.min(CONNECTIONS, RUN_LIMITS.connections) } = request;
          loads.push(
            startLoad({
              rate,
              count: request.count,
              connections,
              limits,
              onProgress: publish,
              call: (due) => callGateway(client, due, { id, log, take, target: options.targetName() }),
            }),
          );
        } else {
          const { rate, seconds } = request;
          const common = { rate, seconds, connections: 10, limits, onProgress: publish };
          loads.push(startLoad({ ...common, call: (due) => callGateway(client, due, { id, log, take, target: options.targetName() }) }));
          for (const caller of ["with-sidecar", "without-sidecar"] as const) {
            if (options.probe.missing(caller, request.namespace) !== null) continue;
            loads.push(
              startLoad({
                ...common,
                call: (due) =>
                  options.probe.callForRun({ namespace: request.namespace, caller, runId: id, dueAt: due.intendedEpoch, signal: due.signal, onCall: take }),
              }),
            );
          }
        }
        if (why !== null) for (const load of loads) load.cancel();
        publish();
        const summaries = await Promise.all(loads.map((load) => load.done));
        const failed = summaries.find((summary) => summary.end === "failed");
        if (failed !== undefined) problem = failed.error instanceof Error ? failed.error.message : "a call could not be made";
        return why ?? toEnd(summaries);
      } finally {
        client.close();
      }
    };
    const watch = setInterval(() => {
      if (presence.isGone(request.page)) running?.cancel("starter-gone");
    }, PRESENCE_INTERVAL);
    const done = launch()
      .catch((error: unknown): RunStatus["end"] => {
        problem = error instanceof Error ? error.message : String(error);
        for (const load of loads) load.cancel();
        return "failed";
      })
      .then((end) => {
        clearInterval(watch);
        running = null;
        section = { current: null, last: status(end) };
        onChange();
        if (section.last !== null) onEnded(section.last);
      });
    running = {
      id,
      loads,
      done,
      cancel(reason) {
        why ??= reason;
        for (const load of loads) load.cancel();
      },
    };
    section = { ...section, current: status(null) };
    if (section.current !== null) onStarted(section.current);
    onChange();
    return id;
  };

  return {
    start,
    /** Resolves once the run has ended: no call is on its way any more. */
    async cancel(runId: string): Promise<void> {
      if (running === null || running.id !== runId) {
        // Ended meanwhile: the person wanted it stopped, and it is.
        if (section.last?.id === runId) return;
        throw new ApiError("not-found", "There is no such run.");
      }
      const { done, cancel } = running;
      cancel("cancelled");
      await done;
    },
    async stop(): Promise<void> {
      running?.cancel("cancelled");
      await running?.done;
    },
    get section() {
      return section;
    },
    clear(): void {
      section = { ...section, last: null };
      onChange();
    },
  };
}
export type Runs = ReturnType<typeof createRuns>;

function toEnd(summaries: readonly LoadSummary[]): RunStatus["end"] {
  const ends = summaries.map((summary) => summary.end);
  return ends.find((end) => end === "failed") ?? ends.find((end) => end === "limit") ?? (ends.includes("cancelled") ? "cancelled" : "finished");
}

interface GatewayCallFacts {
  id: string;
  log: CallLog;
  take(call: Call): void;
  target: string;
}

/** One call through the gateway, as a Call of ours: its answer tells the path, its handshake the TLS of the first hop, and no more. */
async function callGateway(client: GatewayClient, due: LoadStart, { id, log, take, target }: GatewayCallFacts): Promise<{ outcome: CallOutcome }> {
  const result = await client.call({ intendedAt: due.intendedAt, signal: due.signal });
  take(toGatewayCall(result, { id: log.allocate(), runId: id, startedAt: due.intendedEpoch, gateway: client.ip, target }));
  return result;
}

export function toGatewayCall(
  result: GatewayCallResult,
  facts: { id: number; runId: string | null; startedAt: number; gateway: string; target: string },
): Call {
  const endedAt = facts.startedAt + result.latencyMs;
  const claim = toCallEncryption({
    caller: "gateway",
    outcome: result.outcome,
    scheme: "https",
    startedAt: facts.startedAt,
    endedAt,
    callerPod: null,
    log: null,
    plaintextRefusedAt: null,
    lastChangeAt: null,
    callerSends: null,
    observed: null,
  });
  return {
    id: facts.id,
    runId: facts.runId,
    caller: "gateway",
    callerName: facts.gateway,
    target: facts.target,
    startedAt: facts.startedAt,
    endedAt,
    latencyMs: result.latencyMs,
    newConnection: result.newConnection,
    outcome: result.outcome,
    httpCode: result.httpCode,
    curlExit: null,
    message: result.message,
    ...claim,
    path: result.outcome === "served" || result.outcome === "failed" ? parseUpstreamPath(result.body) : [],
    logLine: null,
  };
}
