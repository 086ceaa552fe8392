"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { cancelRun, startRun } from "@/lib/api/client";
import { RUN_LIMITS, type RunRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Notice } from "../frame/notice";
import { Act } from "./act";
import { RunProgress } from "./run-progress";

export interface CallsForm {
  count: number;
  rate: number;
  connection: "new" | "keep-alive";
}

const LAB_CALLS: CallsForm = { count: 10, rate: 5, connection: "new" };
/** The demo's three streams: slow enough to follow each dot. */
const KEEP_SENDING = { rate: 1, seconds: RUN_LIMITS.seconds };

export function TrafficAct({ state, lineDown, runs }: { state: LiveState; lineDown: boolean; runs: ReturnType<typeof useRuns> }) {
  const [form, setForm] = useState(LAB_CALLS);
  const run = state.run.current;
  const obstacle = lineDown
    ? "Padlock's own server does not answer."
    : state.sources.gateway.state === "ok"
      ? null
      : (state.sources.gateway.reason ?? "The gateway has not been found yet.");
  const shown = run ?? state.run.last;
  return (
    <Act title="2 · Traffic" aside={shown === null ? null : shown.planned === null ? `${shown.sent} sent` : `${shown.sent} of ${shown.planned}`}>
      <div className="flex flex-wrap items-center gap-2.5">
        {run === null ? (
          <>
            <Button look="primary" disabled={obstacle !== null || runs.start.isPending} onClick={() => runs.sendCalls(form)}>
              Send {form.count} {form.count === 1 ? "call" : "calls"}
            </Button>
            <Button disabled={obstacle !== null || runs.start.isPending} onClick={() => runs.keepSending()}>
              Keep sending
            </Button>
          </>
        ) : (
          <Button look="danger" disabled={runs.stop.isPending} onClick={() => runs.stop.mutate(run.id)}>
            Stop {run.kind === "calls" ? "the calls" : "sending"}
          </Button>
        )}
      </div>
      <CallsOptions form={form} onChange={setForm} disabled={run !== null} />
      {obstacle !== null && <Notice look="problem">Nothing can be sent: {obstacle}</Notice>}
      {runs.problem !== null && <Notice look="problem">{runs.problem.message}</Notice>}
      {shown === null ? (
        <p className="text-[13px]/[18px] text-muted">Through the ingress gateway, over TLS, as the lab&rsquo;s curl does.</p>
      ) : (
        <RunProgress run={shown} calls={state.calls.recent} />
      )}
      <CommandLine command={state.commands.sendCalls} label="send ten calls through the gateway" />
    </Act>
  );
}

function CallsOptions({ form, onChange, disabled }: { form: CallsForm; onChange: (form: CallsForm) => void; disabled: boolean }) {
  const field = "h-8 w-full rounded-lg border border-line bg-surface px-2 text-[13px]";
  return (
    <details className="text-[13px]">
      <summary className="cursor-pointer rounded text-muted hover:text-ink">
        {form.count} calls, {form.rate} a second, {form.connection === "new" ? "new connection each" : "connections kept"}
      </summary>
      <fieldset disabled={disabled} className="mt-2 grid grid-cols-3 gap-2">
        <label className="flex flex-col gap-1 text-xs text-muted">
          Calls
          <input
            type="number"
            min={1}
            max={RUN_LIMITS.requests}
            value={form.count}
            onChange={(event) => onChange({ ...form, count: clamp(event.target.valueAsNumber, 1, RUN_LIMITS.requests) })}
            className={field}
          />
        </label>
        <label className="flex flex-col gap-1 text-xs text-muted">
          Per second
          <input
            type="number"
            min={1}
            max={RUN_LIMITS.ratePerSecond}
            value={form.rate}
            onChange={(event) => onChange({ ...form, rate: clamp(event.target.valueAsNumber, 1, RUN_LIMITS.ratePerSecond) })}
            className={field}
          />
        </label>
        <label className="flex flex-col gap-1 text-xs text-muted">
          Connection
          <select
            value={form.connection}
            onChange={(event) => onChange({ ...form, connection: event.target.value === "new" ? "new" : "keep-alive" })}
            className={field}
          >
            <option value="new">new each</option>
            <option value="keep-alive">keep-alive</option>
          </select>
        </label>
      </fieldset>
    </details>
  );
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.round(value))) : least;
}

/** Starting and stopping runs; the state stream tells how they go. */
export function useRuns(state: LiveState | null, page: string) {
  const start = useMutation({ mutationFn: (request: RunRequest) => startRun(request) });
  const stop = useMutation({ mutationFn: (runId: string) => cancelRun(runId) });
  const isFree = state !== null && state.run.current === null && !start.isPending;
  return {
    start,
    stop,
    problem: start.error ?? stop.error,
    sendCalls: (form: CallsForm = LAB_CALLS) => {
      if (isFree) start.mutate({ kind: "calls", page, ...form });
    },
    keepSending: () => {
      if (isFree) start.mutate({ kind: "keep-sending", page, namespace: state.switch.namespace, ...KEEP_SENDING });
    },
    /** What the key K does: starts, or stops what goes on. */
    toggleSending: () => {
      const current = state?.run.current;
      if (current) stop.mutate(current.id);
      else if (isFree) start.mutate({ kind: "keep-sending", page, namespace: state.switch.namespace, ...KEEP_SENDING });
    },
  };
}
