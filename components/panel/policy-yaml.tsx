import type { LiveState } from "@/lib/api/state";
import { CommandLine } from "../frame/command-line";

/** The objects that speak for the namespace, as `kubectl get -o yaml` prints them. */
export function PolicyYaml({ state }: { state: LiveState }) {
  const { config, policies } = state.mesh;
  const speaking = policies.filter(
    (policy) => policy.namespace === state.switch.namespace || (policy.namespace === config.rootNamespace && policy.selector === null),
  );
  return (
    <div className="flex flex-col gap-2">
      {speaking.length === 0 && <p className="text-[13px] text-muted">There is no policy: Istio then accepts both, as PERMISSIVE does.</p>}
      {speaking.map((policy) => (
        <figure key={policy.uid} className="min-w-0">
          <figcaption className="text-xs text-muted">
            {policy.namespace}/{policy.name}
          </figcaption>
          <pre className="max-h-72 overflow-auto rounded-lg bg-sunken p-2.5 font-mono text-xs/[18px]" data-yaml={`${policy.namespace}/${policy.name}`}>
            {policy.yaml}
          </pre>
        </figure>
      ))}
      <CommandLine command={state.commands.getPolicy} label="show the policy as YAML" />
    </div>
  );
}
