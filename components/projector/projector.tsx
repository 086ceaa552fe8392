"use client";

import type { ReactNode } from "react";
import type { LiveState } from "@/lib/api/state";
import { Button } from "../frame/button";
import { Legend } from "../frame/legend";
import { StaleBanner } from "../frame/stale-banner";
import { TargetLine } from "../frame/target-line";
import type { Style } from "../graph/legend-entries";
import { LockIcon } from "../locks/LockIcon";
import { toDataAge } from "../words/age";
import { toFactTone } from "../words/fact-tone";
import { Name } from "../words/name";
import type { Staleness } from "../words/stale-reason";
import { toCaption } from "./caption";
import { useCalm } from "./use-calm";

const TONES = { refused: "text-refused", plain: "text-plain", ink: "" } as const;

/** What is read from near only. */
const SMALL = "text-[clamp(16px,1.25vw,24px)]";

interface ProjectorProps {
  state: LiveState;
  /** The marks of the picture, and whether those of protection are among them. */
  styles: ReadonlySet<Style>;
  security: boolean;
  /** Why data is old: a banner across the picture; null = all sources answer. */
  staleness: Staleness | null;
  trafficStale: boolean;
  now: number;
  onLeave: () => void;
  onKeys: () => void;
  children: ReactNode;
}

/** The picture for the back row: posture, graph, a caption of what just happened, a legend. Nothing scrolls, but on a window too narrow for all of it. */
export function Projector({ state, styles, security, staleness, trafficStale, now, onLeave, onKeys, children }: ProjectorProps) {
  const calm = useCalm();
  const { posture } = state;
  return (
    <main
      className={`fixed inset-0 flex flex-col overflow-x-hidden overflow-y-auto bg-bg lg:overflow-hidden ${calm ? "cursor-none" : ""}`}
      data-projector="on"
      data-calm={calm}
    >
      <TargetLine target={state.target} className="border-b-2 px-[3vw] py-[0.6vh] text-[clamp(16px,1.25vw,24px)] leading-snug" />
      <div
        className="flex flex-wrap items-center gap-x-[1.6vw] px-[3vw] pt-[2.6vh] md:flex-nowrap"
        data-posture={posture.lock.state}
        data-mode={posture.mode ?? "unknown"}
      >
        <span className={`[&>svg]:size-[clamp(48px,4vw,76px)] ${trafficStale ? "grayscale" : ""}`}>
          <LockIcon state={posture.lock.state} size={76} />
        </span>
        <h1 className="flex min-w-0 flex-1 flex-wrap gap-x-[0.3em] md:flex-nowrap text-[clamp(28px,3.1vw,60px)] leading-tight font-bold tracking-tight">
          <Name className="truncate">{posture.namespace}</Name>
          <span className="shrink-0">· {posture.mode ?? "policy not read"}</span>
        </h1>
        <p className="basis-full text-balance md:max-w-[44vw] md:basis-auto md:text-right text-[clamp(20px,1.7vw,32px)] leading-snug">
          {posture.facts.slice(0, 4).map((fact) => (
            <span key={fact} className={`any-name line-clamp-3 ${trafficStale ? "text-muted" : TONES[toFactTone(fact)]}`}>
              <Name>{fact}</Name>
            </span>
          ))}
        </p>
      </div>
      {staleness !== null && (
        <StaleBanner
          staleness={staleness}
          now={now}
          className="mx-[3vw] mt-[1vh] rounded-lg border-2 px-[1.2vw] py-[0.8vh] text-[clamp(16px,1.3vw,26px)] leading-snug"
        />
      )}
      {/* As high as the stage insists on: what stands below must not lie over it. */}
      <div className="relative min-h-[540px] flex-1 shrink-0 lg:min-h-0 lg:shrink">{children}</div>
      {/* As high as two lines of the caption, so that a longer one does not move the picture. */}
      <div className="flex min-h-[clamp(55px,4.75vw,90px)] shrink-0 flex-wrap items-center gap-x-6 px-[3vw] md:flex-nowrap">
        <p className="line-clamp-2 min-h-[1.25em] grow basis-full md:basis-0 text-[clamp(22px,1.9vw,36px)] leading-tight font-bold" data-caption="">
          <Name>{toCaption(state, now)}</Name>
        </p>
        <div className={`flex gap-2 ${calm ? "invisible" : ""}`} data-chrome={calm ? "gone" : "shown"}>
          <Button onClick={onKeys} shortcut="?">
            Keys
          </Button>
          <Button onClick={onLeave} shortcut="P">
            Leave
          </Button>
        </div>
        <p className={`shrink-0 text-muted ${SMALL}`}>
          {posture.observedAt === null ? "no traffic seen yet" : `last ${posture.windowSeconds} s · ${toDataAge(now - posture.observedAt)}`}
        </p>
      </div>
      {/* Two rows high whether it needs them or not: a mark more or less must not move the picture. */}
      <div className={`flex min-h-[calc(72px+2.6vh)] shrink-0 items-center px-[3vw] pt-[1vh] pb-[1.6vh] ${SMALL}`}>
        <Legend styles={styles} security={security} size={32} />
      </div>
    </main>
  );
}
