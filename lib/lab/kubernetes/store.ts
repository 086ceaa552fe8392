import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { KubeManifest, KubeObject, ResourceKey, Store, StoreEvent } from "../objects";
import { withServerDefaults } from "./defaults";
import { deepFreeze } from "./json";
import { findResource } from "./resources";
import { toTimestamp } from "./time";

/** A change as watches need it: its revision, and the object before it, which tells whether a selector stopped matching. */
export interface LabEvent extends StoreEvent {
  revision: number;
  previous?: KubeObject;
}

export interface LabStore extends Store {
  /** The resourceVersion of the last change; a list taken now shows exactly this state. */
  currentRevision(): number;
  /** Changes after a revision, oldest first. @throws RevisionExpiredError when the history no longer reaches back so far */
  eventsAfter(revision: number): readonly LabEvent[];
  /** Stores an object that is complete but for its resourceVersion, which the store assigns. */
  save(resource: ResourceKey, object: KubeObject): KubeObject;
  subscribe(listener: (event: LabEvent) => void): () => void;
  now(): Date;
}

export class RevisionExpiredError extends Error {
  override readonly name = "RevisionExpiredError";
  constructor(
    readonly revision: number,
    readonly oldest: number,
  ) {
    super(`too old resource version: ${revision} (${oldest})`);
  }
}

/** A real API server has spent its first revisions on objects of its own before anybody else writes; small numbers are long gone. */
const FIRST_REVISION = 256;
const HISTORY_LENGTH = 2_000;

export function createStore({ now = () => new Date() }: { now?: () => Date } = {}): LabStore {
  const collections = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(event: LabEvent) => void>();
  const history: LabEvent[] = [];
  const undelivered: LabEvent[] = [];
  let revision = FIRST_REVISION;
  let oldest = FIRST_REVISION;
  let delivering = false;

  const toKey = (namespace: string | undefined, name: string) => (namespace ? `${namespace}/${name}` : name);
  const toCollection = ({ group, plural }: ResourceKey) => {
    const id = `${group}/${plural}`;
    const found = collections.get(id);
    if (found) return found;
    const created = new Map<string, KubeObject>();
    collections.set(id, created);
    return created;
  };

  /** A listener may write; its change is delivered after the one at hand has reached everybody. One that throws does not starve the others. */
  function deliver(event: LabEvent): void {
    history.push(event);
    if (history.length > HISTORY_LENGTH) oldest = history.shift()?.revision ?? oldest;
    undelivered.push(event);
    if (delivering) return;
    delivering = true;
    const failures: unknown[] = [];
    for (let next = undelivered.shift(); next; next = undelivered.shift()) {
      for (const listener of [...listeners]) {
        try {
          listener(next);
        } catch (error) {
          failures.push(error);
        }
      }
    }
    delivering = false;
    if (failures.length > 0) throw new AggregateError(failures, "a listener of the store failed");
  }

  function save(resource: ResourceKey, object: KubeObject): KubeObject {
    const key = toKey(object.metadata.namespace, object.metadata.name);
    const collection = toCollection(resource);
    const previous = collection.get(key);
    revision++;
    const saved = deepFreeze(structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }));
    collection.set(key, saved);
    deliver({ type: previous ? "MODIFIED" : "ADDED", resource, object: saved, revision, ...(previous ? { previous } : {}) });
    return saved;
  }

  function get(resource: ResourceKey, namespace: string | undefined, name: string): KubeObject | undefined {
    return toCollection(resource).get(toKey(namespace, name));
  }

  return {
    get,
    save,
    now,
    currentRevision: () => revision,

    list(resource, namespace) {
      const all = [...toCollection(resource).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
      return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
    },

    put(resource, manifest) {
      const existing = get(resource, manifest.metadata.namespace, manifest.metadata.name);
      const object = toStoredObject(resource, manifest, existing, now());
      const unchanged =
        existing && isDeepStrictEqual({ ...object, metadata: { ...object.metadata, resourceVersion: existing.metadata.resourceVersion } }, existing);
      return unchanged ? existing : save(resource, object);
    },

    remove(resource, namespace, name) {
      const previous = get(resource, namespace, name);
      if (!previous) return undefined;
      toCollection(resource).delete(toKey(namespace, name));
      revision++;
      const object = deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } });
      deliver({ type: "DELETED", resource, object, revision, previous });
      return object;
    },

    eventsAfter(after) {
      if (after < oldest) throw new RevisionExpiredError(after, oldest);
      return history.filter((event) => event.revision > after);
    },

    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Fills in what the server owns: what an earlier version of the object had stays, what is new is made up. */
function toStoredObject(resource: ResourceKey, manifest: KubeManifest, existing: KubeObject | undefined, now: Date): KubeObject {
  const given: Partial<KubeObject["metadata"]> = manifest.metadata;
  const earlier = existing?.metadata;
  const object = withServerDefaults(resource, {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      uid: earlier?.uid ?? given.uid ?? randomUUID(),
      resourceVersion: "",
      creationTimestamp: earlier?.creationTimestamp ?? given.creationTimestamp ?? toTimestamp(now),
    },
  });
  const managedFields = given.managedFields ?? earlier?.managedFields;
  if (managedFields) object.metadata.managedFields = managedFields;
  if (findResource(resource)?.hasGeneration) object.metadata.generation = toGeneration(existing, object);
  return object;
}

/** metadata.generation after a write: it counts changes of what is wanted, not of labels or status. */
export function toGeneration(existing: KubeObject | undefined, object: KubeObject): number {
  if (!existing) return 1;
  const desired = ({ metadata: _metadata, status: _status, apiVersion: _apiVersion, kind: _kind, ...rest }: KubeObject) => rest;
  const generation = existing.metadata.generation ?? 1;
  return isDeepStrictEqual(desired(existing), desired(object)) ? generation : generation + 1;
}
