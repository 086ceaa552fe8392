"use client";

import { type ReactNode, useEffect, useState } from "react";
import type { LiveState } from "@/lib/api/state";
import { Legend } from "../frame/legend";
import { LockIcon } from "../locks/LockIcon";
import { toAge } from "../words/age";

/** Pointer and chrome go after this long without a move, ms. */
const CALM_AFTER = 3000;

interface ProjectorProps {
  state: LiveState;
  /** Why data is old: a banner across the picture; null = all sources answer. */
  stale: string | null;
  now: number;
  onLeave: () => void;
  children: ReactNode;
}

/** The picture for the back row: posture, graph, a caption of what just happened, a legend. Nothing scrolls. */
export function Projector({ state, stale, now, onLeave, children }: ProjectorProps) {
  const calm = useCalm();
  const { posture } = state;
  const caption = state.journal.at(-1)?.says ?? "";
  return (
    <main className={`fixed inset-0 flex flex-col overflow-hidden bg-bg ${calm ? "cursor-none" : ""}`} data-projector="on">
      <div className="flex items-center gap-[1.6vw] px-[3vw] pt-[3vh]">
        <LockIcon state={posture.lock.state} size={72} />
        <h1 className="min-w-0 truncate text-[clamp(36px,3.1vw,60px)] leading-tight font-bold tracking-tight">
          {posture.namespace} · {posture.mode ?? "policy not read"}
        </h1>
        <p className="ml-auto shrink-0 text-right text-[clamp(24px,1.7vw,32px)] leading-snug">
          {posture.facts.map((fact) => (
            <span key={fact} className={`block ${/refused/.test(fact) ? "text-refused" : /plaintext/.test(fact) ? "text-plain" : ""}`}>
              {fact}
            </span>
          ))}
        </p>
      </div>
      {stale !== null && (
        <p role="alert" className="mx-[3vw] mt-[1vh] rounded-lg border-2 border-bad px-6 py-2 text-[clamp(20px,1.4vw,28px)] font-semibold">
          {stale}
        </p>
      )}
      <div className="min-h-0 flex-1">{children}</div>
      <p className="min-h-[6vh] px-[3vw] text-[clamp(24px,1.9vw,36px)] leading-tight font-bold" aria-live="off" data-caption="">
        {caption}
      </p>
      <div className="flex items-center justify-between gap-8 px-[3vw] pt-[1vh] pb-[3vh] text-[clamp(18px,1.25vw,24px)]">
        <Legend size={32} />
        <p className="shrink-0 text-muted">
          {posture.observedAt === null ? "no traffic seen yet" : `last ${posture.windowSeconds} s · ${toAge(now - posture.observedAt)} old`}
        </p>
      </div>
      {!calm && (
        <button type="button" onClick={onLeave} className="absolute top-4 right-4 rounded-lg border border-line bg-surface px-4 py-2 text-base font-semibold">
          Leave (P)
        </button>
      )}
    </main>
  );
}

function useCalm(): boolean {
  const [calm, setCalm] = useState(false);
  useEffect(() => {
    let timer = setTimeout(() => setCalm(true), CALM_AFTER);
    const stir = () => {
      setCalm(false);
      clearTimeout(timer);
      timer = setTimeout(() => setCalm(true), CALM_AFTER);
    };
    window.addEventListener("pointermove", stir);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pointermove", stir);
    };
  }, []);
  return calm;
}
