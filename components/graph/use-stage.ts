import { type RefObject, useEffect, useRef } from "react";
import type { Call } from "@/lib/mesh/calls";
import type { Stage } from "./stage";
import type { Viewport } from "./viewport";

/** What the page tells the stage beside its picture: where to look, and which calls take off. */

/** What comes from outside is followed; the stage knows its own reports when they come back. */
export function useViewport(stage: RefObject<Stage | null>, started: boolean, viewport: Viewport, fitRequest: number): void {
  const asked = useRef(fitRequest);
  useEffect(() => {
    if (!started) return;
    const isAsked = asked.current !== fitRequest;
    asked.current = fitRequest;
    stage.current?.setViewport(isAsked ? null : viewport);
  }, [stage, started, viewport, fitRequest]);
}

/** A fitted picture is fitted again when the person unfolds or folds something of it. @param what is unfolded, as one text */
export function useFit(stage: RefObject<Stage | null>, fitted: boolean, what: string): void {
  const before = useRef(what);
  useEffect(() => {
    if (before.current === what) return;
    before.current = what;
    if (fitted) stage.current?.setViewport(null);
  }, [stage, fitted, what]);
}

/** Calls that came since the last update take off; those that were there before the page are history. */
export function useFlights(stage: RefObject<Stage | null>, started: boolean, calls: Call[]): void {
  const seen = useRef<number | null>(null);
  useEffect(() => {
    const newest = calls.at(-1)?.id ?? 0;
    const since = seen.current;
    seen.current = Math.max(newest, 0);
    if (started && since !== null) stage.current?.fly(calls.filter((call) => call.id > since));
  }, [stage, started, calls]);
}
