import type { Message, Subscription } from "./subscription";

export interface EventStreamOptions {
  /** A comment line when nothing else was sent for so long, so that both ends notice when the other is gone. */
  heartbeatMs?: number;
  /** How long a browser waits before it connects again; by default drawn for each stream, so that many do not come back at once. */
  retryMs?: number;
  /** Ends the stream: the request's own signal. */
  signal?: AbortSignal;
  /** Called once, when the stream is over for whatever reason. */
  onClose?: () => void;
}

/**
 * A subscription as server-sent events (HTML standard, 9.2): `retry:` first, then `state`, `patch` and `bye` with JSON in `data:` and
 * `epoch.sequence` as `id:`. Bytes are made when the client has taken those before, so a slow one costs no memory here.
 */
export function toEventStream(
  subscription: Subscription,
  { heartbeatMs = 15_000, retryMs = 1_000 + Math.random() * 3_000, signal, onClose }: EventStreamOptions = {},
): Response {
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let isOver = false;
  let end: () => void = () => undefined;

  function release(): boolean {
    if (isOver) return false;
    isOver = true;
    clearInterval(heartbeat);
    signal?.removeEventListener("abort", end);
    subscription.close();
    onClose?.();
    return true;
  }

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = () => {
          if (release()) controller.close();
        };
        const fail = () => {
          if (release()) controller.error(new Error("The reader took too long"));
        };
        controller.enqueue(ENCODER.encode(`retry: ${Math.round(retryMs)}\n\n`));
        heartbeat = setInterval(() => {
          // Only for a reader that has taken everything else.
          if ((controller.desiredSize ?? -1) >= 0) controller.enqueue(HEARTBEAT);
        }, heartbeatMs);
        if (subscription.dropped.aborted) return fail();
        subscription.dropped.addEventListener("abort", fail, { once: true });
        if (signal?.aborted) return end();
        signal?.addEventListener("abort", end, { once: true });
      },
      async pull(controller) {
        const message = await subscription.next();
        if (isOver) return;
        if (message === null) return end();
        heartbeat?.refresh();
        controller.enqueue(toBytes(message));
        if (message.event === "bye") end();
      },
      cancel() {
        release();
      },
    },
    { highWaterMark: 0 },
  );

  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      // Proxies of nginx' kind would otherwise hold events back.
      "x-accel-buffering": "no",
    },
  });
}

const ENCODER = new TextEncoder();
const HEARTBEAT = ENCODER.encode(":\n\n");
const encoded = new WeakMap<Message, Uint8Array>();

/** One message goes to many streams: its bytes are made once. */
function toBytes(message: Message): Uint8Array {
  let bytes = encoded.get(message);
  if (bytes === undefined) {
    const id = message.id === "" ? "" : `id: ${message.id}\n`;
    bytes = ENCODER.encode(`${id}event: ${message.event}\ndata: ${message.data}\n\n`);
    encoded.set(message, bytes);
  }
  return bytes;
}
