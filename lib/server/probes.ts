import type { CallerRequest, ProbeRequest } from "@/lib/api/requests";
import type { Call, CallOutcome } from "@/lib/mesh/calls";
import { type ClientSends, decideClientTls } from "@/lib/mesh/client-tls";
import { toConfig } from "@/lib/mesh/graph-input";
import { NoCurlError } from "@/lib/probe/curl-in-pod";
import { type CallerKind, type Callers, type FoundCaller, findCallers, findChecker } from "@/lib/probe/find-callers";
import { probe } from "@/lib/probe/probe";
import type { AccessAnswers } from "./access-answers";
import { ApiError } from "./api-error";
import type { CallLog } from "./call-log";
import type { Cluster } from "./cluster";
import { toApiError } from "./cluster-error";
import { findProbeTarget, type ProbeTarget } from "./probe-target";

/** Streams quicker than this (requests/s) leave the proxy's log alone: reading it for each call would be more traffic than the calls. */
const LOG_INTERVAL_MS = 400;

interface Options {
  cluster: Cluster;
  access: AccessAnswers;
  /** The pod this process runs in; null outside of a cluster. */
  own: { namespace: string; pod: string } | null;
  log: CallLog;
  /** The last change of what decides for the namespace, epoch ms. */
  lastChangeAt(namespace: string): number | null;
  onChange(): void;
}

interface RunCall {
  namespace: string;
  caller: CallerKind;
  runId: string;
  /** Epoch ms. */
  dueAt: number;
  signal: AbortSignal;
  onCall(call: Call): void;
}

/** Calls from pods: found callers, one target, one new connection each, evidence looked for afterwards. */
export function createPodProbe({ cluster, access, own, log, lastChangeAt, onChange }: Options) {
  /** What people chose, by namespace. */
  const choices = new Map<string, Record<CallerKind, string | null>>();
  /** `namespace/pod/container`. */
  const withoutCurl = new Set<string>();
  let lastLogRead = 0;
  /** The last refusal of plaintext on a new connection, by namespace: it speaks for calls with sidecar soon after. */
  const refusedAt = new Map<string, number>();

  const findTarget = (namespace: string): ProbeTarget | null => findProbeTarget(namespace, { ...cluster.objects, workloads: cluster.objects.workloads ?? [] });
  const mayExec = (where: string) => access.isAllowed({ verb: "get", group: "", resource: "pods", subresource: "exec", namespace: where });
  const find = (namespace: string): { target: ProbeTarget | null; callers: Callers } => {
    const target = findTarget(namespace);
    const name = target === null ? null : `${target.workload.namespace}/${target.workload.name}`;
    return { target, callers: findCallers(cluster.objects.workloads ?? [], namespace, name, { chosen: chosen(namespace), withoutCurl, mayExec, own }) };
  };
  const chosen = (namespace: string) => choices.get(namespace) ?? NOBODY;
  const found = (caller: CallerKind, namespace: string) => {
    const { target, callers } = find(namespace);
    return { target, found: caller === "with-sidecar" ? callers.withSidecar : callers.withoutSidecar };
  };

  /** What the caller's sidecar sends to the target by the rules; null while they were not read. */
  const findSends = (caller: string, { workload, service, port, containerPort }: ProbeTarget): ClientSends | null => {
    const { workloads, policies, destinationRules: rules } = cluster.objects;
    const client = workloads?.find(({ namespace, name }) => `${namespace}/${name}` === caller);
    if (client === undefined || policies === null || rules === null) return null;
    const config = toConfig(cluster.objects, client.namespace);
    return decideClientTls({ rules, policies, config, client, service, servicePort: port, target: { workload, port: containerPort } }).sends;
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
      knowledge: {
        lastChangeAt: lastChangeAt(request.namespace),
        plaintextRefusedAt: refusedAt.get(request.namespace) ?? null,
        callerSends: findSends(from.caller.workload, target),
      },
      onAnswer(first) {
        answered = first;
        if (first.caller === "without-sidecar" && first.outcome === "refused") refusedAt.set(request.namespace, first.endedAt);
        request.onCall(first);
        onChange();
      },
    }).catch((error: unknown) => {
      if (error instanceof NoCurlError) {
        // The next one is chosen among the others.
        withoutCurl.add(`${error.pod.namespace}/${error.pod.name}/${error.pod.container}`);
        onChange();
      }
      throw error;
    });
    if (answered === null) request.onCall(call);
    else log.amend(id, { encryption: call.encryption, evidence: call.evidence, logLine: call.logLine });
    onChange();
    return call;
  };

  return {
    find,
    /** The caller without sidecar for Padlock's own checks. */
    findChecker: (namespace: string): FoundCaller => findChecker(find(namespace).callers.withoutSidecar, mayExec),
    chosen,
    /** @param workload null = whoever comes first @throws ApiError when it cannot call */
    choose({ namespace, caller, workload }: CallerRequest): void {
      const { callers } = find(namespace);
      const { candidates } = caller === "with-sidecar" ? callers.withSidecar : callers.withoutSidecar;
      if (workload !== null && !candidates.some((candidate) => candidate.workload === workload))
        throw new ApiError("no-caller", `${workload} cannot call now: it is not ready, has no curl, or is not of that kind.`);
      choices.set(namespace, { ...chosen(namespace), [caller]: workload });
      onChange();
    },
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
    missing(caller: CallerKind, namespace: string): string | null {
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
const NOBODY: Record<CallerKind, string | null> = { "with-sidecar": null, "without-sidecar": null };

export type PodProbe = ReturnType<typeof createPodProbe>;
