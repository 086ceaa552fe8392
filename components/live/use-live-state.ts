"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { showSignIn } from "@/lib/api/client";
import { applyPatch } from "@/lib/api/patch";
import type { View } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { toStreamUrl } from "./event-source";
import { createPageId, sayPresence } from "./page-presence";
import { joinStream } from "./shared-stream";

export interface Live {
  /** null until the first state came. */
  state: LiveState | null;
  /** Why the line to Padlock's own server is down, and since when (this browser's clock, epoch ms); null while it is up. */
  down: { reason: string; since: number } | null;
  page: string;
  /** The server's clock minus this browser's, ms: ages on screen are by the server's clock. */
  clockOffset: number;
}

/** The server takes a silent page without a stream for gone after 15 s. */
const BEAT_MS = 5_000;

const liveKey = (view: string) => ["live", view] as const;

/** The state of a view, kept in React Query's cache and fed by the stream; a hidden page has no stream. */
export function useLiveState(view: View): Live {
  const client = useQueryClient();
  const key = `${view.namespaces.join(",")}@${view.window}`;
  const [page] = useState(createPageId);
  const [down, setDown] = useState<Live["down"]>(null);
  const [clockOffset, setClockOffset] = useState(0);
  const url = useMemo(() => toStreamUrl(view, page), [view, page]);
  // The stream writes; nothing is ever fetched by the query itself.
  const { data } = useQuery<LiveState | null>({
    queryKey: liveKey(key),
    queryFn: () => client.getQueryData<LiveState>(liveKey(key)) ?? null,
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
    // A patch leaves what did not change as it is; looking for it through the whole state, as is the default, would cost more than all the rest.
    structuralSharing: false,
  });

  useEffect(() => {
    let leave: (() => void) | null = null;
    const join = () => {
      leave ??= joinStream(url, key, (message) => {
        if (message.type === "signed-out") {
          showSignIn();
          return;
        }
        if (message.type === "down") {
          setDown((before) => ({ reason: message.reason, since: before?.since ?? Date.now() }));
          return;
        }
        setDown(null);
        const clock = message.type === "state" ? message.state.clock : message.patch.clock;
        if (clock !== undefined) setClockOffset(clock.now - Date.now());
        client.setQueryData<LiveState | null>(liveKey(key), (before) =>
          message.type === "state" ? message.state : before ? applyPatch(before, message.patch) : before,
        );
      });
    };
    const part = () => {
      leave?.();
      leave = null;
    };
    // A closing page is hidden right after it was left (HTML, "unload a document"): that must not take the goodbye back.
    let isLeft = false;
    const onVisibility = () => {
      if (isLeft) return;
      if (document.visibilityState === "hidden") {
        sayPresence(page, "hidden");
        part();
      } else {
        sayPresence(page, "visible");
        join();
      }
    };
    const onPageHide = () => {
      isLeft = true;
      part();
      sayPresence(page, "closed");
    };
    const onPageShow = () => {
      isLeft = false;
      onVisibility();
    };
    sayPresence(page, "visible");
    if (document.visibilityState === "visible") join();
    document.addEventListener("visibilitychange", onVisibility);
    window.addEventListener("pagehide", onPageHide);
    window.addEventListener("pageshow", onPageShow);
    return () => {
      part();
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("pagehide", onPageHide);
      window.removeEventListener("pageshow", onPageShow);
    };
  }, [client, key, page, url]);

  // A page that follows another page's stream has none of its own: while a run goes on it says itself that it is there.
  const running = data?.run.current != null;
  useEffect(() => {
    if (!running) return;
    const beat = setInterval(() => {
      if (document.visibilityState === "visible") sayPresence(page, "visible");
    }, BEAT_MS);
    return () => clearInterval(beat);
  }, [page, running]);

  return { state: data ?? null, down, page, clockOffset };
}
