import type { GraphInput } from "./graph-input";

/** Why no line carries traffic, nearest cause first, and what a person can do about it. */
export function toEmptyCause({ view, namespaces, workloads, kiali }: GraphInput): { cause: string; next: string } {
  const windowWords = `the last ${view.windowSeconds} s`;
  const [first] = view.namespaces;
  if (first === undefined) return { cause: "No namespace is selected.", next: "Choose one in the list of namespaces." };
  const names = view.namespaces.join(", ");
  // No cluster is without namespaces: none here means that they could not be read.
  const known = view.namespaces.filter((name) => namespaces.length === 0 || namespaces.some((namespace) => namespace.name === name));
  if (known.length === 0)
    return { cause: `There is no namespace ${names} that Padlock may see.`, next: "Choose another one, or ask for the right to read it." };
  const here = workloads.filter(({ namespace }) => known.includes(namespace));
  if (here.length === 0) return { cause: `Nothing runs in ${names}.`, next: "Deploy the lab's services, or choose another namespace." };
  if (kiali.state === "connecting") return { cause: "Kiali has not answered yet.", next: "Wait a moment, or send calls: Padlock sees its own at once." };
  if (kiali.state !== "ok")
    return {
      cause: toSentence(kiali.reason ?? "Kiali does not answer."),
      next: kiali.culprit === "prometheus" ? NEXT_WITHOUT_PROMETHEUS : NEXT_WITHOUT_KIALI[kiali.state],
    };
  const isMeshed = here.some(({ sidecar }) => sidecar === "sidecar" || sidecar === "ambient");
  if (!isMeshed) {
    const asks = namespaces.some(({ name, injection }) => known.includes(name) && injection);
    return asks
      ? {
          cause: `No workload in ${names} has a sidecar yet, although the namespace asks for them.`,
          next: `Restart them: kubectl rollout restart deployment -n ${first}`,
        }
      : {
          cause: `No workload in ${names} has a sidecar: the namespace is not injected.`,
          next: `Label it: kubectl label namespace ${first} istio-injection=enabled, then restart its workloads.`,
        };
  }
  return { cause: `No traffic in ${windowWords}.`, next: "Send 10 calls, or wait for somebody else's." };
}

const NEXT_WITHOUT_PROMETHEUS = "Bring Prometheus back; own calls are shown without it.";
const NEXT_WITHOUT_KIALI = {
  stale: "Bring Kiali back; own calls are shown without it.",
  down: "Bring Kiali back; own calls are shown without it.",
  forbidden: "Give Padlock a login to Kiali that may see the namespace; own calls are shown without it.",
  absent: "Tell Padlock where Kiali is; own calls are shown without it.",
} as const;

function toSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
