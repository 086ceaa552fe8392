import type { LiveState } from "@/lib/api/state";
import type { PeerAuthentication } from "@/lib/mesh/objects";
import { CommandLine } from "../frame/command-line";
import { Name } from "../words/name";

/** The objects that speak for the namespace, as `kubectl get -o yaml` prints them. */
export function PolicyYaml({ state }: { state: LiveState }) {
  const { config, policies } = state.mesh;
  const speaking = policies.filter(
    (policy) => policy.namespace === state.switch.namespace || (policy.namespace === config.rootNamespace && policy.selector === null),
  );
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {speaking.length === 0 && <p className="text-[13px] text-muted">There is no policy: Istio then accepts both, as PERMISSIVE does.</p>}
      <PolicyDocuments policies={speaking} />
      <CommandLine command={state.commands.getPolicy} label="show the policy as YAML" />
    </div>
  );
}

/** Each object's YAML under its name. */
export function PolicyDocuments({ policies }: { policies: readonly PeerAuthentication[] }) {
  return (
    <>
      {policies.map((policy) => (
        <figure key={policy.uid} className="min-w-0">
          <figcaption className="pb-1 text-xs text-muted">
            <Name>{`${policy.namespace}/${policy.name}`}</Name>
          </figcaption>
          <pre
            className="any-name rounded-lg bg-sunken p-2.5 font-mono text-[11.5px]/[17px] whitespace-pre-wrap"
            data-yaml={`${policy.namespace}/${policy.name}`}
          >
            {policy.yaml}
          </pre>
        </figure>
      ))}
    </>
  );
}
