import { sleep } from "@/lib/kubernetes/deadline";
import { decidePortMode, decideWorkloadPolicy } from "@/lib/mesh/decide-policy";
import { toConfig } from "@/lib/mesh/graph-input";
import type { EffectiveMode } from "@/lib/mesh/modes";
import { CHECK_TIMES_MS, checkEnforcement, type Enforcement, type EnforcementTarget } from "@/lib/probe/enforcement";
import type { Cluster } from "./cluster";
import { toIstiodWords } from "./istiod-words";
import type { EnforcementReport } from "./policy-changes";
import type { PodProbe } from "./probes";

/** Own checks are remembered as long as the longest window plus a scrape can show them, ms. */
const KEPT_MS = 16 * 60_000;
/** After so many rounds (6.4 s) a mesh at work has long followed: what stands in the way is said, and looked for on. */
const LATE_ROUNDS = 7;
/** After the series: how often, and for how long, ms. An istiod that comes back, or a caller, is then seen without another change. */
const AGAIN_EVERY_MS = 15_000;
const AGAIN_FOR_MS = 30 * 60_000;

interface Series {
  expects: EffectiveMode | undefined;
  /** What an earlier series has seen, by `namespace/name`. */
  seen: ReadonlyMap<string, EnforcementReport["workloads"][number]>;
  changedAt: number;
  times: readonly number[];
  roundsBefore: number;
}

/** How often is looked. */
interface Pace {
  /** ms after the change. */
  times: readonly number[];
  /** ms, after the series. */
  againEvery: number;
}
const PACE: Pace = { times: CHECK_TIMES_MS, againEvery: AGAIN_EVERY_MS };

/** Checks that a namespace's meshed workloads do what the policies say, and remembers those checks, so that nobody counts them as traffic. */
export function createEnforcementCheck(
  { cluster, probes }: { cluster: Pick<Cluster, "objects" | "connection">; probes: Pick<PodProbe, "findChecker"> },
  pace = PACE,
) {
  let answered: { workload: string; at: number }[] = [];
  /** Keys of checks already taken over: progress tells all of them again. */
  const remember = (enforcement: Enforcement, known: Set<number>) => {
    enforcement.checks.forEach((check, index) => {
      if (known.has(index)) return;
      known.add(index);
      if (check.outcome === "served" || check.outcome === "failed") answered.push({ workload: check.workload, at: check.startedAt });
    });
    const oldest = Date.now() - KEPT_MS;
    answered = answered.filter(({ at }) => at > oldest);
  };

  const toTargets = (namespace: string, expects: EffectiveMode | undefined): EnforcementTarget[] => {
    const { workloads, policies, config } = cluster.objects;
    return (workloads ?? []).flatMap((workload) => {
      const [port] = workload.ports;
      if (workload.namespace !== namespace || workload.sidecar !== "sidecar" || workload.isGateway || port === undefined) return [];
      const { mode } = decidePortMode(decideWorkloadPolicy(policies ?? [], config, workload), port);
      return [{ workload, port, expects: expects ?? mode }];
    });
  };

  const runSeries = async (
    namespace: string,
    { expects, seen, changedAt, times, roundsBefore }: Series,
    signal: AbortSignal,
    onProgress: (report: EnforcementReport) => void,
  ): Promise<EnforcementReport> => {
    const { caller, missing } = probes.findChecker(namespace);
    if (caller === null) return { checks: roundsBefore, workloads: [...seen.values()], unverified: `Stored, not verified: ${missing}` };
    const targets = toTargets(namespace, expects);
    const left = targets.filter(({ workload }) => !seen.has(`${workload.namespace}/${workload.name}`));
    if (left.length === 0 && targets.length > 0) return { checks: roundsBefore, workloads: [...seen.values()], unverified: null };
    const known = new Set<number>();
    const toReport = (enforcement: Enforcement): EnforcementReport => {
      remember(enforcement, known);
      const { workloads, rounds, unverified } = enforcement;
      const all = [...seen.values(), ...workloads.map(({ workload, enforcedAt, says }) => ({ workload, at: enforcedAt, says }))];
      if (unverified !== null) return { checks: rounds, workloads: all, unverified: `Stored, not verified: ${unverified}` };
      const contrary = workloads.filter((each) => each.contrary).length;
      return { checks: rounds, workloads: all, unverified: rounds < LATE_ROUNDS ? null : toLate(namespace, all, contrary) };
    };
    return toReport(
      await checkEnforcement({
        connection: cluster.connection,
        caller,
        targets: left,
        changedAt,
        times,
        roundsBefore,
        signal,
        onProgress: (progress) => onProgress(toReport(progress)),
      }),
    );
  };

  /** The sentences of the workloads stand beside it: this one says what that means. */
  const toLate = (namespace: string, workloads: EnforcementReport["workloads"], contrary: number): string | null => {
    const late = workloads.filter(({ at }) => at === null).length;
    if (late === 0) return null;
    const says = `Stored, but not seen at ${late} of ${workloads.length} workloads.`;
    // Who could not be asked is no sign of an istiod that does not push.
    const { revision = null } = toConfig(cluster.objects, namespace);
    return contrary === 0 ? says : `${says} ${toIstiodWords(cluster.objects.controlPlanes, revision)}`;
  };

  const check = (
    namespace: string,
    signal: AbortSignal,
    onProgress: (report: EnforcementReport) => void,
    expects?: EffectiveMode,
  ): Promise<EnforcementReport> =>
    runSeries(namespace, { expects, seen: new Map(), changedAt: Date.now(), times: pace.times, roundsBefore: 0 }, signal, onProgress);

  return {
    /**
     * One series, less than a minute long.
     * @param expects what is to be seen; left out: what the policies decide for each workload
     */
    check,
    /**
     * The series, and after it a look every 15 s for half an hour, with the pods and the caller that there are by then: ends when all was seen.
     * A fired signal rejects with its reason.
     */
    async follow(namespace: string, signal: AbortSignal, onProgress: (report: EnforcementReport) => void): Promise<EnforcementReport> {
      const until = Date.now() + AGAIN_FOR_MS;
      let report = await check(namespace, signal, onProgress);
      while (!isSeen(report) && Date.now() < until) {
        onProgress(report);
        await sleep(pace.againEvery, signal);
        const seen = new Map(report.workloads.flatMap((entry) => (entry.at === null ? [] : [[entry.workload, entry] as const])));
        report = await runSeries(namespace, { expects: undefined, seen, changedAt: Date.now(), times: [0], roundsBefore: report.checks }, signal, onProgress);
      }
      return report;
    },
    /** When workloads answered a check of ours, by `namespace/name`, epoch ms. */
    timesByTarget(): Map<string, number[]> {
      const times = new Map<string, number[]>();
      for (const { workload, at } of answered) times.set(workload, [...(times.get(workload) ?? []), at]);
      return times;
    },
  };
}
export type EnforcementCheck = ReturnType<typeof createEnforcementCheck>;

function isSeen({ workloads, unverified }: EnforcementReport): boolean {
  return unverified === null && workloads.length > 0 && workloads.every(({ at }) => at !== null);
}
