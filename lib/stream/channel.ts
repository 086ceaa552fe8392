import { type Backlog, createReader, type Message, type Reader, type Subscription } from "./subscription";

/** The state of one view and those who follow it. */
export interface Channel<T extends object> {
  /** Gives the full state first, then what changes. */
  subscribe(onEnd: () => void): Subscription;
  /** Sections that are new; what is the same as before, by reference or as JSON, is not sent. Objects given here must not be changed afterwards. */
  publish(sections: Partial<T>): void;
  readonly readers: ReadonlySet<Reader>;
}

/** Says how a large section became what it is now, in fewer words than the whole of it. */
export interface SectionChange<Value> {
  /** The name under which a patch has it, instead of the section's own. */
  as: string;
  /** @returns null where only the whole will do */
  toChange(before: Value, after: Value): object | null;
}

export type SectionChanges<T extends object> = { [Name in keyof T]?: SectionChange<T[Name]> };

interface Section {
  value: unknown;
  json: string;
}

/** A change that is nearly as long as the whole only makes work for the reader. */
const WORTH = 0.5;

/**
 * @param toJson turns a section into JSON; a shared one remembers, so that a section in several views is written once
 */
export function createChannel<T extends object>(
  epoch: string,
  state: T,
  backlog: Backlog,
  toJson: (value: unknown) => string | undefined,
  changes: SectionChanges<T> = {},
): Channel<T> {
  const sections = new Map<string, Section>();
  const readers = new Set<Reader>();
  let sequence = 0;
  let full: Message | null = null;

  /** @returns by name what each changed section was; undefined for a new one */
  function change(given: Partial<T>): Map<string, unknown> {
    const changed = new Map<string, unknown>();
    for (const [name, value] of Object.entries(given)) {
      const present = sections.get(name);
      if (present?.value === value) continue;
      const json = toJson(value);
      if (json === undefined) continue;
      sections.set(name, { value, json });
      if (present?.json !== json) changed.set(name, present?.value);
    }
    return changed;
  }

  const toWhole = (name: string): string => `${JSON.stringify(name)}:${sections.get(name)?.json}`;

  /** A reader of a patch has everything before it: it was given the whole and no patch since is missing. */
  function toPart(name: string, before: unknown): string {
    const how = changes[name as keyof T] as SectionChange<unknown> | undefined;
    const section = sections.get(name);
    const made = how && section && before !== undefined ? how.toChange(before, section.value) : null;
    const json = made && JSON.stringify(made);
    return json && how && section && json.length < section.json.length * WORTH ? `${JSON.stringify(how.as)}:${json}` : toWhole(name);
  }

  const toObject = (parts: Iterable<string>): string => `{${[...parts].join(",")}}`;
  const toId = () => `${epoch}.${sequence}`;
  const latest = (): Message => {
    full ??= { event: "state", id: toId(), data: toObject([...sections.keys()].map(toWhole)) };
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
      if (changed.size === 0) return;
      sequence++;
      full = null;
      if (readers.size === 0) return;
      const patch: Message = { event: "patch", id: toId(), data: toObject([...changed].map(([name, before]) => toPart(name, before))) };
      for (const reader of [...readers]) reader.offer(patch);
    },
  };
}
