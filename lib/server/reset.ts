import { createHash } from "node:crypto";
import type { ProbePod } from "@/lib/api/callers";
import type { ResetAnswer } from "@/lib/api/routes";
import type { ResetPlan, ResetSection, ResetStep } from "@/lib/api/state";
import { deleteObject } from "@/lib/kubernetes/delete";
import { RESOURCES } from "@/lib/kubernetes/paths";
import { createPolicyWriter, type PolicyWriter } from "@/lib/kubernetes/policies";
import { decideInherited, findNamespacePolicy } from "@/lib/mesh/decide-policy";
import { toConfig } from "@/lib/mesh/graph-input";
import type { EffectiveMode } from "@/lib/mesh/modes";
import type { DestinationRule, FieldOwner, PeerAuthentication } from "@/lib/mesh/objects";
import { ApiError } from "./api-error";
import type { Cluster } from "./cluster";
import { toApiError } from "./cluster-error";
import type { EnforcementCheck } from "./enforcement";
import type { EnforcementReport } from "./policy-changes";
import type { ProbePods } from "./probe-pods";
import { type SecondAct, toSecondAct } from "./second-act";

/** The start of the lab: the mesh says so in so many words, the namespace says nothing. */
const MESH_POLICY = "default";
/** How long the watch may take to show what was written, ms. */
const SEEN_WITHIN = 5_000;
/** And how long plaintext may take to be answered everywhere, ms: large meshes take seconds. */
const PROOF_WITHIN = 15_000;

/** `version`: of the object as it was listed, so that a plan stands for these very objects. */
type Task = { step: ResetStep; version?: string; run(): Promise<void> };

interface Options {
  cluster: Cluster;
  /** The mode that the mesh-wide policy goes back to; null = that policy is left alone, and the namespace inherits whatever it says. */
  meshStart: "PERMISSIVE" | null;
  enforcement: EnforcementCheck;
  probePods: ProbePods;
  /** Stops a run that goes on. */
  stopRun(): Promise<void>;
  isRunning(): boolean;
  /** Zeroes counts, journal and results. */
  clear(): void;
  onChange(): void;
}

