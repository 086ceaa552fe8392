import { stringify } from "yaml";
import type { CallersSection, PodCallerKind, ProbePodOffer } from "@/lib/api/callers";
import type { Callers, PodCaller } from "@/lib/probe/find-callers";
import { toProbePod } from "@/lib/probe/probe-pod";
import type { ProbePods } from "./probe-pods";
import { quote } from "./shell-commands";

interface Facts {
  namespace: string;
  callers: Callers;
  chosen: CallersSection["chosen"];
  probePods: ProbePods;
  /** How each kubectl command begins. */
  kubectl: string;
}

/** Who could call, who was chosen, and what a pod made for it would be. */
export function toCallersSection({ namespace, callers, chosen, probePods, kubectl }: Facts): CallersSection {
  const offer = (kind: PodCallerKind): ProbePodOffer => {
    const manifest = toProbePod({ kind, namespace, image: probePods.image });
    const { name } = manifest.metadata;
    return {
      namespace,
      name,
      image: probePods.image,
      create: `${kubectl} apply -f - <<'EOF'\n${stringify(manifest)}EOF`,
      remove: `${kubectl} delete pod ${quote(name)} -n ${quote(namespace)}`,
    };
  };
  return {
    candidates: { "with-sidecar": callers.withSidecar.candidates.map(toCandidate), "without-sidecar": callers.withoutSidecar.candidates.map(toCandidate) },
    chosen,
    offers: { "with-sidecar": offer("with-sidecar"), "without-sidecar": offer("without-sidecar") },
    probePods: probePods.list,
  };
}

function toCandidate({ workload, by }: PodCaller) {
  return { workload, by };
}
