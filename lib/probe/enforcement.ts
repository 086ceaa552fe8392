import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { sleep } from "@/lib/kubernetes/deadline";
import { KubernetesError } from "@/lib/kubernetes/errors";
import type { CallOutcome } from "@/lib/mesh/calls";
import type { EffectiveMode } from "@/lib/mesh/modes";
import type { Workload } from "@/lib/mesh/objects";
import type { PodCaller } from "./find-callers";
import { makeCall } from "./make-call";

export interface EnforcementTarget {
  workload: Workload;
  /** Container port. */
  port: number;
  /** What the policies decide for that port. */
  expects: EffectiveMode;
}

export interface EnforcementRequest {
  connection: KubernetesConnection;
  /** A caller without sidecar: only plaintext tells whether plaintext is refused. */
  caller: PodCaller;
  targets: readonly EnforcementTarget[];
  /** Epoch ms of the change; the series counts from it. Now unless told. */
  changedAt?: number;
  /** When to look, ms after the change. */
  times?: readonly number[];
  /** Rounds made by an earlier series of the same change: sentences count on from there. */
  roundsBefore?: number;
  /** After each round, and each time a workload was seen to have changed. */
  onProgress?(progress: Enforcement): void;
  signal?: AbortSignal;
}

export interface WorkloadEnforcement {
  /** `namespace/name`. */
  workload: string;
  port: number;
  expects: EffectiveMode;
  /** Epoch ms at which the last of its pods was seen to do what is expected; null = not seen. */
  enforcedAt: number | null;
  /** Was seen to do the contrary when it was looked at last. */
  contrary: boolean;
  /** One sentence for a person. */
  says: string;
}

/** One of Padlock's own checks: traffic that a page must not count as anybody's. */
export interface OwnCheck {
  workload: string;
  /** `namespace/name` of the workload it came from. */
  caller: string;
  /** Epoch ms. */
  startedAt: number;
  endedAt: number;
  outcome: CallOutcome;
}

export interface Enforcement {
  workloads: WorkloadEnforcement[];
  /** How many of them have been seen. */
  enforced: number;
  /** Rounds made so far, those of earlier series among them. */
  rounds: number;
  /** Epoch ms at which the last workload was seen; null while one is missing. */
  enforcedAt: number | null;
  /** Why nothing (or not all) could be verified; null when nothing stands in the way. */
  unverified: string | null;
  checks: OwnCheck[];
}

/** Times after the change, ms: doubling from 100, at most ten rounds, the last after 51 s, when every old connection has been drained too. */
export const CHECK_TIMES_MS: readonly number[] = Array.from({ length: 10 }, (_, round) => 100 * 2 ** round);
const CURL_TIMEOUT_MS = 2000;
const CHECKS_AT_ONCE = 6;
const MAX_PODS = 4;

interface PodCheck {
  target: EnforcementTarget;
  address: string;
  seenAt: number | null;
  last: CallOutcome | null;
}

/**
 * Watches a change reach the proxies: calls each meshed workload in plaintext by its pods' addresses, on new connections, in a series of rounds
 * that ends when all have been seen. STRICT is seen when plaintext is refused, PERMISSIVE and DISABLE when it is answered.
 * A fired signal rejects with its reason; what was checked until then has been told.
 */
