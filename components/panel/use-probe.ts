"use client";

import { useMutation } from "@tanstack/react-query";
import { sendProbe } from "@/lib/api/client";
import type { ProbeRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { usePermission } from "./permission";

export type PodCaller = ProbeRequest["caller"];

/** One call from a pod, on a connection of its own. */
export function useProbe(state: LiveState | null, caller: PodCaller) {
  const permission = usePermission(state?.rights[`probe-${caller}`] ?? null);
  const mutation = useMutation({ mutationFn: (request: ProbeRequest) => sendProbe(request) });
  const call = () => {
    if (state !== null && !mutation.isPending && permission.allowed) mutation.mutate({ namespace: state.switch.namespace, caller });
  };
  return { call, isPending: mutation.isPending, error: mutation.error };
}
export type Probe = ReturnType<typeof useProbe>;
