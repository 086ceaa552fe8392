import type { LiveState } from "@/lib/api/state";
import type { EffectivePolicy, IgnoredPolicy, PolicyStep } from "@/lib/mesh/effective-policy";
import type { ObjectRef } from "@/lib/mesh/objects";
import { Name } from "../words/name";

/** mesh → namespace → workload → port of the namespace that is looked at. */
export function PolicyChain({ state }: { state: LiveState }) {
  const effective = state.mesh.effective.find((entry) => entry.namespace === state.switch.namespace);
  // That they may not be read is said beside the switch.
  if (effective === undefined)
    return state.sources.kubernetes.state === "forbidden" ? null : <p className="text-[13px] text-muted">The policies have not been read.</p>;
  const exceptions = effective.workloads.filter(({ policy }) => policy.from === "workload" || policy.ports.length > 0);
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-[13px]/[18px]" data-decides={effective.policy.from}>
      <ControlPlane mesh={state.mesh} />
      <PolicySteps policy={effective.policy} />
      {exceptions.map(({ name, policy }) => (
        <Exception key={name} name={name} policy={policy} />
      ))}
    </dl>
  );
}

/** Which istiod decides, where there is more than the one that everybody has, or where that one cannot tell the proxies. */
function ControlPlane({ mesh: { config, controlPlanes } }: Pick<LiveState, "mesh">) {
  const revision = config.revision ?? "default";
  const own = controlPlanes.find((plane) => plane.revision === revision);
  const isAway = own !== undefined && own.pods > 0 && own.ready === 0;
  if (controlPlanes.length < 2 && revision === "default" && !isAway) return null;
  return (
    <>
      <dt className="text-muted">istiod</dt>
      <dd className="any-name" data-revision={revision} data-away={isAway}>
        <Name>{revision}</Name>{" "}
        <span className="text-muted">
          in <Name>{own?.namespace ?? config.rootNamespace}</Name>, root namespace <Name>{config.rootNamespace}</Name>
          {controlPlanes.length > 1 && (
            <>
              {" "}
              · of {controlPlanes.length}: <Name>{controlPlanes.map((plane) => plane.revision).join(", ")}</Name>
            </>
          )}
          {isAway && (
            <b className="font-semibold text-ink">
              {" "}
              · {own.pods === 1 ? "its only pod is not ready" : `none of its ${own.pods} pods is ready`}: changes are stored, the proxies may not learn of them
            </b>
          )}
          {!config.read && " · its configuration could not be read, so Istio's defaults are shown"}
        </span>
      </dd>
    </>
  );
}

/** What each step says and which one decides, as rows of a `dl` with two columns. */
export function PolicySteps({ policy }: { policy: EffectivePolicy }) {
  return (
    <>
      {policy.steps.map((step) => (
        <Step key={`${step.scope} ${step.port ?? ""}`} step={step} />
      ))}
      {policy.from === "default" && (
        <>
          <dt className="text-muted">default</dt>
          <dd>
            PERMISSIVE <span className="text-muted">no policy says anything · </span>
            <b className="font-semibold">decides</b>
          </dd>
        </>
      )}
    </>
  );
}

function Step({ step }: { step: PolicyStep }) {
  return (
    <>
      <dt className="text-muted">{step.port === undefined ? step.scope : `port ${step.port}`}</dt>
      <dd className="any-name">
        {step.object === null ? (
          <span className="text-muted">no policy</span>
        ) : (
          <>
            {step.mode ?? "says nothing"}{" "}
            <span className="text-muted">
              <Name>{toName(step.object)}</Name>
            </span>
            {step.decides && (
              <>
                <span className="text-muted"> · </span>
                <b className="font-semibold">decides</b>
              </>
            )}
          </>
        )}
        {step.ignored.map((object) => (
          <span key={`${object.namespace}/${object.name}`} className="block text-muted">
            ignored: <Name>{toName(object)}</Name>, {BECAUSE[object.because]}
          </span>
        ))}
      </dd>
    </>
  );
}

/** Istio's reasons for dropping a policy, in a learner's words. */
const BECAUSE: Record<IgnoredPolicy["because"], string> = {
  younger: "the oldest counts",
  "selector-in-root-namespace": "a selector has no effect in the root namespace",
  "other-revision": "for another revision of Istio",
};

function Exception({ name, policy }: { name: string; policy: EffectivePolicy }) {
  return (
    <>
      <dt className="max-w-28 truncate text-muted" title={name}>
        <Name>{name}</Name>
      </dt>
      <dd className="any-name">
        {policy.mode}{" "}
        {policy.from === "workload" && policy.object !== null && (
          <span className="text-muted">
            <Name>{policy.object.name}</Name>
          </span>
        )}
        {policy.ports.map(({ port, mode, object }) => (
          <span key={port} className="block">
            port {port}: {mode}{" "}
            <span className="text-muted">
              <Name>{object.name}</Name>
            </span>
          </span>
        ))}
      </dd>
    </>
  );
}

function toName({ namespace, name }: ObjectRef): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
