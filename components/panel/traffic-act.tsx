"use client";

import { useState } from "react";
import { RUN_LIMITS } from "@/lib/api/limits";
import type { LiveState, RunStatus } from "@/lib/api/state";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Notice } from "../frame/notice";
import { toCallsCommand, toKeepSendingCommand } from "../frame/short-command";
import { Act } from "./act";
import { Disclosure } from "./disclosure";
import { GatewayAuthority } from "./gateway-authority";
import { NumberField } from "./number-field";
import { toGatewayObstacle } from "./obstacle";
import { toReasonProps, usePermission } from "./permission";
import { RunProgress } from "./run-progress";
import { type CallsForm, KEEP_SENDING, LAB_CALLS, type Runs } from "./use-runs";

export function TrafficAct({ state, lineDown, runs }: { state: LiveState; lineDown: boolean; runs: Runs }) {
  const [form, setForm] = useState(LAB_CALLS);
  const [showOptions, setShowOptions] = useState(false);
  const [looked, setLooked] = useState<RunStatus["kind"]>("calls");
  const run = state.run.current;
  const { sendCalls, probe } = state.commands;
  const obstacle = toGatewayObstacle(state, lineDown);
  const permission = usePermission();
  const reason = toReasonProps(permission);
  const pods = [usePermission(state.rights["probe-without-sidecar"]), usePermission(state.rights["probe-with-sidecar"])];
  const streams = pods.find(({ allowed }) => !allowed) ?? permission;
  const shown = run ?? state.run.last;
  const isStarting = runs.starting !== null;
  return (
    <Act
      title="2 · Traffic"
      aside={
        <div className="flex items-center gap-3">
          {shown !== null && <span data-sent={shown.sent}>{shown.planned === null ? `${shown.sent} sent` : `${shown.sent} of ${shown.planned}`}</span>}
          {run === null && permission.allowed && (
            <Disclosure open={showOptions} onToggle={setShowOptions}>
              Options
            </Disclosure>
          )}
        </div>
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        {run === null ? (
          <>
            <Button
              look="primary"
              onPointerEnter={() => setLooked("calls")}
              onFocus={() => setLooked("calls")}
              shortcut={isLab(form) ? "L" : undefined}
              disabled={obstacle !== null || isStarting || !permission.allowed}
              onClick={() => runs.sendCalls(form)}
              {...reason}
            >
              {runs.starting === "calls" ? "Starting" : toSendWords(form.count)}
            </Button>
            <Button
              onPointerEnter={() => setLooked("keep-sending")}
              onFocus={() => setLooked("keep-sending")}
              shortcut="K"
              disabled={obstacle !== null || isStarting || !streams.allowed}
              onClick={runs.keepSending}
              {...toReasonProps(streams)}
            >
              {runs.starting === "keep-sending" ? "Starting" : "Keep sending"}
            </Button>
          </>
        ) : (
          <Button look="strong" shortcut="K" disabled={runs.stopping || lineDown || !permission.allowed} onClick={runs.stop} {...reason}>
            {runs.stopping ? "Stopping" : run.kind === "calls" ? "Stop the calls" : "Stop sending"}
          </Button>
        )}
      </div>
      {showOptions && run === null && <CallsOptions form={form} onChange={setForm} />}
      {obstacle?.says != null && <Notice look="problem">Nothing can be sent: {obstacle.says}</Notice>}
      {obstacle === null && state.sources.gateway.reason !== null && <Notice look="hint">{state.sources.gateway.reason}</Notice>}
      <GatewayAuthority state={state} lineDown={lineDown} />
      {runs.problem !== null && <Notice look="problem">{runs.problem.message}</Notice>}
      {shown === null ? (
        <p className="text-[13px]/[18px] text-muted">Through the ingress gateway, over TLS, as the lab&rsquo;s curl does.</p>
      ) : (
        <RunProgress run={shown} calls={state.calls.recent} change={state.switch.change} />
      )}
      {(run?.kind ?? looked) === "calls" ? (
        <CommandLine command={toCallsCommand(sendCalls, form.count)} label={`${toSendWords(form.count)} through the gateway`} />
      ) : (
        <CommandLine
          command={toKeepSendingCommand(sendCalls, [probe["with-sidecar"], probe["without-sidecar"]], KEEP_SENDING.seconds)}
          label="keep sending from three callers"
        />
      )}
    </Act>
  );
}

function toSendWords(count: number): string {
  return `Send ${count.toLocaleString("en")} ${count === 1 ? "call" : "calls"}`;
}

function isLab(form: CallsForm): boolean {
  return form.count === LAB_CALLS.count && form.rate === LAB_CALLS.rate && form.connection === LAB_CALLS.connection;
}

function CallsOptions({ form, onChange }: { form: CallsForm; onChange: (form: CallsForm) => void }) {
  return (
    <fieldset className="grid grid-cols-3 items-start gap-2">
      <legend className="sr-only">How the calls are sent</legend>
      <NumberField label="Calls" value={form.count} least={1} most={RUN_LIMITS.requests} onChange={(count) => onChange({ ...form, count })} />
      <NumberField label="A second" value={form.rate} least={1} most={RUN_LIMITS.ratePerSecond} onChange={(rate) => onChange({ ...form, rate })} />
      <label className="flex min-w-0 flex-col gap-1 text-xs text-muted">
        Connection
        <select
          value={form.connection}
          onChange={(event) => onChange({ ...form, connection: event.target.value === "new" ? "new" : "keep-alive" })}
          className="touch h-8 w-full rounded-lg border border-line bg-surface px-1 text-[13px] text-ink"
        >
          <option value="new">new each</option>
          <option value="keep-alive">keep-alive</option>
        </select>
      </label>
    </fieldset>
  );
}
