"use client";

import { WINDOWS } from "@/lib/api/limits";
import { type LiveState, SOURCE_NAMES } from "@/lib/api/state";
import type { Live } from "../live/use-live-state";
import { LockIcon } from "../locks/LockIcon";
import { SessionButtons } from "../session/session-buttons";
import { ThemeChoice } from "../theme/theme-choice";
import { Button } from "./button";
import { Choice } from "./choice";
import { Sources } from "./sources";
import { TargetChip } from "./target-chip";
import type { ViewState } from "./view-url";

const WINDOW_WORDS: Record<(typeof WINDOWS)[number], string> = { 30: "30 s", 60: "60 s", 300: "5 min", 900: "15 min" };

interface TopBarProps {
  state: LiveState | null;
  down: Live["down"];
  view: ViewState;
  onView: (change: Partial<ViewState>) => void;
  onProjector: () => void;
  onKeys: () => void;
  now: number;
}

/** Where we are, what is looked at, and whether the sources answer. */
export function TopBar({ state, down, view, onView, onProjector, onKeys, now }: TopBarProps) {
  // A source that is not well says its state in words, and those come before the names of choices.
  const isWell = state === null || SOURCE_NAMES.every((name) => state.sources[name].state === "ok");
  return (
    <header className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-surface px-4 py-2 sm:px-5">
      <h1 className="mr-1 flex items-center gap-2 text-[17px] font-bold tracking-tight">
        <LockIcon state="mutual-tls" size={24} label={null} />
        Padlock
      </h1>
      {state !== null && (
        <div className="flex min-w-36 flex-1 items-center sm:max-w-72 sm:min-w-0 sm:flex-initial">
          <TargetChip target={state.target} sources={state.sources} now={now} />
        </div>
      )}
      {state !== null && (
        <div className="sm:order-1 sm:ml-auto">
          <Sources sources={state.sources} down={down} now={now} />
        </div>
      )}
      <div className="flex w-full min-w-0 items-center gap-2 sm:w-auto sm:gap-3">
        <Choice
          short={!isWell && "sooner"}
          label="Namespace"
          value={view.namespace}
          onChange={(namespace) => onView({ namespace, selected: null, focus: null, unfolded: [], viewport: null })}
          className="max-sm:flex-1 sm:max-w-80"
        >
          {toNamespaces(state, view.namespace).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
        <Choice short={isWell || "sooner"} label="Window" value={view.window} onChange={(window) => onView({ window: Number(window) })}>
          {WINDOWS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {WINDOW_WORDS[seconds]}
            </option>
          ))}
        </Choice>
      </div>
      <div className={`flex min-w-0 flex-wrap items-center gap-2 sm:order-2 sm:gap-3 ${state === null ? "sm:ml-auto" : ""}`}>
        <SessionButtons />
        <ThemeChoice />
        <Button look="quiet" small onClick={onProjector} shortcut="P" disabled={state === null}>
          Projector
        </Button>
        <Button look="quiet" small onClick={onKeys} shortcut="?">
          Keys
        </Button>
      </div>
    </header>
  );
}

function toNamespaces(state: LiveState | null, current: string): string[] {
  return [...new Set([...(state?.mesh.namespaces.map((namespace) => namespace.name) ?? []), current])].sort();
}
