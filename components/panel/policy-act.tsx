"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { CommandError, switchPolicy } from "@/lib/api/client";
import type { SwitchRequest } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { SWITCH_POSITIONS, type SwitchPosition } from "@/lib/mesh/modes";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Notice } from "../frame/notice";
import { Act } from "./act";
import { ChangeSteps } from "./change-steps";
import { PolicyChain } from "./policy-chain";
import { PolicyYaml } from "./policy-yaml";

/** Why the switch cannot be pressed now; null when it can. */
function toObstacle(state: LiveState, lineDown: boolean): string | null {
  if (lineDown) return "Padlock's own server does not answer.";
  const { kubernetes } = state.sources;
  if (kubernetes.state === "ok") return null;
  return kubernetes.reason ?? "The Kubernetes API has not answered yet.";
}

export function PolicyAct({ state, lineDown, switching }: { state: LiveState; lineDown: boolean; switching: ReturnType<typeof useSwitch> }) {
  const [showYaml, setShowYaml] = useState(false);
  const { switch: current } = state;
  const obstacle = toObstacle(state, lineDown);
  const requested = switching.isPending ? switching.variables.position : null;
  const command = state.commands.switch[requested ?? (current.position === "STRICT" ? "PERMISSIVE" : "STRICT")];

  return (
    <Act
      title="1 · Policy"
      aside={
        <button type="button" aria-expanded={showYaml} onClick={() => setShowYaml(!showYaml)} className="rounded font-semibold text-muted hover:text-ink">
          YAML
        </button>
      }
    >
      <fieldset
        className="grid grid-cols-[0.8fr_1.15fr_1fr] overflow-hidden rounded-[10px] border border-line"
        disabled={obstacle !== null || switching.isPending}
      >
        <legend className="sr-only">Mutual TLS mode of {current.namespace}</legend>
        {SWITCH_POSITIONS.map((position) => (
          <SwitchButton
            key={position}
            position={position}
            on={current.position === position}
            requested={requested === position}
            onPress={() => switching.press(position)}
          />
        ))}
      </fieldset>
      {current.position !== "inherit" && (
        <p className="text-xs/4 text-muted">
          inherit would leave the decision to {current.inherits.from}: <b className="font-semibold text-ink">{current.inherits.mode}</b>
        </p>
      )}
      {(current.position === "DISABLE" || current.position === "UNSET") && (
        <Notice look="hint">The policy says {current.position}, which is none of the three positions; pressing one replaces it.</Notice>
      )}
      {obstacle !== null && <Notice look="problem">The switch waits: {obstacle}</Notice>}
      <SwitchProblem switching={switching} />
      {(current.change !== null || switching.isPending) && <ChangeSteps change={current.change} requesting={switching.isPending} />}
      <PolicyChain state={state} />
      {showYaml && <PolicyYaml state={state} />}
      <CommandLine command={command} label="change the policy" />
    </Act>
  );
}

function SwitchButton({ position, on, requested, onPress }: { position: SwitchPosition; on: boolean; requested: boolean; onPress: () => void }) {
  const look = on ? "bg-accent text-accent-ink" : requested ? "bg-sunken text-ink" : "text-muted hover:bg-sunken hover:text-ink";
  return (
    <button type="button" aria-pressed={on} onClick={onPress} className={`h-11 font-semibold disabled:cursor-not-allowed ${look}`}>
      {position}
    </button>
  );
}

function SwitchProblem({ switching }: { switching: ReturnType<typeof useSwitch> }) {
  const { error, variables } = switching;
  if (error === null || variables === undefined) return null;
  const manager = error instanceof CommandError ? error.facts?.manager : undefined;
  return (
    <div className="flex flex-col gap-2">
      <Notice look="problem">{error.message}</Notice>
      {manager !== undefined && (
        <Button look="danger" onClick={() => switching.press(variables.position, manager)}>
          Take the field over from {manager}
        </Button>
      )}
    </div>
  );
}

/** The switch as a command: with the version of the policy that is on screen, so that a change in between is never overwritten. */
export function useSwitch(state: LiveState | null) {
  const mutation = useMutation({ mutationFn: (request: SwitchRequest) => switchPolicy(request) });
  const press = (position: SwitchPosition, takeOverFrom?: string) => {
    if (state === null || mutation.isPending) return;
    if (state.switch.position === position && takeOverFrom === undefined) return;
    mutation.mutate({ namespace: state.switch.namespace, position, expected: state.switch.object, ...(takeOverFrom === undefined ? {} : { takeOverFrom }) });
  };
  return { ...mutation, press };
}
