import { createPolicyWriter } from "@/lib/kubernetes/policies";
import { toCallCaption } from "@/lib/mesh/words";
import type { AccessAnswers } from "./access-answers";
import { ApiError, isApiError } from "./api-error";
import type { Cluster } from "./cluster";
import { createCommandLimit } from "./command-limit";
import type { GatewayAuthority } from "./gateway-authority";
import type { Journal } from "./journal";
import type { KialiSource } from "./kiali-source";
import type { PolicyChanges } from "./policy-changes";
import type { ProbePods } from "./probe-pods";
import type { PodProbe } from "./probes";
import type { Reset } from "./reset";
import type { Runs } from "./runs";
import type { Runtime } from "./runtime";
import { switchPolicy } from "./switch-policy";
import { readWorkloadCertificate } from "./workload-certificate";

type Commands = Pick<
  Runtime,
  | "switchPolicy"
  | "startRun"
  | "cancelRun"
  | "probe"
  | "chooseCaller"
  | "probePod"
  | "enterGatewayAuthority"
  | "readCertificate"
  | "enterKialiToken"
  | "planReset"
  | "reset"
>;

interface Parts {
  /** The namespaces that may be changed. */
  namespaces: readonly string[];
  cluster: Cluster;
  access: Pick<AccessAnswers, "refused">;
  authority: GatewayAuthority;
  probes: PodProbe;
  probePods: ProbePods;
  changes: PolicyChanges;
  runs: Runs;
  reset: Reset;
  kiali: KialiSource;
  journal: Journal;
  onChange(): void;
}

/** What people ask for beyond looking: which namespaces it may touch, what is kept of it, and what a refusal teaches. */
export function createCommands({ namespaces, cluster, access, authority, probes, probePods, changes, runs, reset, kiali, journal, onChange }: Parts): Commands {
  const writer = createPolicyWriter(cluster.connection, cluster.discovery);
  // Reading a certificate is a viewer's right: it must not use up what an instructor needs.
  const handshakeLimit = createCommandLimit();

  const checkNamespace = (namespace: string) => {
    if (!namespaces.includes(namespace)) {
      throw new ApiError("not-a-lab-namespace", `${namespace} is not a namespace Padlock may change; it may change ${namespaces.join(", ")}.`);
    }
  };

  /** A command that the cluster refused: what is offered may be out of date. */
  const noticeRefusal = async <T>(command: Promise<T>): Promise<T> => {
    try {
      return await command;
    } catch (error) {
      if (isApiError(error) && error.code === "forbidden-by-cluster") access.refused();
      throw error;
    }
  };

  return {
    async switchPolicy(request) {
      checkNamespace(request.namespace);
      changes.requested(request.namespace);
      try {
        const answer = await noticeRefusal(switchPolicy(writer, cluster.objects.policies, request));
        if (!answer.changed) changes.failed(request.namespace);
        return answer;
      } catch (error) {
        changes.failed(request.namespace);
        throw error;
      }
    },
    startRun(request) {
      if (request.kind === "keep-sending") checkNamespace(request.namespace);
      return { runId: runs.start(request) };
    },
    async cancelRun(runId) {
      await runs.cancel(runId);
      return { runId };
    },
    async probe(request, signal) {
      checkNamespace(request.namespace);
      const call = await noticeRefusal(probes.call(request, signal));
      journal.add({ kind: call.outcome === "refused" ? "refused" : "called", namespace: request.namespace, says: toCallCaption(call) });
      onChange();
      return call;
    },
    chooseCaller(request) {
      checkNamespace(request.namespace);
      probes.choose(request);
    },
    async probePod(request) {
      checkNamespace(request.namespace);
      await noticeRefusal(request.act === "create" ? probePods.create(request.namespace, request.caller) : probePods.remove(request));
    },
    enterGatewayAuthority: ({ pem }) => authority.enter(pem),
    readCertificate: (of) => readWorkloadCertificate(cluster.objects.workloads ?? [], of, handshakeLimit.take),
    async enterKialiToken(token) {
      await kiali.enterToken(token);
      onChange();
    },
    async planReset(namespace) {
      checkNamespace(namespace);
      return reset.plan(namespace);
    },
    async reset(request) {
      checkNamespace(request.namespace);
      const answer = await noticeRefusal(reset.run(request.namespace, request.plan, request.takeOver));
      journal.add({
        kind: "reset",
        namespace: request.namespace,
        says: answer.ok ? "The lab is back at its start, proven." : "The reset was done, but not everything could be proven.",
      });
      onChange();
      return answer;
    },
  };
}
