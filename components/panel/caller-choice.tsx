"use client";

import { useMutation } from "@tanstack/react-query";
import { chooseCaller } from "@/lib/api/client";
import type { CallerRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { Notice } from "../frame/notice";
import { usePermission } from "./permission";
import { toCallerName } from "./probe-words";
import type { PodCaller } from "./use-probe";

/** Who calls, where there is a choice. The commands beside the buttons follow. */
export function CallerChoice({ state, caller, lineDown }: { state: LiveState; caller: PodCaller; lineDown: boolean }) {
  const permission = usePermission();
  const choose = useMutation({ mutationFn: (request: CallerRequest) => chooseCaller(request) });
  const candidates = state.callers.candidates[caller];
  const { name } = state.mesh.callers[caller];
  if (candidates.length < 2 || name === null) return null;
  const { namespace } = state.switch;
  return (
    <>
      <label className="flex min-w-0 items-center gap-2 pl-[34px] text-[12.5px]/[17px] text-muted">
        <span className="shrink-0">calls from</span>
        <select
          value={name}
          disabled={lineDown || choose.isPending || !permission.allowed}
          onChange={(event) => choose.mutate({ namespace, caller, workload: event.target.value })}
          className="touch h-7 min-w-0 flex-1 truncate rounded-lg border border-line bg-surface px-1.5 text-ink"
          data-caller-choice={caller}
        >
          {candidates.map(({ workload }) => (
            <option key={workload} value={workload}>
              {toCallerName(workload, candidates)}
            </option>
          ))}
        </select>
      </label>
      {choose.error !== null && <Notice look="problem">{choose.error.message}</Notice>}
    </>
  );
}
