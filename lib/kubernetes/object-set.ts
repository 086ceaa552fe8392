import { z } from "zod";

/** Just enough of an object to know which one it is. */
const identityShape = z.looseObject({
  kind: z.string().optional(),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().optional(), resourceVersion: z.string().default("") }),
});

export interface Change<T> {
  type: "added" | "modified" | "deleted";
  key: string;
  item: T;
}

/** The objects of one watch, by `namespace/name` (or `name`), kept as domain objects. */
export interface ObjectSet<T> {
  /** A snapshot; it does not change when the set does. */
  items(): ReadonlyMap<string, T>;
  readonly size: number;
  /** Takes a complete list page by page; what it does not hold is deleted at its end. The set stays as it is until then. */
  startList(): { add(objects: readonly unknown[]): void; finish(): Change<T>[] };
  put(object: unknown): Change<T> | null;
  remove(object: unknown): Change<T> | null;
  clear(): Change<T>[];
  /** Objects that could not be used. */
  readonly skipped: number;
}

export interface ObjectSetOptions<T> {
  /** Objects of another kind are skipped; items of a list may leave theirs out. */
  kind: string;
  /** null (or an exception) = the object cannot be used. */
  toDomain(object: unknown): T | null;
}

export function createObjectSet<T>({ kind, toDomain }: ObjectSetOptions<T>): ObjectSet<T> {
  let entries = new Map<string, { version: string; item: T }>();
  let skipped = 0;

  const read = (object: unknown): { key: string; version: string } | null => {
    const identity = identityShape.safeParse(object);
    if (!identity.success || (identity.data.kind !== undefined && identity.data.kind !== kind)) return null;
    const { namespace, name, resourceVersion } = identity.data.metadata;
    return { key: namespace ? `${namespace}/${name}` : name, version: resourceVersion };
  };

  const convert = (object: unknown): T | null => {
    try {
      return toDomain(object);
    } catch {
      return null;
    }
  };

  /** Compares with what is known and stores into `target`. */
  const store = (object: unknown, target: Map<string, { version: string; item: T }>): Change<T> | null => {
    const found = read(object);
    const known = found && entries.get(found.key);
    if (found && known && known.version === found.version && found.version !== "") {
      target.set(found.key, known);
      return null;
    }
    const item = found && convert(object);
    if (!found || item === null) {
      skipped++;
      // What was last understood of it stays; a later event or list may be readable again.
      if (found && known) target.set(found.key, known);
      return null;
    }
    target.set(found.key, { version: found.version, item });
    return { type: known ? "modified" : "added", key: found.key, item };
  };

  const deleted = (key: string, item: T): Change<T> => ({ type: "deleted", key, item });

  return {
    items: () => new Map(Array.from(entries, ([key, { item }]) => [key, item])),
    get size() {
      return entries.size;
    },
    startList() {
      const next = new Map<string, { version: string; item: T }>();
      const changes: Change<T>[] = [];
      return {
        add(objects) {
          for (const object of objects) {
            const change = store(object, next);
            if (change !== null) changes.push(change);
          }
        },
        finish() {
          for (const [key, { item }] of entries) if (!next.has(key)) changes.push(deleted(key, item));
          entries = next;
          return changes;
        },
      };
    },
    put: (object) => store(object, entries),
    remove(object) {
      const found = read(object);
      const known = found && entries.get(found.key);
      if (!found) skipped++;
      if (!found || !known) return null;
      entries.delete(found.key);
      return deleted(found.key, known.item);
    },
    clear() {
      const changes = Array.from(entries, ([key, { item }]) => deleted(key, item));
      entries = new Map();
      return changes;
    },
    get skipped() {
      return skipped;
    },
  };
}
