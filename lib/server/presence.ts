import type { PresenceRequest } from "@/lib/api/requests";

/** A run ends this long after its starter closed the page, ms. */
export const GONE_AFTER_MS = 15_000;

type PageState = PresenceRequest["state"];

/**
 * Which pages are there. A page that hides says so and closes its stream: it is still there. A page that says it closes, or whose stream
 * ends without a word (a crash, a pulled plug), is gone 15 s later unless it comes back. Pages of one browser share a stream, so while a run goes on a
 * visible page also says every few seconds that it is there; one that stops saying so and has no stream is gone as well.
 */
export function createPresence({ now = Date.now }: { now?: () => number } = {}) {
  const pages = new Map<string, { state: PageState; streams: number; heardAt: number; goneSince: number | null }>();

  const entry = (page: string) => {
    const known = pages.get(page);
    if (known !== undefined) return known;
    const made = { state: "visible" as PageState, streams: 0, heardAt: now(), goneSince: null as number | null };
    pages.set(page, made);
    return made;
  };

  return {
    say({ page, state }: PresenceRequest): void {
      const known = entry(page);
      known.state = state;
      known.heardAt = now();
      known.goneSince = state === "closed" ? now() : null;
    },
    /** @returns how many streams the page had before this one */
    streamOpened(page: string): number {
      const known = entry(page);
      known.streams += 1;
      known.state = "visible";
      known.heardAt = now();
      known.goneSince = null;
      return known.streams - 1;
    },
    streamClosed(page: string): void {
      const known = entry(page);
      known.streams = Math.max(0, known.streams - 1);
      if (known.streams === 0 && known.state === "visible") known.goneSince = now();
    },
    isGone(page: string): boolean {
      const known = pages.get(page);
      if (known === undefined) return false;
      const silent = known.state === "visible" && known.streams === 0 && now() - known.heardAt >= GONE_AFTER_MS;
      return silent || (known.goneSince !== null && now() - known.goneSince >= GONE_AFTER_MS);
    },
    /** Forgets pages that left long ago. */
    sweep(): void {
      for (const [page, known] of pages) {
        if (known.streams === 0 && known.goneSince !== null && now() - known.goneSince > 10 * GONE_AFTER_MS) pages.delete(page);
      }
    },
  };
}
export type Presence = ReturnType<typeof createPresence>;
