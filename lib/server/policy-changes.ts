import type { SwitchChange } from "@/lib/api/state";
import { decideNamespacePolicy } from "@/lib/mesh/decide-policy";
import type { EffectiveMode } from "@/lib/mesh/modes";
import type { MeshConfig, PeerAuthentication } from "@/lib/mesh/objects";
import type { PolicyChange } from "./cluster";

/** What a check of enforcement tells, while it goes on and at its end. */
export interface EnforcementReport {
  checks: number;
  workloads: { workload: string; at: number | null; says: string }[];
  /** Why what was stored is not seen (or cannot be); null when it is, or while it is too early to tell. */
  unverified: string | null;
}

export type CheckEnforcement = (namespace: string, signal: AbortSignal, onProgress: (report: EnforcementReport) => void) => Promise<EnforcementReport>;

interface Options {
  /** Namespaces whose changes are followed: the lab's. */
  namespaces: readonly string[];
  policies(): readonly PeerAuthentication[] | null;
  config(): MeshConfig;
  check: CheckEnforcement;
  onChange(): void;
  onStored(namespace: string, mode: EffectiveMode, by: SwitchChange["by"]): void;
  onEnforced(namespace: string, change: SwitchChange): void;
  now?: () => number;
}

/** A request of ours and the watch's word of it belong together when they are this close, ms. */
const OURS_WITHIN = 10_000;

/**
 * The four steps of a change, for each namespace, each lit by its own source: requested by our own command, stored by the watch, enforcing
 * and enforced by checks on new connections. Changes made elsewhere (kubectl) are followed the same way.
 */
export function createPolicyChanges({ namespaces, policies, config, check, onChange, onStored, onEnforced, now = Date.now }: Options) {
  const changes = new Map<string, SwitchChange>();
  const requests = new Map<string, number>();
  const checking = new Map<string, AbortController>();
  /** Epoch ms of the last stored change of a namespace's policies; the root namespace's entry stands for the mesh. */
  const lastStored = new Map<string, number>();

  const follow = async (namespace: string) => {
    checking.get(namespace)?.abort();
    const controller = new AbortController();
    checking.set(namespace, controller);
    const { mode } = decideNamespacePolicy(policies() ?? [], config(), namespace);
    const requestedAt = requests.get(namespace) ?? null;
    requests.delete(namespace);
    const ours = requestedAt !== null && now() - requestedAt < OURS_WITHIN;
    const storedAt = now();
    let change: SwitchChange = {
      mode,
      by: ours ? "padlock" : "elsewhere",
      requestedAt: ours ? requestedAt : null,
      storedAt,
      enforcing: null,
      enforcedAt: null,
      enforced: [],
      unverified: null,
    };
    const tell = (part: Partial<SwitchChange>) => {
      if (controller.signal.aborted) return;
      change = { ...change, ...part };
      changes.set(namespace, change);
      onChange();
    };
    tell({});
    onStored(namespace, mode, change.by);
    const toEnforcing = (report: EnforcementReport) => ({
      checkedWorkloads: report.workloads.filter((workload) => workload.at !== null).length,
      totalWorkloads: report.workloads.length,
      checks: report.checks,
    });
    const toEnforcingOrNone = (report: EnforcementReport) => (report.workloads.length > 0 ? toEnforcing(report) : null);
    try {
      const outcome = await check(namespace, controller.signal, (report) =>
        tell({ enforcing: toEnforcingOrNone(report), enforced: report.workloads, unverified: report.unverified }),
      );
      if (controller.signal.aborted) return;
      const seen = outcome.workloads.map((workload) => workload.at);
      const all = seen.length > 0 && seen.every((at) => at !== null);
      tell({
        enforcing: toEnforcingOrNone(outcome),
        enforced: outcome.workloads,
        enforcedAt: all ? Math.max(...seen.filter((at) => at !== null)) : null,
        unverified: outcome.unverified,
      });
      if (all) onEnforced(namespace, change);
    } catch (error) {
      if (controller.signal.aborted) return;
      tell({ unverified: `Stored, not verified: ${error instanceof Error ? error.message : String(error)}` });
    }
  };

  return {
    /** Notes that a command of ours is on its way. */
    requested(namespace: string): void {
      requests.set(namespace, now());
    },
    /** The command failed: nothing of it will be stored. */
    failed(namespace: string): void {
      requests.delete(namespace);
    },
    /** The watch told of changes; the mesh's own policies touch every namespace. */
    stored(policyChanges: readonly PolicyChange[]): void {
      const root = config().rootNamespace;
      const touched = policyChanges
        .filter(({ before, after }) => before === null || after === null || !isSameRule(before, after))
        .map(({ before, after }) => (after ?? before)?.namespace);
      for (const namespace of touched) if (namespace !== undefined) lastStored.set(namespace, now());
      for (const namespace of namespaces) {
        if (touched.includes(namespace) || touched.includes(root)) void follow(namespace);
      }
    },
    change(namespace: string): SwitchChange | null {
      return changes.get(namespace) ?? null;
    },
    /** By namespace, the root namespace for the mesh. */
    lastStored: lastStored as ReadonlyMap<string, number>,
    /** The last change that may alter what the namespace's workloads accept, its own or the mesh's. */
    lastStoredAt(namespace: string): number | null {
      const times = [lastStored.get(namespace), lastStored.get(config().rootNamespace)].filter((at) => at !== undefined);
      return times.length === 0 ? null : Math.max(...times);
    },
    forget(namespace: string): void {
      checking.get(namespace)?.abort();
      changes.delete(namespace);
    },
    close(): void {
      for (const controller of checking.values()) controller.abort();
    },
  };
}
export type PolicyChanges = ReturnType<typeof createPolicyChanges>;

/** A label or an annotation is no new rule. */
function isSameRule(a: PeerAuthentication, b: PeerAuthentication): boolean {
  const rule = ({ mode, selector, ports, labels }: PeerAuthentication) => JSON.stringify([mode, selector, ports, labels["istio.io/rev"]]);
  return rule(a) === rule(b);
}
