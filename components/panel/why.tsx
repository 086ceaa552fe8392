import type { LiveState } from "@/lib/api/state";
import type { Call } from "@/lib/mesh/calls";
import { CommandLine } from "../frame/command-line";
import { toClock } from "../words/age";
import { Name } from "../words/name";
import type { PodCaller } from "./use-probe";

/** Why a call went as it did, from what is there now and what was seen. */
export function Why({ call, caller, state }: { call: Call; caller: PodCaller; state: LiveState }) {
  const target = state.mesh.effective.find((entry) => entry.namespace === state.switch.namespace);
  const [, workload = ""] = call.target.split("/");
  const policy = target?.workloads.find(({ name }) => name === workload)?.policy ?? target?.policy;
  const found = state.mesh.callers[caller];
  const pod = found.name === call.callerName ? found.pod : null;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
        <dt className="text-muted">caller</dt>
        <dd className="any-name">
          {pod === null ? "workload" : "pod"} <Name>{pod ?? call.callerName}</Name>:{" "}
          {caller === "without-sidecar"
            ? "no istio-proxy container, so nobody shows a certificate for it"
            : "its istio-proxy shows a certificate with its identity"}
        </dd>
        <dt className="text-muted">decides</dt>
        <dd className="any-name">
          {policy === undefined ? (
            "not read"
          ) : (
            <>
              {policy.mode}, {policy.object === null ? "because no policy says anything" : <Name>{`by ${policy.object.namespace}/${policy.object.name}`}</Name>}
            </>
          )}
        </dd>
        {call.evidence.map((evidence) => (
          <div key={`${evidence.mark} ${evidence.source} ${evidence.says}`} className="contents">
            <dt className="text-muted">{evidence.deduced ? "deduced" : "seen"}</dt>
            <dd className="any-name">
              <Name>{evidence.says}</Name>{" "}
              <span className="text-muted">
                (<Name>{evidence.source}</Name>, {toClock(evidence.at)})
              </span>
            </dd>
          </div>
        ))}
        {call.path.length > 0 && (
          <>
            <dt className="text-muted">path</dt>
            <dd className="any-name">
              <Name>{call.path.map((hop) => hop.name).join(" → ")}</Name>
            </dd>
          </>
        )}
      </dl>
      {call.logLine !== null && (
        <pre className="rounded-lg bg-sunken p-2 font-mono any-name text-[11px]/4 whitespace-pre-wrap" data-log-line="">
          {call.logLine}
        </pre>
      )}
      <CommandLine command={state.commands.proxyLog} label="show the server proxy's log" />
    </div>
  );
}
