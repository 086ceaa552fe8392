"use client";

import { useMutation } from "@tanstack/react-query";
import { cancelRun, startRun } from "@/lib/api/client";
import { RUN_LIMITS } from "@/lib/api/limits";
import type { RunRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { usePermission } from "./permission";

export interface CallsForm {
  count: number;
  /** Requests/s. */
  rate: number;
  connection: "new" | "keep-alive";
}

/** The lab's load. */
export const LAB_CALLS: CallsForm = { count: 10, rate: 5, connection: "new" };
/** The demo's three streams: slow enough to follow each dot. */
export const KEEP_SENDING = { rate: 1, seconds: RUN_LIMITS.seconds };

/** Starting and stopping runs; the state stream tells how they go. */
export function useRuns(state: LiveState | null, page: string) {
  const permission = usePermission();
  const pods = [usePermission(state?.rights["probe-without-sidecar"] ?? null), usePermission(state?.rights["probe-with-sidecar"] ?? null)];
  const start = useMutation({ mutationFn: (request: RunRequest) => startRun(request) });
  const stop = useMutation({ mutationFn: (runId: string) => cancelRun(runId) });
  const current = state?.run.current ?? null;
  const isFree = state !== null && current === null && !start.isPending && permission.allowed;
  const ask = (request: RunRequest) => {
    stop.reset();
    start.mutate(request);
  };
  const keepSending = () => {
    if (isFree && pods.every(({ allowed }) => allowed)) ask({ kind: "keep-sending", page, namespace: state.switch.namespace, ...KEEP_SENDING });
  };
  const stopRun = () => {
    if (current === null || stop.isPending || !permission.allowed) return;
    start.reset();
    stop.mutate(current.id);
  };
  return {
    starting: start.isPending ? start.variables.kind : null,
    stopping: stop.isPending,
    problem: start.error ?? stop.error,
    sendCalls: (form: CallsForm = LAB_CALLS) => {
      if (isFree) ask({ kind: "calls", page, ...form });
    },
    keepSending,
    stop: stopRun,
    /** What the key K does: starts, or stops what goes on. */
    toggleSending: () => (current === null ? keepSending() : stopRun()),
  };
}
export type Runs = ReturnType<typeof useRuns>;