/** Back to the start: a declared state, listed before, done once, proven after. Running it twice changes nothing. */
export function createReset({ cluster, meshStart, enforcement, probePods, stopRun, isRunning, clear, onChange }: Options) {
  let section: ResetSection = { running: null, last: null };
  const writer: PolicyWriter = createPolicyWriter(cluster.connection, cluster.discovery);

  const toTasks = (namespace: string): Task[] => {
    const { policies, destinationRules } = cluster.objects;
    const config = toConfig(cluster.objects, namespace);
    if (policies === null || destinationRules === null || cluster.source.state !== "ok")
      throw new ApiError("source-unavailable", `${toUnread(cluster)}, so there is no telling what a reset would do.`);
    const own = policies.filter((policy) => policy.namespace === namespace);
    const rules = destinationRules.filter((rule) => rule.namespace === namespace);
    const meshPolicy = findNamespacePolicy(policies, config, config.rootNamespace);
    const strays = policies.filter((policy) => policy.namespace === config.rootNamespace && policy.selector === null && policy.name !== MESH_POLICY);
    return [
      {
        step: { verb: "stop", object: null, owner: null, says: "the run that goes on", already: !isRunning() },
        run: stopRun,
      },
      ...own.map((policy) => deletePolicy(policy)),
      ...(meshStart === null ? [] : strays.map((policy) => deletePolicy(policy))),
      ...rules.map((rule) => deleteRule(rule)),
      ...(meshStart === null ? [] : [applyMeshPolicy(policies, config.rootNamespace, meshPolicy, meshStart)]),
      { step: { verb: "clear", object: null, owner: null, says: "counts, results and the strip", already: false }, run: async () => clear() },
      {
        step: { verb: "prove", object: null, owner: null, says: toProofWords(meshStart ?? decideInherited(policies, config, namespace).mode), already: false },
        run: async () => {},
      },
      // Last: the proof may need one of them as its caller.
      ...probePods.list.filter((pod) => pod.namespace === namespace).flatMap(removeProbePod),
    ];
  };

  const removeProbePod = ({ namespace, name, uid, caller }: ProbePod): Task[] =>
    uid === null
      ? []
      : [
          {
            step: {
              verb: "delete",
              object: { kind: "Pod", namespace, name },
              owner: null,
              says: `Pod ${namespace}/${name} (Padlock's probe pod ${caller.replace("-", " ")})`,
              already: false,
            },
            run: () => probePods.remove({ namespace, name, uid }),
          },
        ];
  const deletePolicy = (policy: PeerAuthentication): Task => ({
    version: toVersion(policy),
    step: {
      // The list that is confirmed names it already; only what would be put back needs more.
      ...toTakeOver(toSecondAct(policy, "PeerAuthentication", "change")),
      verb: "delete",
      object: { kind: "PeerAuthentication", namespace: policy.namespace, name: policy.name },
      owner: toOwner(policy.owners),
      says: `PeerAuthentication ${policy.namespace}/${policy.name} (${policy.mode ?? "no mode"})`,
      already: false,
    },
    run: () => writer.deletePolicy({ namespace: policy.namespace, name: policy.name, uid: policy.uid, resourceVersion: policy.resourceVersion }),
  });
  const deleteRule = (rule: DestinationRule): Task => ({
    version: toVersion(rule),
    step: {
      ...toTakeOver(toSecondAct(rule, "DestinationRule", "change")),
      verb: "delete",
      object: { kind: "DestinationRule", namespace: rule.namespace, name: rule.name },
      owner: toOwner(rule.owners),
      says: `DestinationRule ${rule.namespace}/${rule.name} (${rule.host}${rule.tls === null ? "" : `, ${rule.tls.mode}`})`,
      already: false,
    },
    run: () => deleteObject(cluster.connection, cluster.discovery, RESOURCES.destinationRules, rule),
  });
  const applyMeshPolicy = (policies: readonly PeerAuthentication[], root: string, deciding: PeerAuthentication | null, mode: "PERMISSIVE"): Task => {
    const present = policies.find((policy) => policy.namespace === root && policy.name === MESH_POLICY) ?? null;
    const already = present !== null && present === deciding && present.mode === mode && present.selector === null;
    const needed = present === null || already ? null : toSecondAct(present, "PeerAuthentication", "change");
    return {
      ...(present === null ? {} : { version: toVersion(present) }),
      step: {
        ...toTakeOver(needed),
        verb: "apply",
        object: { kind: "PeerAuthentication", namespace: root, name: MESH_POLICY },
        owner: present === null ? null : toOwner(present.owners),
        says: `PeerAuthentication ${root}/${MESH_POLICY}: ${mode}`,
        already,
      },
      async run() {
        if (already) return;
        const expected = present === null ? null : { uid: present.uid, resourceVersion: present.resourceVersion };
        await writer.applyMode({ namespace: root, name: MESH_POLICY, mode, expected, takeOverFrom: needed?.managers ?? [] });
      },
    };
  };

  const plan = (namespace: string): ResetPlan => {
    const tasks = toTasks(namespace);
    const steps = tasks.map(({ step }) => step);
    // A run may end between reading and confirming; that is no change of plan.
    const digest = createHash("sha256")
      .update(JSON.stringify(tasks.filter(({ step: { verb } }) => verb !== "stop").map(({ step, version }) => [step, version])))
      .digest("hex")
      .slice(0, 32);
    return { digest, steps };
  };

  const prove = async (namespace: string): Promise<ResetAnswer["proofs"]> => {
    const isAtStart = () => {
      const { policies, destinationRules } = cluster.objects;
      const config = toConfig(cluster.objects, namespace);
      const mesh = (policies ?? []).filter((policy) => policy.namespace === config.rootNamespace && policy.selector === null);
      return (
        policies !== null &&
        destinationRules !== null &&
        // A cache that nobody feeds any more proves nothing.
        cluster.source.state === "ok" &&
        !policies.some((policy) => policy.namespace === namespace) &&
        !destinationRules.some((rule) => rule.namespace === namespace) &&
        (meshStart === null || (mesh.length === 1 && mesh[0]?.name === MESH_POLICY && mesh[0].mode === meshStart))
      );
    };
    const until = Date.now() + SEEN_WITHIN;
    while (!isAtStart() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    const policies = { says: "the API server holds the start's policies and no others here", ok: isAtStart(), at: Date.now() };
    return [policies, await proveEnforced(namespace)];
  };

  /** The last report stands when time runs out: what was not seen by then is not proven. */
  const proveEnforced = async (namespace: string): Promise<ResetAnswer["proofs"][number]> => {
    const mode = meshStart ?? decideInherited(cluster.objects.policies ?? [], toConfig(cluster.objects, namespace), namespace).mode;
    let report: EnforcementReport = { checks: 0, workloads: [], unverified: null };
    let unverified: string | null = null;
    try {
      const outcome = await enforcement.check(namespace, AbortSignal.timeout(PROOF_WITHIN), (progress) => (report = progress), mode);
      report = outcome;
      unverified = outcome.unverified;
    } catch (error) {
      unverified = error instanceof Error && error.name === "TimeoutError" ? `not seen within ${PROOF_WITHIN / 1000} s` : String(error);
    }
    const served = report.workloads.filter(({ at }) => at !== null).length;
    const ok = report.workloads.length > 0 && served === report.workloads.length;
    const says = `plaintext is ${mode === "STRICT" ? "refused" : "answered"} by ${served} of ${report.workloads.length} workloads${unverified === null ? "" : ` (${unverified})`}`;
    return { says, ok, at: Date.now() };
  };

  return {
    plan,
    get section() {
      return section;
    },
    /**
     * @param digest of the plan that was confirmed
     * @param agreed owners that may lose what is theirs, as the plan's steps name them
     * @throws ApiError
     */
    async run(namespace: string, digest: string, agreed: readonly string[] = []): Promise<ResetAnswer> {
      if (section.running !== null) throw new ApiError("already-running", `A reset goes on already: step ${section.running.step} of ${section.running.steps}.`);
      if (plan(namespace).digest !== digest)
        throw new ApiError("changed-meanwhile", "Something has changed since the list was shown. Nothing was done; look at the list again.");
      const tasks = toTasks(namespace);
      const refused = tasks.find(({ step }) => step.takeOver !== undefined && !agreed.includes(step.takeOver.owner));
      if (refused?.step.takeOver !== undefined)
        throw new ApiError("owned-by-manager", `${refused.step.takeOver.says} Nothing was done.`, { manager: refused.step.takeOver.owner });
      let proofs: ResetAnswer["proofs"] = [];
      try {
        for (const [index, { step, run }] of tasks.entries()) {
          section = { ...section, running: { step: index + 1, steps: tasks.length, says: `${step.verb} ${step.says}` } };
          onChange();
          if (step.verb === "prove") proofs = await prove(namespace);
          else await run();
        }
        const ok = proofs.every((proof) => proof.ok);
        section = { running: null, last: { at: Date.now(), ok, proofs } };
        return { ok, proofs };
      } catch (error) {
        throw toApiError(error);
      } finally {
        section = { ...section, running: null };
        onChange();
      }
    },
  };
}
export type Reset = ReturnType<typeof createReset>;

function toProofWords(mode: EffectiveMode): string {
  return `policies equal the start, plaintext is ${mode === "STRICT" ? "refused, as the mesh-wide policy says" : "served"}`;
}

function toVersion({ uid, resourceVersion }: { uid: string; resourceVersion: string }): string {
  return `${uid} ${resourceVersion}`;
}

function toTakeOver(needed: SecondAct | null): Pick<ResetStep, "takeOver"> {
  return needed === null ? {} : { takeOver: { owner: needed.owner, says: needed.says } };
}

function toOwner(owners: readonly FieldOwner[]): string | null {
  return owners.at(-1)?.manager ?? null;
}

/** Which of the lists that a reset needs is missing, and whether it was refused or has not come. */
function toUnread({ source, unread }: Pick<Cluster, "source" | "unread">): string {
  const refused = unread.filter(({ kind, state }) => state === "forbidden" && (kind === "PeerAuthentication" || kind === "DestinationRule"));
  if (refused.length > 0) return `${refused.map(({ kind }) => kind).join(" and ")} objects may not be read`;
  return source.state === "absent" ? "Istio is not installed here" : "The Kubernetes API does not answer";
}
