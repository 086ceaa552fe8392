import type { GraphNode } from "@/lib/mesh/graph";
import { getObjectCommand, listContainersCommand, listPoliciesCommand, proxyLogCommand } from "@/lib/mesh/kubectl-command";
import { toSpeakingObjects } from "./speaking-objects";

export interface ProofCommand {
  /** What it shows, in a word or two. */
  caption: string;
  command: string;
}

/** A command that begins with a bare `kubectl`, made whole: with the target's kubeconfig and context. @param kubectl how the target's begin */
export function toWholeCommand(command: string, kubectl: string): string {
  return command.replace(/^kubectl(?= )/, () => kubectl);
}

/** What a terminal would show of the same facts: who decides, what its proxy logged, which containers it has. */
export function toProofCommands(node: Pick<GraphNode, "kind" | "namespace" | "name" | "workloadKind" | "sidecar" | "policy">, kubectl: string): ProofCommand[] {
  const { namespace, name, workloadKind } = node;
  if (node.kind !== "workload" || namespace === null) return [];
  const objects = toSpeakingObjects(node.policy);
  const policies =
    objects.length === 0
      ? [{ caption: "policies", command: listPoliciesCommand() }]
      : objects.map(({ scope, object }) => ({ caption: `${scope} policy`, command: getObjectCommand("PeerAuthentication", object) }));
  const log =
    node.sidecar === "sidecar" && workloadKind != null
      ? { caption: "its proxy's log", command: proxyLogCommand({ kind: workloadKind, namespace, name }) }
      : null;
  return [...policies, log, { caption: "containers", command: listContainersCommand(namespace) }].flatMap((each) =>
    each?.command === undefined ? [] : [{ caption: each.caption, command: toWholeCommand(each.command, kubectl) }],
  );
}
