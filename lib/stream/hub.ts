import { type Channel, createChannel, type SectionChanges } from "./channel";
import type { Subscription } from "./subscription";

export interface HubOptions<T extends object> {
  /**
   * Starts what a view needs when its first subscriber comes.
   * @param publish takes the sections that changed, from then until `close`; before `open` returned it does nothing
   * @returns the full state as it is now, and how to stop
   */
  open(view: string, publish: (sections: Partial<T>) => void): { state: T; close(): void };
  /** Sections of which a patch says how they changed. */
  changes?: SectionChanges<T>;
  /** How long a view goes on without subscribers, ms: a page that reloads finds it running. */
  lingerMs?: number;
  /** See Backlog. */
  maxWaiting?: number;
  stalledMs?: number;
}

export interface Hub<T extends object> {
  /** @throws HubClosed */
  subscribe(view: string): Subscription;
  /** To every open view. */
  publish(sections: Partial<T>): void;
  /** Views at work, those that linger included. */
  readonly views: readonly string[];
  readonly subscribers: number;
  /**
   * Says bye to everyone, with a reason, and stops all views. Readers that do not take it are dropped after a second.
   * @returns when everyone has gone
   */
  closeAll(reason: string): Promise<void>;
}

export class HubClosed extends Error {
  override readonly name = "HubClosed";
  constructor() {
    super("There are no more streams: Padlock is ending");
  }
}

const BYE_MS = 1_000;

interface OpenView<T extends object> {
  channel: Channel<T>;
  close(): void;
  linger: ReturnType<typeof setTimeout> | undefined;
}

/**
 * A state of T per view, composed once and sent to many: the first subscriber of a view starts its work and the last one ends it. Each
 * subscriber gets the full state, then the sections that changed, then bye.
 */
export function createHub<T extends object>({ open, changes, lingerMs = 5_000, maxWaiting = 512 * 1024, stalledMs = 30_000 }: HubOptions<T>): Hub<T> {
  const epoch = Date.now().toString(36);
  const views = new Map<string, OpenView<T>>();
  const toJson = createJsonMemory();
  let opened = 0;
  let isClosed = false;

  function openView(view: string): OpenView<T> {
    let channel: Channel<T> | null = null;
    const { state, close } = open(view, (sections) => channel?.publish(sections));
    channel = createChannel(`${epoch}-${++opened}`, state, { maxWaiting, stalledMs }, toJson, changes);
    return { channel, close, linger: undefined };
  }

  function closeView(view: string, { close, linger }: OpenView<T>): void {
    clearTimeout(linger);
    views.delete(view);
    close();
  }

  return {
    subscribe(view) {
      if (isClosed) throw new HubClosed();
      let found = views.get(view);
      if (found === undefined) {
        found = openView(view);
        views.set(view, found);
      }
      const at = found;
      clearTimeout(at.linger);
      return at.channel.subscribe(() => {
        if (at.channel.readers.size > 0 || views.get(view) !== at) return;
        at.linger = setTimeout(() => closeView(view, at), lingerMs);
        at.linger.unref();
      });
    },
    publish(sections) {
      for (const { channel } of views.values()) channel.publish(sections);
    },
    get views() {
      return [...views.keys()];
    },
    get subscribers() {
      return [...views.values()].reduce((sum, { channel }) => sum + channel.readers.size, 0);
    },
    async closeAll(reason) {
      isClosed = true;
      const readers = [...views.values()].flatMap(({ channel }) => [...channel.readers]);
      for (const [view, at] of [...views]) closeView(view, at);
      const bye = { event: "bye", id: "", data: JSON.stringify({ reason }) } as const;
      for (const reader of readers) reader.end(bye);
      const timer = setTimeout(() => {
        for (const reader of readers) reader.drop();
      }, BYE_MS);
      await Promise.all(readers.map(({ ended }) => ended));
      clearTimeout(timer);
    },
  };
}

/** A section that several views hold is the same object in all of them: it is written once. */
function createJsonMemory(): (value: unknown) => string | undefined {
  const memory = new WeakMap<object, string>();
  return (value) => {
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    let json = memory.get(value);
    if (json === undefined) {
      json = JSON.stringify(value);
      memory.set(value, json);
    }
    return json;
  };
}
