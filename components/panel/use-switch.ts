"use client";

import { useMutation } from "@tanstack/react-query";
import { switchPolicy } from "@/lib/api/client";
import type { SwitchRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import type { SwitchPosition } from "@/lib/mesh/modes";
import { usePermission } from "./permission";

/** After an answer the watch tells what is stored; a change that it never tells is not waited for longer than this, ms. */
const LONGEST_WAIT = 5000;

/** The switch as a command: with the version of the policy that is on screen, so that a change in between is never overwritten. */
export function useSwitch(state: LiveState | null) {
  const permission = usePermission(state?.rights.switch ?? null);
  const mutation = useMutation({
    mutationFn: (request: SwitchRequest) => switchPolicy(request),
    onMutate: () => ({ storedBefore: state?.switch.change?.storedAt ?? null }),
  });
  // Answered, and the watch has not told of it yet: the picture still shows what was before.
  const answered =
    mutation.data?.changed === true &&
    (state?.switch.change?.storedAt ?? null) === (mutation.context?.storedBefore ?? null) &&
    Date.now() - mutation.submittedAt < LONGEST_WAIT;
  const requesting = mutation.isPending || answered;
  const press = (position: SwitchPosition, takeOverFrom?: string) => {
    if (state === null || requesting || !permission.allowed) return;
    if (state.switch.position === position && takeOverFrom === undefined) return;
    mutation.mutate({ namespace: state.switch.namespace, position, expected: state.switch.object, ...(takeOverFrom === undefined ? {} : { takeOverFrom }) });
  };
  return { press, requesting, requested: requesting ? (mutation.variables?.position ?? null) : null, error: mutation.error, variables: mutation.variables };
}
export type Switching = ReturnType<typeof useSwitch>;
