"use client";

import { useState } from "react";
import type { LiveState } from "@/lib/api/state";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Notice } from "../frame/notice";
import { LockIcon } from "../locks/LockIcon";
import { toAgo } from "../words/age";
import { Name } from "../words/name";
import { Act } from "./act";
import { isBeforeChange } from "./before-change";
import { CallerChoice } from "./caller-choice";
import { Disclosure } from "./disclosure";
import { MissingRight } from "./missing-right";
import { toKubernetesObstacle } from "./obstacle";
import { toReasonProps, usePermission } from "./permission";
import { ProbePodOffer, ProbePods } from "./probe-pods";
import { toProbeVerdict } from "./probe-verdict";
import { toCallerName, toMeeting, toWitness } from "./probe-words";
import type { PodCaller, Probe } from "./use-probe";
import { Why } from "./why";

const WHO: Record<PodCaller, { words: string; key: string }> = {
  "without-sidecar": { words: "no sidecar", key: "U" },
  "with-sidecar": { words: "with sidecar", key: "M" },
};

interface ValidateActProps {
  state: LiveState;
  lineDown: boolean;
  probes: Record<PodCaller, Probe>;
  now: number;
}

export function ValidateAct({ state, lineDown, probes, now }: ValidateActProps) {
  const logs = usePermission(state.rights["read-logs"]);
  return (
    <Act title="3 · Validate" aside={<span>new connection each</span>}>
      {(["without-sidecar", "with-sidecar"] as const).map((caller) => (
        <ProbeRow key={caller} caller={caller} state={state} lineDown={lineDown} probe={probes[caller]} now={now} />
      ))}
      <ProbePods state={state} lineDown={lineDown} />
      <MissingRight permission={logs} instead="Without that log a call shows whether it was served, and seldom whether it was encrypted." />
    </Act>
  );
}

interface ProbeRowProps {
  caller: PodCaller;
  state: LiveState;
  lineDown: boolean;
  probe: Probe;
  now: number;
}

function ProbeRow({ caller, state, lineDown, probe, now }: ProbeRowProps) {
  const [showWhy, setShowWhy] = useState(false);
  const [showChoice, setShowChoice] = useState(false);
  const last = state.calls.lastProbe[caller];
  const found = state.mesh.callers[caller];
  const verdict = toProbeVerdict(last);
  const { words, key } = WHO[caller];
  // A page-wide cause stands in the banner and beside the switch; here only what is this caller's own.
  const isBlocked = toKubernetesObstacle(state, lineDown) !== null || found.missing !== null;
  const permission = usePermission(state.rights[`probe-${caller}`]);
  const toWho = (workload: string) => toCallerName(workload, state.callers.candidates[caller]);
  const isOld = last !== null && isBeforeChange(last.startedAt, state.switch.change);
  const madeBy = last?.callerName ?? found.name;
  const facts = [
    isOld ? `before ${state.switch.change?.mode}` : null,
    // A result is of who called then, not of who would call now.
    madeBy === null ? null : `${toWho(madeBy)}, ${words}`,
    ...(last === null ? [] : [toMeeting(last), toWitness(last), toAgo(now - last.endedAt)]),
    found.name === null || madeBy === found.name ? null : `next from ${toWho(found.name)}`,
  ];
  return (
    <div
      className="flex min-w-0 flex-col gap-1.5"
      data-probe={caller}
      data-before-change={isOld}
      data-outcome={last?.outcome ?? "none"}
      data-encryption={last?.encryption ?? "none"}
    >
      <div className="grid grid-cols-[24px_minmax(0,1fr)_auto] items-center gap-x-2.5">
        <LockIcon state={isOld ? "not-measured" : verdict.lock} size={24} label={null} />
        <h3 className={isOld ? "text-muted" : "font-semibold"} data-verdict="">
          {probe.isPending ? "Calling …" : isOld ? `Then: ${verdict.title.charAt(0).toLowerCase()}${verdict.title.slice(1)}` : verdict.title}
        </h3>
        <Button
          small
          shortcut={key}
          disabled={isBlocked || probe.isPending || !permission.allowed}
          onClick={probe.call}
          aria-label={`Try a call ${words}`}
          {...toReasonProps(permission)}
        >
          Try
        </Button>
        <p className="any-name col-span-2 col-start-2 mt-1 text-[12.5px]/[17px] text-muted">
          <Name>{facts.filter((fact) => fact !== null).join(" · ")}</Name>
          {last !== null && (
            <>
              {" · "}
              <Disclosure open={showWhy} onToggle={setShowWhy} inline label={`Why: ${verdict.title}`}>
                Why
              </Disclosure>
            </>
          )}
          {found.name !== null && state.callers.candidates[caller].length > 1 && (
            <>
              {" · "}
              <Disclosure open={showChoice} onToggle={setShowChoice} inline label={`Choose who calls ${words}`}>
                Choose
              </Disclosure>
            </>
          )}
        </p>
      </div>
      {showChoice && <CallerChoice state={state} caller={caller} lineDown={lineDown} />}
      {found.missing !== null && <Notice look="problem">{found.missing}</Notice>}
      {found.missing !== null && toKubernetesObstacle(state, lineDown) === null && <ProbePodOffer state={state} caller={caller} lineDown={lineDown} />}
      {!isBlocked && <MissingRight permission={permission} />}
      {probe.error !== null && <Notice look="problem">{probe.error.message}</Notice>}
      {showWhy && last !== null && (
        <div className="pl-[34px] text-[12.5px]/[17px]">
          <Why call={last} caller={caller} state={state} />
        </div>
      )}
      {(isBlocked || permission.command === null) && <CommandLine command={state.commands.probe[caller]} label={`call ${words}`} />}
    </div>
  );
}
