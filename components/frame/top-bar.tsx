"use client";

import { WINDOWS } from "@/lib/api/requests";
import { type LiveState, SOURCE_NAMES, type SourceName, type SourceStatus } from "@/lib/api/state";
import type { Live } from "../live/use-live-state";
import { LockIcon } from "../locks/LockIcon";
import { ThemeChoice } from "../theme/theme-choice";
import { toAge } from "../words/age";
import { Button, Key } from "./button";
import type { ViewState } from "./view-url";

const WINDOW_WORDS: Record<number, string> = { 30: "30 s", 60: "60 s", 300: "5 min", 900: "15 min" };
const SOURCE_WORDS: Record<SourceName, string> = { kubernetes: "Kubernetes", kiali: "Kiali", gateway: "Gateway" };

interface TopBarProps {
  live: Live;
  view: ViewState;
  onView: (change: Partial<ViewState>) => void;
  onKeys: () => void;
  now: number;
}

/** Where we are, what is looked at, and whether the sources answer. */
export function TopBar({ live, view, onView, onKeys, now }: TopBarProps) {
  const { state } = live;
  return (
    <header className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-surface px-5 py-2">
      <h1 className="mr-1 flex items-center gap-2 text-[17px] font-bold tracking-tight">
        <LockIcon state="mutual-tls" size={24} label={null} />
        Padlock
      </h1>
      {state !== null && <TargetChip state={state} />}
      <label className="inline-flex h-8 items-center gap-2 rounded-lg border border-line bg-surface pl-3">
        <span className="text-muted">Namespace</span>
        <select
          value={view.namespace}
          onChange={(event) => onView({ namespace: event.target.value, selected: null, viewport: null })}
          className="h-full rounded-lg bg-surface pr-2 font-semibold"
        >
          {toNamespaces(state, view.namespace).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="inline-flex h-8 items-center gap-2 rounded-lg border border-line bg-surface pl-3">
        <span className="text-muted">Window</span>
        <select
          value={view.window}
          onChange={(event) => onView({ window: Number(event.target.value) })}
          className="h-full rounded-lg bg-surface pr-2 font-semibold"
        >
          {WINDOWS.map((seconds) => (
            <option key={seconds} value={seconds}>
              {WINDOW_WORDS[seconds]}
            </option>
          ))}
        </select>
      </label>
      <div className="flex-1" />
      <ul className="flex flex-wrap gap-x-3.5 text-[13px] text-muted" aria-label="Sources">
        {state !== null &&
          SOURCE_NAMES.map((name) => (
            <Source key={name} name={name} status={live.down === null ? state.sources[name] : toUnknown(state.sources[name], live.down.since)} now={now} />
          ))}
      </ul>
      <ThemeChoice />
      <Button className="h-8" onClick={() => onView({ mode: "projector" })}>
        Projector <Key>P</Key>
      </Button>
      <Button className="h-8" onClick={onKeys} aria-label="Keys">
        Keys <Key>?</Key>
      </Button>
    </header>
  );
}

/** The lab is green-tinted; a real cluster is amber, so that nobody mistakes one for the other. */
function TargetChip({ state }: { state: LiveState }) {
  const { target } = state;
  const facts = [
    `context ${target.context}`,
    target.server,
    `user ${target.user}`,
    target.kubernetesVersion && `Kubernetes ${target.kubernetesVersion}`,
    target.kialiUrl && `Kiali ${target.kialiUrl}`,
    target.gateway && `gateway ${target.gateway}`,
  ];
  return (
    <span
      title={facts.filter(Boolean).join("\n")}
      data-target={target.kind}
      className={`inline-flex h-8 max-w-full items-center gap-2 truncate rounded-lg border px-3 font-semibold ${target.kind === "lab" ? "border-ok/40 bg-ok/10" : "border-plain/60 bg-plain/15"}`}
    >
      {target.label}
      <span className="hidden font-normal text-muted 2xl:inline">{target.server.replace(/^https?:\/\//, "")}</span>
    </span>
  );
}

function Source({ name, status, now }: { name: SourceName; status: SourceStatus; now: number }) {
  const ok = status.state === "ok";
  const age = status.lastGood === null ? "" : `, last good ${toAge(now - status.lastGood)} ago`;
  return (
    <li className="inline-flex items-center gap-1.5" data-source={name} data-state={status.state} title={status.reason ?? "answers"}>
      <span
        aria-hidden="true"
        className={`inline-block size-2 ${ok ? "rounded-full bg-ok" : status.state === "connecting" ? "rounded-full border border-unknown" : "rotate-45 bg-bad"}`}
      />
      <span className={ok ? "" : "font-semibold text-ink"}>
        {SOURCE_WORDS[name]}
        {!ok && ` ${status.state}`}
      </span>
      <span className="sr-only">{ok ? "answers" : `${status.reason ?? ""}${age}`}</span>
    </li>
  );
}

function toUnknown(status: SourceStatus, since: number): SourceStatus {
  return { ...status, state: "stale", reason: "Padlock's own server does not answer, so nothing is known of it.", since };
}

function toNamespaces(state: LiveState | null, current: string): string[] {
  return [...new Set([...(state?.mesh.namespaces.map((namespace) => namespace.name) ?? []), current])].sort();
}
