/** One event for a page. The same object goes to every subscriber, so that whoever writes it down can do so once. */
export interface Message {
  readonly event: "state" | "patch" | "bye";
  /** `epoch.sequence`; empty for bye. */
  readonly id: string;
  /** JSON, on one line. */
  readonly data: string;
}

/** One reader's end. Nothing is sent unasked: what is not fetched is kept here, within bounds. */
export interface Subscription {
  /** @returns the next message as soon as there is one; null when there will be no more */
  next(): Promise<Message | null>;
  /** The reader leaves. */
  close(): void;
  /** Fires when it ended from this side without being read to the end: the reader was too slow for too long. */
  readonly dropped: AbortSignal;
}

export interface Backlog {
  /** What may wait for one reader, in characters of JSON; beyond it the waiting messages are replaced by one full state. */
  maxWaiting: number;
  /** A reader that fetched nothing for this long while something waited is dropped, ms. */
  stalledMs: number;
}

export interface Reader {
  readonly subscription: Subscription;
  offer(message: Message): void;
  /** The last message: what waits is forgotten, and after it there is nothing. */
  end(message: Message): void;
  drop(): void;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
}

/**
 * @param latest gives the full state as it is at the moment of asking
 * @param onEnd called once
 */
export function createReader({ maxWaiting, stalledMs }: Backlog, latest: () => Message, onEnd: () => void): Reader {
  const dropping = new AbortController();
  let waiting: Message[] = [];
  let waitingLength = 0;
  /** Nothing was fetched yet, or what waited was too much: the next message is the full state of that moment. */
  let isCollapsed = true;
  let isLast = false;
  let isOver = false;
  let unreadSince: number | null = Date.now();
  let fetcher: ((message: Message | null) => void) | null = null;
  let resolveEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });

  function finish(): void {
    if (isOver) return;
    isOver = true;
    waiting = [];
    fetcher?.(null);
    fetcher = null;
    onEnd();
    resolveEnded();
  }

  function drop(): void {
    if (isOver) return;
    finish();
    dropping.abort();
  }

  function give(message: Message): void {
    if (fetcher !== null) {
      fetcher(message);
      fetcher = null;
      return;
    }
    unreadSince ??= Date.now();
    waiting.push(message);
    waitingLength += message.data.length;
  }

  function take(): Message | null {
    if (isCollapsed) {
      isCollapsed = false;
      return latest();
    }
    const message = waiting.shift() ?? null;
    if (message !== null) waitingLength -= message.data.length;
    return message;
  }

  return {
    ended,
    drop,
    offer(message) {
      if (isOver || isLast) return;
      if (unreadSince !== null && Date.now() - unreadSince > stalledMs) return drop();
      // The state it will be given contains this message already.
      if (isCollapsed) return;
      give(message);
      if (waitingLength > maxWaiting) {
        waiting = [];
        waitingLength = 0;
        isCollapsed = true;
      }
    },
    end(message) {
      if (isOver || isLast) return;
      isLast = true;
      isCollapsed = false;
      waiting = [];
      waitingLength = 0;
      if (fetcher === null) return give(message);
      give(message);
      finish();
    },
    subscription: {
      dropped: dropping.signal,
      close: finish,
      next() {
        if (isOver) return Promise.resolve(null);
        const message = take();
        unreadSince = isCollapsed || waiting.length > 0 ? Date.now() : null;
        if (message !== null) {
          if (isLast) finish();
          return Promise.resolve(message);
        }
        return new Promise((resolve) => {
          fetcher = resolve;
        });
      },
    },
  };
}
