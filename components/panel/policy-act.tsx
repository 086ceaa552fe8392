"use client";

import { useState } from "react";
import { CommandError } from "@/lib/api/client";
import type { LiveState } from "@/lib/api/state";
import type { SwitchPosition } from "@/lib/mesh/modes";
import { Button } from "../frame/button";
import { CommandLine } from "../frame/command-line";
import { Notice } from "../frame/notice";
import { Name } from "../words/name";
import { Act } from "./act";
import { ChangeSteps } from "./change-steps";
import { Disclosure } from "./disclosure";
import { MissingRight } from "./missing-right";
import { ModeSwitch } from "./mode-switch";
import { toPolicyObstacle } from "./obstacle";
import { usePermission } from "./permission";
import { PolicyChain } from "./policy-chain";
import { PolicyYaml } from "./policy-yaml";
import type { Switching } from "./use-switch";

export function PolicyAct({ state, lineDown, switching }: { state: LiveState; lineDown: boolean; switching: Switching }) {
  const [showYaml, setShowYaml] = useState(false);
  const [looked, setLooked] = useState<SwitchPosition | null>(null);
  const { switch: current } = state;
  const obstacle = toPolicyObstacle(state, lineDown);
  const isRefused = !lineDown && state.sources.kubernetes.state === "forbidden";
  const permission = usePermission(state.rights.switch);
  const tellsRight = obstacle === null || isRefused;
  const other: SwitchPosition = current.position === "STRICT" ? "PERMISSIVE" : "STRICT";
  const shown = switching.requested ?? (looked === null || looked === current.position ? other : looked);
  return (
    <Act
      title="1 · Policy"
      aside={
        <Disclosure open={showYaml} onToggle={setShowYaml}>
          YAML
        </Disclosure>
      }
    >
      <ModeSwitch
        current={current}
        requested={switching.requested}
        disabled={obstacle !== null}
        permission={permission}
        onPress={switching.press}
        onLook={setLooked}
      />
      {(current.position === "DISABLE" || current.position === "UNSET") && (
        <Notice look="hint">The policy says {current.position}, which is none of the three; pressing one replaces it.</Notice>
      )}
      {current.position === null && obstacle === null && (
        <Notice look="hint">
          No position is lit: the policies of <Name>{current.namespace}</Name> have not been read yet.
        </Notice>
      )}
      {obstacle?.says != null && <Notice look="problem">{obstacle.says}</Notice>}
      {tellsRight && <MissingRight permission={permission} />}
      {current.keptBy !== null && permission.allowed && switching.error === null && (
        <Notice look="hint">
          <Name>{current.keptBy}</Name> A change asks twice.
        </Notice>
      )}
      <SwitchProblem switching={switching} />
      {(current.change !== null || switching.requesting) && <ChangeSteps change={current.change} requesting={switching.requesting} />}
      <PolicyChain state={state} />
      {showYaml && <PolicyYaml state={state} />}
      {(!tellsRight || permission.command === null) && (
        <CommandLine
          command={state.commands.switch[shown]}
          label={shown === "inherit" ? "delete the namespace's policy" : `make it ${shown}`}
          caption={`to ${shown}`}
        />
      )}
    </Act>
  );
}

/** Why the press had no effect; a field of another manager's needs a second act. */
function SwitchProblem({ switching }: { switching: Switching }) {
  const { error, variables } = switching;
  if (error === null || variables === undefined) return null;
  const manager = error instanceof CommandError ? error.facts?.manager : undefined;
  return (
    <div className="flex min-w-0 flex-col items-start gap-2">
      <Notice look="problem">{error.message}</Notice>
      {manager !== undefined && (
        <Button look="strong" className="min-h-max max-w-full py-1.5" onClick={() => switching.press(variables.position, manager)}>
          <span className="any-name line-clamp-3 min-w-0 whitespace-normal">
            {variables.position === "inherit" ? "Delete what is of" : "Take it over from"} <Name>{manager}</Name>
          </span>
        </Button>
      )}
    </div>
  );
}
