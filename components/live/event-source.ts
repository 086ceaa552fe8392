import { isSignedOut } from "@/lib/api/client";
import { isNext, type StreamPatch } from "@/lib/api/patch";
import type { View } from "@/lib/api/requests";
import { ROUTES } from "@/lib/api/routes";
import type { LiveState } from "@/lib/api/state";

/** What a stream says, in order: the whole state, then changes; or that the line is down; last, that this browser's session has ended. */
export type StreamMessage =
  | { type: "state"; state: LiveState }
  | { type: "patch"; patch: StreamPatch }
  | { type: "down"; reason: string }
  | { type: "signed-out" };

/** The server sends its clock every 5 s; three missed ones and more mean that the line is dead though nobody said so, ms. */
const SILENCE_LIMIT = 20_000;
const FIRST_RETRY = 500;
const LONGEST_RETRY = 15_000;

export function toStreamUrl(view: View, page: string): string {
  const query = new URLSearchParams({ namespaces: view.namespaces.join(","), window: String(view.window), page });
  return `${ROUTES.stream}?${query}`;
}

/**
 * One event stream that mends itself: reconnects after errors, silence and a goodbye, with a growing pause and full jitter, so that many
 * pages do not come back in the same instant. It ends when the session has: asking again would be refused for ever.
 * @returns a function that ends it
 */
export function openStream(url: string, onMessage: (message: StreamMessage) => void): () => void {
  let source: EventSource | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  let ended = false;

  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => lost("Padlock's server has gone quiet."), SILENCE_LIMIT);
  };
  const lost = (reason: string) => {
    if (ended) return;
    source?.close();
    source = null;
    clearTimeout(silence);
    clearTimeout(retry);
    onMessage({ type: "down", reason });
    retry = setTimeout(reopen, Math.random() * Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** attempts++) + 100);
  };
  // An EventSource does not tell why it was refused.
  const reopen = async () => {
    const signedOut = await isSignedOut();
    if (ended) return;
    if (!signedOut) return open();
    ended = true;
    onMessage({ type: "signed-out" });
  };
  const open = () => {
    const opened = new EventSource(url);
    let last = "";
    source = opened;
    heard();
    opened.addEventListener("state", (event) => {
      attempts = 0;
      last = event.lastEventId;
      heard();
      onMessage({ type: "state", state: JSON.parse(event.data) as LiveState });
    });
    opened.addEventListener("patch", (event) => {
      heard();
      // A change makes sense only on top of what it changes; a new line begins with the whole.
      if (!isNext(last, event.lastEventId)) return lost("A message of Padlock's server is missing.");
      last = event.lastEventId;
      onMessage({ type: "patch", patch: JSON.parse(event.data) as StreamPatch });
    });
    opened.addEventListener("bye", () => lost("Padlock's server is ending."));
    opened.onerror = () => lost("Padlock's server does not answer.");
  };
  open();
  return () => {
    ended = true;
    clearTimeout(silence);
    clearTimeout(retry);
    source?.close();
  };
}
