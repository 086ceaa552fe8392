"use client";

import { useId } from "react";
import { type LiveState, SOURCE_NAMES, type SourceStatus, type Target } from "@/lib/api/state";
import { toAgo } from "../words/age";
import { Name } from "../words/name";
import { SOURCE_WORDS } from "../words/stale-reason";

/** Which lab or cluster this is, always in sight: the lab is tinted green, a real cluster amber and named so. Pressing it tells all there is to know. */
export function TargetChip({ target, sources, now }: { target: Target; sources: LiveState["sources"]; now: number }) {
  const id = useId();
  const isLab = target.kind === "lab";
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        data-target={target.kind}
        className={`touch inline-flex h-8 min-w-0 items-center gap-2 rounded-lg border px-3 font-semibold ${isLab ? "border-ok/40 bg-ok/10" : "border-plain bg-plain/15"}`}
      >
        {!isLab && <span className="font-normal">cluster</span>}
        <Name className="min-w-0 truncate">{target.label}</Name>
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label="What Padlock talks to"
        className="inset-auto top-[60px] left-4 m-0 max-h-[calc(100dvh-76px)] w-[min(520px,calc(100vw-32px))] overflow-y-auto rounded-xl border border-line bg-surface p-5 text-[13px]/[18px] text-ink"
      >
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
          {toFacts(target).map(({ name, value }) => (
            <div key={`${name} ${value}`} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="any-name">
                <Name>{value}</Name>
              </dd>
            </div>
          ))}
          {SOURCE_NAMES.map((name) => (
            <div key={name} className="contents">
              <dt className="text-muted">{SOURCE_WORDS[name]}</dt>
              <dd className="any-name">{toWords(sources[name], now)}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}

function toFacts(target: Target): { name: string; value: string }[] {
  return [
    { name: "context", value: target.context },
    { name: "API server", value: target.server },
    { name: "user", value: target.user },
    ...(target.warnings ?? []).map((warning) => ({ name: "note", value: warning })),
    { name: "Kubernetes", value: target.kubernetesVersion ?? "version not read" },
    {
      name: "Kiali at",
      value: target.kialiUrl === null ? "not found" : `${target.kialiUrl}${target.kialiVersion === null ? "" : ` (${target.kialiVersion})`}`,
    },
    { name: "gateway at", value: target.gateway ?? "not found" },
    { name: "Padlock", value: target.padlockVersion },
  ];
}

function toWords({ state, reason, lastGood, reachedBy }: SourceStatus, now: number): string {
  const age = lastGood === null ? "never answered" : `answered ${toAgo(now - lastGood)}`;
  const by = reachedBy == null ? null : `reached by ${reachedBy}`;
  return [state, reason, by, age].filter((part) => part !== null).join(" · ");
}
