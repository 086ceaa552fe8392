"use client";

import type { ReactNode } from "react";
import type { LiveState } from "@/lib/api/state";
import { Button } from "../frame/button";
import { Notice } from "../frame/notice";
import { toClock } from "../words/age";
import { NextStepLine } from "./next-step-line";
import { toReasonProps, usePermission } from "./permission";
import { PolicyAct } from "./policy-act";
import { ReadOnlyLine } from "./read-only-line";
import { TrafficAct } from "./traffic-act";
import { UnreadKinds } from "./unread-kinds";
import { useBelow } from "./use-below";
import type { PodCaller, Probe } from "./use-probe";
import type { Runs } from "./use-runs";
import type { Switching } from "./use-switch";
import { ValidateAct } from "./validate-act";

interface SidePanelProps {
  state: LiveState;
  lineDown: boolean;
  switching: Switching;
  runs: Runs;
  probes: Record<PodCaller, Probe>;
  now: number;
  onReset: () => void;
  /** What is known of the selected node or line; above the acts, so that nothing is covered. */
  inspector: ReactNode;
}

/** The lab's order: policy, traffic, validate, and back to the start. */
export function SidePanel({ state, lineDown, switching, runs, probes, now, onReset, inspector }: SidePanelProps) {
  const { running, last } = state.reset;
  const below = useBelow();
  const permission = usePermission();
  const resetting = usePermission(state.rights.reset);
  return (
    <aside
      aria-label="The lab"
      className="flex min-h-0 w-full min-w-0 shrink-0 flex-col border-t border-line bg-surface lg:w-96 lg:border-t-0 lg:border-l 2xl:w-[26rem]"
    >
      <div ref={below.scroller} className="min-h-0 flex-1 overflow-y-auto">
        <div ref={below.content} className="flex flex-col gap-3 px-4 py-3.5 sm:px-5 short:gap-2 short:py-2.5">
          {inspector}
          {permission.why === "read-only" ? <ReadOnlyLine /> : !lineDown && <NextStepLine state={state} />}
          {state.clock.warning !== null && <Notice look="hint">{state.clock.warning}</Notice>}
          {!lineDown && <UnreadKinds unread={state.unread} />}
          <PolicyAct state={state} lineDown={lineDown} switching={switching} />
          <TrafficAct state={state} lineDown={lineDown} runs={runs} />
          <ValidateAct state={state} lineDown={lineDown} probes={probes} now={now} />
        </div>
      </div>
      <div className={`flex items-center gap-3 border-t px-4 py-2 sm:px-5 short:py-1.5 ${below.title === null ? "border-line" : "border-muted"}`}>
        <Button onClick={onReset} disabled={lineDown || !permission.allowed} shortcut="R" {...toReasonProps(resetting)}>
          Reset the lab
        </Button>
        <p className="min-w-0 text-xs/4 text-muted" data-last-reset={last === null ? "none" : last.ok ? "ok" : "failed"}>
          {running !== null
            ? `resetting, step ${running.step} of ${running.steps}`
            : last !== null && `${last.ok ? "reset and proven" : "reset failed"} at ${toClock(last.at)}`}
        </p>
        {below.title !== null && (
          // Whoever tabs is brought there anyway; this is for eyes and pointers.
          <button
            type="button"
            tabIndex={-1}
            aria-hidden="true"
            onClick={below.show}
            className="touch ml-auto shrink-0 rounded-lg px-2 text-xs font-semibold text-ink hover:bg-sunken"
            data-below={below.title}
          >
            {below.title} ↓
          </button>
        )}
      </div>
    </aside>
  );
}
