"use client";

import type { SwitchSection } from "@/lib/api/state";
import { SWITCH_POSITIONS, type SwitchPosition } from "@/lib/mesh/modes";
import { Name } from "../words/name";
import { type Permission, toReasonProps } from "./permission";

interface ModeSwitchProps {
  current: SwitchSection;
  requested: SwitchPosition | null;
  disabled: boolean;
  permission: Permission;
  onPress: (position: SwitchPosition) => void;
  /** The position under pointer or focus: the command beside the switch is that one's. */
  onLook: (position: SwitchPosition) => void;
}

/** Three positions. Which one holds comes from the watch, never from the press. */
export function ModeSwitch({ current, requested, disabled, permission, onPress, onLook }: ModeSwitchProps) {
  return (
    <fieldset
      className="grid grid-cols-[0.9fr_1.15fr_1fr] overflow-hidden rounded-[10px] border border-line"
      data-position={current.position ?? "unknown"}
      {...toReasonProps(permission)}
    >
      <legend className="sr-only">
        Mutual TLS mode of <Name>{current.namespace}</Name>
      </legend>
      {SWITCH_POSITIONS.map((position) => (
        <button
          key={position}
          type="button"
          aria-pressed={current.position === position}
          aria-keyshortcuts={position === "inherit" ? undefined : "T"}
          disabled={disabled || !permission.allowed || requested !== null}
          onClick={() => onPress(position)}
          onPointerEnter={() => onLook(position)}
          onFocus={() => onLook(position)}
          data-requested={requested === position}
          className={`flex h-11 flex-col items-center justify-center font-semibold -outline-offset-2 focus-visible:outline-current ${toLook(current.position === position, requested === position)}`}
        >
          {position}
          {position === "inherit" && current.inherits !== null && (
            <span className="any-name text-[11px]/3 font-normal">
              <span aria-hidden="true">→ </span>
              <span className="sr-only">: then </span>
              {current.inherits.mode}
              <span className="sr-only"> from {current.inherits.from} decides</span>
            </span>
          )}
        </button>
      ))}
    </fieldset>
  );
}

function toLook(on: boolean, requested: boolean): string {
  if (on) return "bg-accent text-accent-ink";
  return requested ? "bg-sunken text-ink" : "text-muted enabled:hover:bg-sunken enabled:hover:text-ink";
}
