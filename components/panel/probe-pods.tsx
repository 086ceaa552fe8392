"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { ProbePod } from "@/lib/api/callers";
import { askProbePod } from "@/lib/api/client";
import type { ProbePodRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Dialog } from "../frame/dialog";
import { Notice } from "../frame/notice";
import { Name } from "../words/name";
import { MissingRight } from "./missing-right";
import { toReasonProps, usePermission } from "./permission";
import type { PodCaller } from "./use-probe";

const KIND_WORDS: Record<PodCaller, string> = { "with-sidecar": "with a sidecar", "without-sidecar": "without a sidecar" };

/** Offers a pod of Padlock's own where nobody else can call: says what it would be, and makes it when the person agrees. */
export function ProbePodOffer({ state, caller, lineDown }: { state: LiveState; caller: PodCaller; lineDown: boolean }) {
  const [open, setOpen] = useState(false);
  const permission = usePermission(state.rights["probe-pods"]);
  const create = useMutation({ mutationFn: (request: ProbePodRequest) => askProbePod(request), onSuccess: () => setOpen(false) });
  const { namespace, name, image, create: command } = state.callers.offers[caller];
  if (state.callers.probePods.some((pod) => pod.namespace === namespace && pod.name === name)) return null;
  return (
    <>
      <div>
        <Button small disabled={lineDown || !permission.allowed} onClick={() => setOpen(true)} data-offer={caller} {...toReasonProps(permission)}>
          Start a probe pod
        </Button>
      </div>
      <MissingRight permission={permission} />
      <Dialog
        title={`A probe pod ${KIND_WORDS[caller]}`}
        open={open}
        onClose={() => setOpen(false)}
        onOpen={create.reset}
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Leave it</Button>
            <Button look="strong" disabled={lineDown || create.isPending} onClick={() => create.mutate({ act: "create", namespace, caller })}>
              {create.isPending ? "Creating" : "Create the pod"}
            </Button>
          </>
        }
      >
        <p className="any-name">
          Creates pod{" "}
          <b className="font-semibold">
            <Name>{name}</Name>
          </b>{" "}
          in <Name>{namespace}</Name> from <Name>{image}</Name>
          {caller === "with-sidecar" ? ", and asks Istio for a sidecar in it." : ", and asks Istio to leave it without a sidecar."}
        </p>
        <p className="text-muted">
          It sleeps and is called upon for curl, has no rights in the cluster, and ends by itself after 8 hours. &ldquo;Remove&rdquo; below the callers and a
          reset take it away.
        </p>
        {create.error !== null && <Notice look="problem">{create.error.message}</Notice>}
        <CommandLine command={command} label="create the same pod" />
      </Dialog>
    </>
  );
}

/** The pods that Padlock made, how they come along, and a way to take each away. */
export function ProbePods({ state, lineDown }: { state: LiveState; lineDown: boolean }) {
  const { probePods, offers } = state.callers;
  if (probePods.length === 0) return null;
  return (
    <ul className="flex flex-col gap-2" aria-label="Probe pods">
      {probePods.map((pod) => (
        <ProbePodRow key={`${pod.namespace}/${pod.name}`} pod={pod} state={state} lineDown={lineDown} command={offers[pod.caller].remove} />
      ))}
    </ul>
  );
}

interface ProbePodRowProps {
  pod: ProbePod;
  state: LiveState;
  lineDown: boolean;
  command: string;
}

function ProbePodRow({ pod, state, lineDown, command }: ProbePodRowProps) {
  const permission = usePermission(state.rights["probe-pods"]);
  const remove = useMutation({ mutationFn: (request: ProbePodRequest) => askProbePod(request) });
  const { namespace, name, uid } = pod;
  const isGoing = pod.state === "removing" || remove.isPending;
  const isHere = namespace === state.switch.namespace;
  return (
    <li className="flex min-w-0 flex-col gap-1.5" data-probe-pod={`${namespace}/${name}`} data-state={pod.state}>
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2.5">
        <p className={`any-name text-[12.5px]/[17px] ${pod.state === "failed" ? "text-ink" : "text-muted"}`}>
          <b className="font-semibold text-ink">
            <Name>{name}</Name>
          </b>{" "}
          in <Name>{namespace}</Name>: <Name>{pod.says}</Name>
          {pod.isFromBefore && " It was there when Padlock started."}
        </p>
        <Button
          small
          disabled={lineDown || uid === null || isGoing || !permission.allowed || !isHere}
          onClick={() => uid !== null && remove.mutate({ act: "remove", namespace, name, uid })}
          aria-label={`Remove pod ${name}`}
          {...toReasonProps(permission)}
        >
          {isGoing ? "Removing" : "Remove"}
        </Button>
      </div>
      {remove.error !== null && <Notice look="problem">{remove.error.message}</Notice>}
      {isHere && <CommandLine command={command} label={`remove pod ${name}`} />}
    </li>
  );
}
