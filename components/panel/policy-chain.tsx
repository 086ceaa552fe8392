import type { LiveState } from "@/lib/api/state";
import type { EffectivePolicy, PolicyStep } from "@/lib/mesh/effective-policy";

/** mesh → namespace → workload → port: what each says and which one decides. */
export function PolicyChain({ state }: { state: LiveState }) {
  const effective = state.mesh.effective.find((entry) => entry.namespace === state.switch.namespace);
  if (effective === undefined) return <p className="text-[13px] text-muted">The policies have not been read yet.</p>;
  const exceptions = effective.workloads.filter(({ policy }) => policy.from === "workload" || policy.ports.length > 0);
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-[13px]/[18px]">
      {effective.policy.steps.map((step) => (
        <Step key={step.scope} step={step} />
      ))}
      {effective.policy.from === "default" && (
        <>
          <dt className="text-muted">default</dt>
          <dd>
            PERMISSIVE <span className="text-muted">no policy says anything · decides</span>
          </dd>
        </>
      )}
      {exceptions.map(({ name, policy }) => (
        <Exception key={name} name={name} policy={policy} />
      ))}
    </dl>
  );
}

function Step({ step }: { step: PolicyStep }) {
  return (
    <>
      <dt className="text-muted">{step.scope}</dt>
      <dd className="min-w-0 break-words">
        {step.object === null ? (
          <span className="text-muted">no policy</span>
        ) : (
          <>
            {step.mode ?? "says nothing"}{" "}
            <span className="text-muted">
              {step.object.namespace}/{step.object.name}
              {step.decides && " · decides"}
            </span>
          </>
        )}
        {step.ignored.length > 0 && (
          <span className="block text-muted">ignored, because younger: {step.ignored.map((object) => `${object.namespace}/${object.name}`).join(", ")}</span>
        )}
      </dd>
    </>
  );
}

function Exception({ name, policy }: { name: string; policy: EffectivePolicy }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">
        {policy.mode} {policy.object !== null && <span className="text-muted">{policy.object.name}</span>}
        {policy.ports.map(({ port, mode }) => (
          <span key={port} className="block">
            port {port}: {mode}
          </span>
        ))}
      </dd>
    </>
  );
}
