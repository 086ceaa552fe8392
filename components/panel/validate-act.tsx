"use client";

import { useMutation } from "@tanstack/react-query";
import { sendProbe } from "@/lib/api/client";
import type { ProbeRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import type { Call } from "@/lib/mesh/calls";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Notice } from "../frame/notice";
import { LockIcon } from "../locks/LockIcon";
import { toAgo, toDuration } from "../words/age";
import { Act } from "./act";
import { toProbeVerdict } from "./probe-verdict";

type PodCaller = ProbeRequest["caller"];

const WHO: Record<PodCaller, string> = { "without-sidecar": "no sidecar", "with-sidecar": "with sidecar" };

export function ValidateAct({
  state,
  lineDown,
  probes,
  now,
}: {
  state: LiveState;
  lineDown: boolean;
  probes: Record<PodCaller, ReturnType<typeof useProbe>>;
  now: number;
}) {
  return (
    <Act title="3 · Validate" aside="new connection each">
      {(["without-sidecar", "with-sidecar"] as const).map((caller) => (
        <ProbeRow key={caller} caller={caller} state={state} lineDown={lineDown} probe={probes[caller]} now={now} />
      ))}
      <CommandLine command={state.commands.probe["without-sidecar"]} label="call without a sidecar" />
    </Act>
  );
}

function ProbeRow({
  caller,
  state,
  lineDown,
  probe,
  now,
}: {
  caller: PodCaller;
  state: LiveState;
  lineDown: boolean;
  probe: ReturnType<typeof useProbe>;
  now: number;
}) {
  const last = state.calls.lastProbe[caller];
  const found = state.mesh.callers[caller];
  const verdict = toProbeVerdict(last);
  const obstacle =
    found.missing ?? (lineDown || state.sources.kubernetes.state !== "ok" ? (state.sources.kubernetes.reason ?? "The Kubernetes API does not answer.") : null);
  return (
    <div className="flex flex-col gap-1.5" data-probe={caller} data-outcome={last?.outcome ?? "none"} data-encryption={last?.encryption ?? "none"}>
      <div className="grid grid-cols-[24px_1fr_auto] items-center gap-2.5">
        <LockIcon state={verdict.lock} size={22} label={null} />
        <div className="min-w-0">
          <b className="font-semibold">{verdict.title}</b>
          <p className="text-[12.5px]/[17px] break-words text-muted">
            {found.name ?? "no such caller"}, {WHO[caller]}
            {last !== null && ` · ${toMeeting(last)} · ${toAgo(now - last.endedAt)}`}
          </p>
        </div>
        <Button disabled={obstacle !== null || probe.isPending} onClick={probe.call} aria-label={`Try a call ${WHO[caller]}`}>
          {probe.isPending ? "Calling" : "Try"}
        </Button>
      </div>
      {obstacle !== null && <Notice look="problem">{obstacle}</Notice>}
      {probe.error !== null && <Notice look="problem">{probe.error.message}</Notice>}
      {last !== null && <Why call={last} caller={caller} state={state} />}
    </div>
  );
}

function toMeeting(call: Call): string {
  if (call.outcome === "served" || call.outcome === "failed") return `HTTP ${call.httpCode} in ${toDuration(call.latencyMs)}`;
  return `${call.message?.replace(/^curl: \(\d+\) /, "") ?? "no answer"}${call.curlExit === null ? "" : ` · curl exit ${call.curlExit}`}`;
}

/** Why it went as it did, from what is there now and what was seen. */
function Why({ call, caller, state }: { call: Call; caller: PodCaller; state: LiveState }) {
  const effective = state.mesh.effective.find((entry) => entry.namespace === state.switch.namespace);
  const decides = effective?.policy.object;
  const pod = state.mesh.callers[caller];
  return (
    <details className="pl-[34px] text-[12.5px]/[17px]">
      <summary className="cursor-pointer rounded text-muted hover:text-ink">Why</summary>
      <dl className="mt-1.5 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
        <dt className="text-muted">caller</dt>
        <dd className="break-words">
          pod {pod.pod}:{" "}
          {caller === "without-sidecar" ? "no istio-proxy container, so nobody presents a certificate for it" : "its istio-proxy presents a certificate for it"}
        </dd>
        <dt className="text-muted">decides</dt>
        <dd className="break-words">
          {effective === undefined
            ? "not read"
            : `${effective.policy.mode}, ${decides == null ? "because no policy says anything" : `by ${decides.namespace}/${decides.name}`}`}
        </dd>
        {call.evidence.map((evidence) => (
          <div key={`${evidence.mark} ${evidence.source} ${evidence.says}`} className="contents">
            <dt className="text-muted">{evidence.deduced ? "deduced" : "seen"}</dt>
            <dd className="break-words">
              {evidence.says} <span className="text-muted">({evidence.source})</span>
            </dd>
          </div>
        ))}
        {call.path.length > 0 && (
          <>
            <dt className="text-muted">path</dt>
            <dd>{call.path.map((hop) => hop.name).join(" → ")}</dd>
          </>
        )}
      </dl>
      {call.logLine !== null && <pre className="mt-1.5 overflow-x-auto rounded-lg bg-sunken p-2 font-mono text-[11px]/4">{call.logLine}</pre>}
      <div className="mt-1.5">
        <CommandLine command={state.commands.proxyLog} label="show the server proxy's log" />
      </div>
    </details>
  );
}

export function useProbe(state: LiveState | null, caller: PodCaller) {
  const mutation = useMutation({ mutationFn: (request: ProbeRequest) => sendProbe(request) });
  const call = () => {
    if (state !== null && !mutation.isPending) mutation.mutate({ namespace: state.switch.namespace, caller });
  };
  return { ...mutation, call };
}
