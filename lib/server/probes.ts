import type { ProbeRequest } from "@/lib/api/requests";
import type { Call, CallOutcome } from "@/lib/mesh/calls";
import { type Callers, findCallers, type PodCaller } from "@/lib/probe/find-callers";
import { probe } from "@/lib/probe/probe";
import { ApiError } from "./api-error";
import type { CallLog } from "./call-log";
import type { Cluster } from "./cluster";
import { toApiError } from "./cluster-error";
import { findProbeTarget, type ProbeTarget } from "./probe-target";

type Kind = PodCaller["kind"];

/** Streams quicker than this (requests/s) leave the proxy's log alone: reading it for each call would be more traffic than the calls. */
const LOG_INTERVAL_MS = 400;

interface Options {
  cluster: Cluster;
  log: CallLog;
  /** The last change of what decides for the namespace, epoch ms. */
  lastChangeAt(namespace: string): number | null;
  onChange(): void;
}

interface RunCall {
  namespace: string;
  caller: Kind;
  runId: string;
  /** Epoch ms. */
  dueAt: number;
  signal: AbortSignal;
  onCall(call: Call): void;
}

/** Calls from pods: found callers, one target, one new connection each, evidence looked for afterwards. */
export function createPodProbe({ cluster, log, lastChangeAt, onChange }: Options) {
  let lastLogRead = 0;
  /** The last refusal of plaintext on a new connection, by namespace: it speaks for calls with sidecar soon after. */
  const refusedAt = new Map<string, number>();

  const findTarget = (namespace: string): ProbeTarget | null => findProbeTarget(namespace, { ...cluster.objects, workloads: cluster.objects.workloads ?? [] });
  const find = (namespace: string): { target: ProbeTarget | null; callers: Callers } => {
    const target = findTarget(namespace);
    const name = target === null ? null : `${target.workload.namespace}/${target.workload.name}`;
    return { target, callers: findCallers(cluster.objects.workloads ?? [], namespace, name) };
  };
  const found = (caller: Kind, namespace: string) => {
    const { target, callers } = find(namespace);
    return { target, found: caller === "with-sidecar" ? callers.withSidecar : callers.withoutSidecar };
  };

  const make = async (request: Omit<RunCall, "onCall" | "runId"> & { runId: string | null; onCall(call: Call): void; readLog: boolean }): Promise<Call> => {
    const { target, found: from } = found(request.caller, request.namespace);
    if (from.caller === null) throw new ApiError("no-caller", from.missing);
    if (target === null) throw new ApiError("no-target", `There is no service in ${request.namespace} to call.`);
    const id = log.allocate();
    let answered: Call | null = null;
    const call = await probe({
      connection: cluster.connection,
      caller: from.caller,
      url: target.url,
      id,
      runId: request.runId,
      target: target.workload,
      dueAt: request.dueAt,
      readLog: request.readLog,
      signal: request.signal,
      knowledge: { lastChangeAt: lastChangeAt(request.namespace), plaintextRefusedAt: refusedAt.get(request.namespace) ?? null },
      onAnswer(first) {
        answered = first;
        if (first.caller === "without-sidecar" && first.outcome === "refused") refusedAt.set(request.namespace, first.endedAt);
        request.onCall(first);
        onChange();
      },
    });
    if (answered === null) request.onCall(call);
    else log.amend(id, { encryption: call.encryption, evidence: call.evidence, logLine: call.logLine });
    onChange();
    return call;
  };

  return {
    find,
    /** One call a person asked for. @throws ApiError */
    async call({ namespace, caller }: ProbeRequest, signal: AbortSignal): Promise<Call> {
      try {
        return await make({ namespace, caller, runId: null, dueAt: Date.now(), signal, readLog: true, onCall: (call) => log.add(call) });
      } catch (error) {
        throw toApiError(error);
      }
    },
    /** One call of a run: answers as soon as curl has, the evidence follows. */
    callForRun(request: RunCall): Promise<{ outcome: CallOutcome }> {
      const now = Date.now();
      const readLog = now - lastLogRead >= LOG_INTERVAL_MS;
      if (readLog) lastLogRead = now;
      return new Promise((resolve, reject) => {
        make({
          ...request,
          readLog,
          onCall(call) {
            request.onCall(call);
            resolve(call);
          },
        }).then(resolve, reject);
      });
    },
    /** Why there is no such caller; null when there is one. */
    missing(caller: Kind, namespace: string): string | null {
      return found(caller, namespace).found.missing;
    },
    refusedAt(namespace: string): number | null {
      return refusedAt.get(namespace) ?? null;
    },
    forget(): void {
      refusedAt.clear();
    },
  };
}
export type PodProbe = ReturnType<typeof createPodProbe>;
