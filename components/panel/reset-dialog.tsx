"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { getResetPlan, resetLab } from "@/lib/api/client";
import type { ResetRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { Button } from "../frame/button";
import { Notice } from "../frame/notice";
import { toClock } from "../words/age";

/** Lists what a reset will do and whose it is, asks once, and shows the proofs. */
export function ResetDialog({ namespace, state, open, onClose }: { namespace: string; state: LiveState; open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const plan = useQuery({ queryKey: ["reset-plan", namespace], queryFn: () => getResetPlan(namespace), enabled: open, staleTime: 0, gcTime: 0 });
  const reset = useMutation({ mutationFn: (request: ResetRequest) => resetLab(request) });
  const forget = reset.reset;

  useEffect(() => {
    if (open && !dialog.current?.open) {
      forget();
      dialog.current?.showModal();
    }
    if (!open) dialog.current?.close();
  }, [open, forget]);

  const digest = plan.data?.digest;
  const { running } = state.reset;
  return (
    <dialog
      ref={dialog}
      onClose={onClose}
      aria-labelledby="reset-title"
      className="m-auto w-[min(560px,calc(100vw-32px))] rounded-xl border border-line bg-surface p-6 text-ink backdrop:bg-black/50"
    >
      <h2 id="reset-title" className="text-lg font-bold">
        Reset {namespace} to the start
      </h2>
      <div className="mt-3 flex max-h-[60vh] flex-col gap-3 overflow-auto">
        {plan.isPending && <p className="text-muted">Reading what is there now …</p>}
        {plan.isError && <Notice look="problem">{plan.error.message}</Notice>}
        {plan.data !== undefined && reset.data === undefined && (
          <ol className="flex flex-col gap-1.5">
            {plan.data.steps.map((step) => (
              <li key={step.says} className={`grid grid-cols-[64px_1fr] gap-3 ${step.already ? "text-muted" : ""}`}>
                <b className="font-semibold">{step.verb}</b>
                <span>
                  {step.says}
                  {step.owner !== null && <span className="text-muted"> · written by {step.owner}</span>}
                  {step.already && " · already so"}
                </span>
              </li>
            ))}
          </ol>
        )}
        {reset.isPending && <p aria-live="polite">{running === null ? "Starting …" : `Step ${running.step} of ${running.steps}: ${running.says}`}</p>}
        {reset.isError && <Notice look="problem">{reset.error.message}</Notice>}
        {reset.data !== undefined && (
          <ul className="flex flex-col gap-1.5" data-reset={reset.data.ok ? "ok" : "failed"}>
            {reset.data.proofs.map((proof) => (
              <li key={proof.says} className="grid grid-cols-[64px_1fr] gap-3">
                <b className={proof.ok ? "text-ok" : "text-bad"}>{proof.ok ? "proven" : "failed"}</b>
                <span>
                  {proof.says} <span className="text-muted">at {toClock(proof.at)}</span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="mt-5 flex justify-end gap-2.5">
        <Button onClick={onClose}>{reset.data === undefined ? "Leave it" : "Close"}</Button>
        {reset.data === undefined && (
          <Button
            look="danger"
            disabled={digest === undefined || reset.isPending}
            onClick={() => digest !== undefined && reset.mutate({ namespace, plan: digest })}
          >
            {reset.isPending ? "Resetting" : "Reset"}
          </Button>
        )}
      </div>
    </dialog>
  );
}
