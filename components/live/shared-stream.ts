import { applyPatch } from "@/lib/api/patch";
import type { LiveState } from "@/lib/api/state";
import { openStream, type StreamMessage } from "./event-source";

/**
 * One stream for all pages of a browser that show the same view. A browser opens at most six connections to a server (HTTP/1.1), so ten
 * pages with a stream each would starve every command. The page that holds the lock has the stream and tells the others; when it hides or
 * closes, the lock goes to the next page. Where locks do not exist (a page that is not a secure context) every page has its own stream.
 */

type ChannelMessage = { to: "followers"; message: StreamMessage } | { to: "leader"; hello: true };

/** @returns a function that leaves: ends this page's stream, or stops listening */
export function joinStream(url: string, view: string, onMessage: (message: StreamMessage) => void): () => void {
  if (!("locks" in navigator) || !("BroadcastChannel" in globalThis)) return openStream(url, onMessage);
  const name = `padlock-stream ${view}`;
  const channel = new BroadcastChannel(name);
  const left = new AbortController();
  let leading = false;
  let state: LiveState | null = null;

  const take = (message: StreamMessage) => {
    if (message.type === "state") state = message.state;
    if (message.type === "patch" && state !== null) state = applyPatch(state, message.patch);
    onMessage(message);
  };
  channel.onmessage = (event: MessageEvent<ChannelMessage>) => {
    if (left.signal.aborted) return;
    if (event.data.to === "followers" && !leading) take(event.data.message);
    if (event.data.to === "leader" && leading && state !== null)
      channel.postMessage({ to: "followers", message: { type: "state", state } } satisfies ChannelMessage);
  };
  channel.postMessage({ to: "leader", hello: true } satisfies ChannelMessage);

  navigator.locks
    .request(name, { signal: left.signal }, () => {
      leading = true;
      return new Promise<void>((resolve) => {
        const close = openStream(url, (message) => {
          take(message);
          channel.postMessage({ to: "followers", message } satisfies ChannelMessage);
        });
        left.signal.addEventListener("abort", () => {
          close();
          resolve();
        });
      });
    })
    .catch(() => {
      // Left before the lock came: nothing was opened.
    });
  return () => {
    left.abort();
    channel.close();
  };
}
