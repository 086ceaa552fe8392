"use client";

import type { ReactNode } from "react";
import type { Posture } from "@/lib/api/state";
import { LockIcon } from "../locks/LockIcon";
import { toDataAge } from "../words/age";
import { toFactTone } from "../words/fact-tone";
import { Name } from "../words/name";
import type { ViewState } from "./view-url";

const TONES = { refused: "font-semibold text-refused", plain: "font-semibold text-plain", ink: "" } as const;

interface PostureLineProps {
  posture: Posture;
  now: number;
  /** The data behind it is old: shapes stay, colours go. */
  stale: boolean;
  view: ViewState;
  onView: (change: Partial<ViewState>) => void;
  /** What stands before the choice of graph or table. */
  children?: ReactNode;
}

/** The first thing that is read: lock, namespace, mode, share, refusals, and how old that is. */
export function PostureLine({ posture, now, stale, view, onView, children }: PostureLineProps) {
  return (
    <div
      className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2 sm:px-6"
      data-posture={posture.lock.state}
      data-mode={posture.mode ?? "unknown"}
      data-stale={stale}
    >
      <span className={stale ? "grayscale" : ""}>
        <LockIcon state={posture.lock.state} size={28} />
      </span>
      <div className="flex min-w-0 flex-1 basis-72 flex-wrap items-baseline gap-x-3 max-sm:basis-60">
        <h2 className={`flex max-w-full gap-[0.3em] text-lg font-bold tracking-tight ${stale ? "text-muted" : ""}`}>
          <Name className="min-w-0 truncate">{posture.namespace}</Name>
          <span className="shrink-0">· {posture.mode ?? "policy not read"}</span>
        </h2>
        <p className="line-clamp-3 min-w-0 text-sm text-muted">
          {posture.facts.map((fact) => (
            <span key={fact}>
              <Name className={stale ? "" : TONES[toFactTone(fact)]}>{fact}</Name>
              {" · "}
            </span>
          ))}
          {posture.observedAt === null ? "no traffic seen yet" : `last ${posture.windowSeconds} s, ${toDataAge(now - posture.observedAt)}`}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-3 max-sm:w-full max-sm:justify-between">
        {children}
        <fieldset className="inline-flex overflow-hidden rounded-lg border border-line bg-surface text-[13px]">
          <legend className="sr-only">View</legend>
          {(["graph", "table"] as const).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={view.view === name}
              aria-keyshortcuts="G"
              onClick={() => onView({ view: name })}
              className={`touch px-3 py-1.5 font-semibold capitalize -outline-offset-2 ${view.view === name ? "bg-ink text-surface" : "text-muted hover:text-ink"}`}
            >
              {name}
            </button>
          ))}
        </fieldset>
      </div>
    </div>
  );
}
