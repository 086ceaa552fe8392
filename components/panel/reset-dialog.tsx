"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getResetPlan, resetLab } from "@/lib/api/client";
import type { ResetRequest } from "@/lib/api/requests";
import type { LiveState, ResetPlan } from "@/lib/api/state";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Dialog } from "../frame/dialog";
import { Notice } from "../frame/notice";
import { toClock } from "../words/age";
import { Name } from "../words/name";
import { MissingRight } from "./missing-right";
import { usePermission } from "./permission";

interface ResetDialogProps {
  namespace: string;
  state: LiveState;
  open: boolean;
  onClose: () => void;
}

/** Lists what a reset will do and whose it is, asks once, and shows the proofs. */
export function ResetDialog({ namespace, state, open, onClose }: ResetDialogProps) {
  const permission = usePermission(state.rights.reset);
  const [agreed, setAgreed] = useState<readonly string[]>([]);
  const plan = useQuery({
    queryKey: ["reset-plan", namespace],
    queryFn: () => getResetPlan(namespace),
    enabled: open && permission.why !== "read-only",
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const reset = useMutation({ mutationFn: (request: ResetRequest) => resetLab(request) });
  const { running } = state.reset;
  const isBusy = reset.isPending || running !== null;
  const digest = plan.data?.digest;
  const owners = [...new Set((plan.data?.steps ?? []).flatMap(({ takeOver }) => takeOver?.owner ?? []))];
  // A plan that has changed meanwhile is refused: it is read and confirmed again.
  const again = () => {
    reset.reset();
    plan.refetch();
  };
  const actions = (
    <>
      <Button onClick={onClose}>{reset.data === undefined && !isBusy ? "Leave it" : "Close"}</Button>
      {(reset.isError || plan.isError) && <Button onClick={again}>Read it again</Button>}
      {reset.data === undefined && (
        <Button
          look="strong"
          disabled={digest === undefined || isBusy || reset.isError || !permission.allowed || owners.some((owner) => !agreed.includes(owner))}
          onClick={() => digest !== undefined && reset.mutate({ namespace, plan: digest, ...(owners.length === 0 ? {} : { takeOver: owners }) })}
        >
          {isBusy ? "Resetting" : "Reset"}
        </Button>
      )}
    </>
  );
  return (
    <Dialog
      title={
        <>
          Reset <Name>{namespace}</Name> to the start
        </>
      }
      open={open}
      onClose={onClose}
      onOpen={() => {
        reset.reset();
        setAgreed([]);
      }}
      actions={actions}
    >
      {permission.why === "read-only" && <Notice look="hint">{permission.says}</Notice>}
      <MissingRight permission={{ ...permission, command: null }} instead="What it would do:" />
      {plan.isFetching && <p className="text-muted">Reading what is there now …</p>}
      {plan.isError && !plan.isFetching && <Notice look="problem">{plan.error.message}</Notice>}
      {plan.data !== undefined && !plan.isFetching && reset.data === undefined && <Plan plan={plan.data} />}
      {reset.data === undefined &&
        permission.allowed &&
        owners.map((owner) => (
          <label key={owner} className="flex items-start gap-2" data-take-over={owner}>
            <input
              type="checkbox"
              checked={agreed.includes(owner)}
              onChange={(event) => setAgreed(event.target.checked ? [...agreed, owner] : agreed.filter((each) => each !== owner))}
            />
            <span className="any-name">
              Take over from <Name>{owner}</Name>, which will likely put it back
            </span>
          </label>
        ))}
      {isBusy && (
        <p className="font-semibold" data-reset-step={running?.step ?? 0}>
          {running === null ? "Starting …" : `Step ${running.step} of ${running.steps}: ${running.says}`}
        </p>
      )}
      {reset.isError && <Notice look="problem">{reset.error.message}</Notice>}
      {reset.data !== undefined && <Proofs ok={reset.data.ok} proofs={reset.data.proofs} />}
      {reset.data === undefined && <CommandLine command={state.commands.reset} label="what a terminal would do for the namespace's policies" />}
    </Dialog>
  );
}

function Plan({ plan }: { plan: ResetPlan }) {
  return (
    <ol className="flex flex-col gap-1.5" data-reset-plan={plan.digest}>
      {plan.steps.map((step) => (
        <li key={`${step.verb} ${step.says}`} className={`grid grid-cols-[56px_minmax(0,1fr)] gap-3 ${step.already ? "text-muted" : ""}`}>
          <b className="font-semibold">{step.verb}</b>
          <span className="any-name">
            <Name>{step.says}</Name>
            {step.owner !== null && (
              <span className="text-muted">
                {" "}
                · written by <Name>{step.owner}</Name>
              </span>
            )}
            {step.takeOver !== undefined && (
              <span className="block">
                <Name>{step.takeOver.says}</Name>
              </span>
            )}
            {step.already && " · nothing to do"}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Proofs({ ok, proofs }: { ok: boolean; proofs: readonly { says: string; ok: boolean; at: number }[] }) {
  return (
    <>
      <p className="font-semibold">{ok ? "Back at the start, proven:" : "Not back at the start:"}</p>
      <ul className="flex flex-col gap-1.5" data-reset={ok ? "ok" : "failed"}>
        {proofs.map((proof) => (
          <li key={proof.says} className="grid grid-cols-[56px_minmax(0,1fr)] gap-3">
            <b className={`font-semibold ${proof.ok ? "text-ok" : "text-bad"}`}>{proof.ok ? "proven" : "failed"}</b>
            <span className="any-name">
              <Name>{proof.says}</Name> <span className="text-muted">at {toClock(proof.at)}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
