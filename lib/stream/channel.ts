import { type Backlog, createReader, type Message, type Reader, type Subscription } from "./subscription";

/** The state of one view and those who follow it. */
export interface Channel<T extends object> {
  /** Gives the full state first, then what changes. */
  subscribe(onEnd: () => void): Subscription;
  /** Sections that are new; what is the same as before, by reference or as JSON, is not sent. Objects given here must not be changed afterwards. */
  publish(sections: Partial<T>): void;
  readonly readers: ReadonlySet<Reader>;
}

interface Section {
  value: unknown;
  json: string;
}

/**
 * @param toJson turns a section into JSON; a shared one remembers, so that a section in several views is written once
 */
export function createChannel<T extends object>(epoch: string, state: T, backlog: Backlog, toJson: (value: unknown) => string | undefined): Channel<T> {
  const sections = new Map<string, Section>();
  const readers = new Set<Reader>();
  let sequence = 0;
  let full: Message | null = null;

  function change(given: Partial<T>): string[] {
    const changed: string[] = [];
    for (const [name, value] of Object.entries(given)) {
      const present = sections.get(name);
      if (present?.value === value) continue;
      const json = toJson(value);
      if (json === undefined) continue;
      sections.set(name, { value, json });
      if (present?.json !== json) changed.push(name);
    }
    return changed;
  }

  const toObject = (names: Iterable<string>): string => `{${[...names].map((name) => `${JSON.stringify(name)}:${sections.get(name)?.json}`).join(",")}}`;
  const toId = () => `${epoch}.${sequence}`;
  const latest = (): Message => {
    full ??= { event: "state", id: toId(), data: toObject(sections.keys()) };
    return full;
  };

  change(state);
  return {
    readers,
    subscribe(onEnd) {
      const reader = createReader(backlog, latest, () => {
        readers.delete(reader);
        onEnd();
      });
      readers.add(reader);
      return reader.subscription;
    },
    publish(given) {
      const changed = change(given);
      if (changed.length === 0) return;
      sequence++;
      full = null;
      if (readers.size === 0) return;
      const patch: Message = { event: "patch", id: toId(), data: toObject(changed) };
      for (const reader of [...readers]) reader.offer(patch);
    },
  };
}
