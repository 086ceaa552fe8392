import { decidePortMode, decideWorkloadPolicy } from "@/lib/mesh/decide-policy";
import type { EffectiveMode } from "@/lib/mesh/modes";
import { checkEnforcement, type Enforcement, type EnforcementTarget } from "@/lib/probe/enforcement";
import type { Cluster } from "./cluster";
import type { EnforcementOutcome, EnforcementReport } from "./policy-changes";
import type { PodProbe } from "./probes";

/** Own checks are remembered as long as the longest window plus a scrape can show them, ms. */
const KEPT_MS = 16 * 60_000;

/** Checks that a namespace's meshed workloads do what the policies say, and remembers those checks, so that nobody counts them as traffic. */
export function createEnforcementCheck({ cluster, probes }: { cluster: Cluster; probes: PodProbe }) {
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

  return {
    /** @param expects what is to be seen; left out: what the policies decide for each workload */
    async check(namespace: string, signal: AbortSignal, onProgress: (report: EnforcementReport) => void, expects?: EffectiveMode): Promise<EnforcementOutcome> {
      const targets = toTargets(namespace, expects);
      const { withoutSidecar } = probes.find(namespace).callers;
      if (withoutSidecar.caller === null) return { checks: 0, workloads: [], unverified: `Stored, not verified: ${withoutSidecar.missing}` };
      const known = new Set<number>();
      const enforcement = await checkEnforcement({
        connection: cluster.connection,
        caller: withoutSidecar.caller,
        targets,
        signal,
        onProgress(progress) {
          remember(progress, known);
          onProgress(toReport(progress));
        },
      });
      remember(enforcement, known);
      return {
        ...toReport(enforcement),
        unverified: enforcement.unverified === null ? toMissing(enforcement) : `Stored, not verified: ${enforcement.unverified}`,
      };
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

function toReport({ workloads, rounds }: Enforcement): EnforcementReport {
  return { checks: rounds, workloads: workloads.map(({ workload, enforcedAt, says }) => ({ workload, at: enforcedAt, says })) };
}

/** After the last round some may still not do what was stored: their sentences say what they did. */
function toMissing({ workloads }: Enforcement): string | null {
  const late = workloads.filter(({ enforcedAt }) => enforcedAt === null);
  if (late.length === 0) return null;
  return `Not seen at ${late.map(({ workload, says }) => `${workload.split("/")[1]}: ${says}`).join("; ")}`;
}