export async function checkEnforcement(request: EnforcementRequest): Promise<Enforcement> {
  const { targets, changedAt = Date.now(), times = CHECK_TIMES_MS, roundsBefore = 0, signal } = request;
  const meshed = targets.filter(({ workload }) => workload.sidecar === "sidecar");
  const pods = meshed.flatMap(toPodChecks);
  const checks: OwnCheck[] = [];
  let rounds = roundsBefore;
  let unverified: string | null = meshed.length === 0 ? "there is no workload with a sidecar to check" : null;

  const progress = (): Enforcement => {
    const workloads = meshed.map((target) => toWorkloadEnforcement(target, pods, rounds));
    const seen = workloads.map(({ enforcedAt }) => enforcedAt).filter((at) => at !== null);
    const all = workloads.length > 0 && seen.length === workloads.length;
    return { workloads, enforced: seen.length, rounds, enforcedAt: all ? Math.max(...seen) : null, unverified, checks: [...checks] };
  };

  for (const time of times) {
    const pending = pods.filter(({ seenAt }) => seenAt === null);
    if (pending.length === 0 || unverified !== null) break;
    await sleep(Math.max(0, changedAt + time - Date.now()), signal);
    try {
      await inTurns(pending, CHECKS_AT_ONCE, async (pod) => {
        const check = await checkPod(request, pod);
        checks.push(check);
        pod.last = check.outcome;
        if (!isAsExpected(pod.target.expects, check.outcome)) return;
        pod.seenAt = check.endedAt;
        request.onProgress?.(progress());
      });
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      unverified = error.message;
    }
    rounds++;
    request.onProgress?.(progress());
  }
  return progress();
}

function toPodChecks(target: EnforcementTarget): PodCheck[] {
  const reachable = target.workload.pods.flatMap(({ ip, ready }) => (ip !== null && ready ? [ip] : []));
  return reachable.slice(0, MAX_PODS).map((address) => ({ target, address, seenAt: null, last: null }));
}

async function checkPod({ connection, caller, signal }: EnforcementRequest, { target, address }: PodCheck): Promise<OwnCheck> {
  const host = address.includes(":") ? `[${address}]` : address;
  const answer = await makeCall({ connection, caller, url: `http://${host}:${target.port}/health`, timeoutMs: CURL_TIMEOUT_MS, ...(signal ? { signal } : {}) });
  return { workload: toName(target.workload), caller: caller.workload, startedAt: answer.startedAt, endedAt: answer.endedAt, outcome: answer.outcome };
}

/** Any HTTP answer, an error as well, came over a plaintext connection that was accepted. */
function isAsExpected(expects: EffectiveMode, outcome: CallOutcome): boolean {
  return expects === "STRICT" ? outcome === "refused" : outcome === "served" || outcome === "failed";
}

function toWorkloadEnforcement(target: EnforcementTarget, pods: readonly PodCheck[], rounds: number): WorkloadEnforcement {
  const own = pods.filter((pod) => pod.target === target);
  const seen = own.map(({ seenAt }) => seenAt).filter((at) => at !== null);
  const enforcedAt = own.length > 0 && seen.length === own.length ? Math.max(...seen) : null;
  const contrary = own.some(({ seenAt, last }) => seenAt === null && last !== null && last !== "unreachable");
  const base = { workload: toName(target.workload), port: target.port, expects: target.expects, enforcedAt, contrary };
  return { ...base, says: toSentence(target, own, enforcedAt !== null, rounds) };
}

function toSentence({ expects, port }: EnforcementTarget, pods: readonly PodCheck[], isSeen: boolean, rounds: number): string {
  const where = pods.length > 1 ? `all ${pods.length} pods, port ${port}` : `port ${port}`;
  if (pods.length === 0) return "not checked: no pod of it is ready";
  if (isSeen) return expects === "STRICT" ? `new plaintext connections are refused (${where})` : `plaintext is answered (${where})`;
  const late = pods.find(({ seenAt }) => seenAt === null);
  if (late?.last === "unreachable") return `cannot be told: ${late.address} does not answer on port ${port}`;
  if (rounds === 0 || late?.last == null) return "not checked yet";
  return expects === "STRICT" ? `plaintext is still answered after ${rounds} checks` : `plaintext is still refused after ${rounds} checks`;
}

/** Runs the work on each item, so many at once; the first failure stops what has not begun. */
async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  let failed = false;
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined && !failed; item = waiting.shift()) {
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

function toName({ namespace, name }: Workload): string {
  return `${namespace}/${name}`;
}
