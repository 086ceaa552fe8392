import { stringify } from "yaml";
import type { CallersSection, PodCallerKind, ProbePodOffer } from "@/lib/api/callers";
import type { Callers, PodCaller } from "@/lib/probe/find-callers";
import { toProbeName, toProbePod } from "@/lib/probe/probe-pod";
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
    const { image } = probePods;
    const name = toProbeName(kind);
    return {
      namespace,
      name,
      image,
      create: `${kubectl} apply -f - <<'EOF'\n${toYaml(kind, namespace, image)}EOF`,
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

/** A state is composed many times a second, and a manifest never changes. */
const yamls = new Map<string, string>();

function toYaml(kind: PodCallerKind, namespace: string, image: string): string {
  const key = `${kind} ${namespace} ${image}`;
  const known = yamls.get(key) ?? stringify(toProbePod({ kind, namespace, image }));
  yamls.set(key, known);
  return known;
}

function toCandidate({ workload, by }: PodCaller) {
  return { workload, by };
}
