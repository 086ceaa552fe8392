import { setMaxListeners } from "node:events";
import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { sleep } from "./deadline";
import type { Discovery } from "./discovery";
import {
  BadAnswerError,
  ClusterUnreachableError,
  ForbiddenError,
  GoneError,
  InvalidError,
  KubernetesError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  UnauthorizedError,
} from "./errors";
import { PAGE, readPages } from "./list-pages";
import { type Change, createObjectSet } from "./object-set";
import { type ResourceType, toPath, withQuery } from "./paths";
import { createBackoff } from "./retry-gate";
import { toEventError } from "./status";
import { toTransportProblem } from "./transport-problem";
import { createEventReader } from "./watch-events";
import { createStateKeeper, type WatchState } from "./watch-state";

export interface WatchTiming {
  /** Length of one watch request as asked of the server, seconds, ±10 %. */
  timeoutSeconds: number;
  /** Without a byte for so long the connection counts as dead; bookmarks come about once a minute. */
  silenceMs: number;
  /**
   * After so long since the last list, the next end of a stream is followed by a list, which proves the set right; of a collection of many pages
   * so many times longer, so that the proof costs the server no more.
   */
  resyncMs: number;
  /** Between tries for what the server refuses (403) or does not have (404). */
  slowRetryMs: number;
  /** A stream that ended sooner than this counts as trouble. */
  shortStreamMs: number;
}

export const WATCH_TIMING: WatchTiming = { timeoutSeconds: 240, silenceMs: 75_000, resyncMs: 180_000, slowRetryMs: 60_000, shortStreamMs: 1000 };

export interface WatchOptions<T> {
  connection: KubernetesConnection;
  kind: string;
  /** Path of the collection, without query. Asked again before each list. */
  path: string | ((signal: AbortSignal) => Promise<string>);
  /** Keeps what is needed of an object; null = it cannot be used. */
  toDomain(object: unknown): T | null;
  /** All objects after a change, and what changed. Called once after the first list even when that is empty. */
  onChange(items: ReadonlyMap<string, T>, changes: readonly Change<T>[]): void;
  onState(state: WatchState): void;
  signal: AbortSignal;
  timing?: Partial<WatchTiming>;
}

const bookmarkShape = z.object({ metadata: z.object({ resourceVersion: z.string().min(1) }) });

const BROKEN_IN_A_ROW = 3;

/**
 * Lists the objects of one kind and follows their changes until the signal fires; resolves then. Every failure ends in `onState` and
 * another try: the outage of the server behind the connection's gate, what concerns this kind alone with pauses of its own.
 */
export async function watchObjects<T>(options: WatchOptions<T>): Promise<void> {
  const { connection, signal } = options;
  const { gate } = connection;
  // One signal ends the watches of all kinds.
  setMaxListeners(0, signal);
  const timing = { ...WATCH_TIMING, ...options.timing };
  const set = createObjectSet<T>(options);
  let brokenLines = 0;
  const state = createStateKeeper(() => set.skipped + brokenLines, options.onState);
  const trouble = createBackoff();
  /** resourceVersion to go on from; null = list first. */
  let version: string | null = null;
  let path = "";
  let listedAt = 0;
  let troubled = false;

  const good = () => {
    state.heard();
    state.set("ok");
    gate.succeed();
  };

  const list = async () => {
    path = typeof options.path === "string" ? options.path : await options.path(signal);
    const reading = set.startList();
    version = await readPages(connection, { path, signal, onPage: reading.add });
    const first = listedAt === 0;
    listedAt = Date.now();
    const changes = reading.finish();
    good();
    if (first || changes.length > 0) options.onChange(set.items(), changes);
  };

  /** Follows one stream to its end. */
  const follow = async (from: string) => {
    const streamPath = withQuery(path, {
      watch: true,
      resourceVersion: from,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.round(timing.timeoutSeconds * (0.9 + 0.2 * Math.random())),
    });
    const silence = new AbortController();
    const stop = () => silence.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    let timer: NodeJS.Timeout | undefined;
    try {
      const stream = await connection.openStream({ path: streamPath, signal: silence.signal });
      good();
      const read = createEventReader();
      let brokenInARow = 0;
      timer = setTimeout(() => silence.abort(), timing.silenceMs);
      for await (const chunk of stream) {
        timer.refresh();
        state.heard();
        const changes: Change<T>[] = [];
        try {
          for (const event of read(chunk)) {
            if (event.type === "BROKEN") {
              brokenLines++;
              if (++brokenInARow < BROKEN_IN_A_ROW) continue;
              version = null;
              throw new BadAnswerError("GET", streamPath, `${BROKEN_IN_A_ROW} unusable lines in a row, the last ${event.problem}`);
            }
            brokenInARow = 0;
            if (event.type === "ERROR") throw toEventError({ method: "GET", path: streamPath }, event.object);
            const seen = bookmarkShape.safeParse(event.object);
            if (seen.success) version = seen.data.metadata.resourceVersion;
            calm();
            if (event.type === "BOOKMARK") continue;
            const change = event.type === "DELETED" ? set.remove(event.object) : set.put(event.object);
            if (change) changes.push(change);
          }
        } finally {
          if (changes.length > 0) options.onChange(set.items(), changes);
        }
      }
    } catch (error) {
      // Silence is no failure of the server's: the stream is opened again where it was.
      if (silence.signal.aborted && !signal.aborted) return;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  };

  const calm = () => {
    troubled = false;
    trouble.reset();
  };

  /** The first trouble with this kind alone is met at once; while it lasts, with growing pauses. */
  const pauseIfTroubled = async () => {
    if (troubled) await sleep(trouble.next(), signal);
    troubled = true;
  };

  const waitForServer = (standing: WatchState["state"], reason: string, waitMs = 0) => {
    gate.fail(waitMs);
    state.set(standing, reason, gate.nextTry);
  };

  const recover = async (error: unknown) => {
    const lost = state.current.lastGood === null ? "down" : "stale";
    if (error instanceof ForbiddenError || error instanceof NotFoundError) {
      gate.succeed();
      version = null;
      const wait = timing.slowRetryMs * (0.9 + 0.2 * Math.random());
      if (error instanceof NotFoundError) {
        const changes = set.clear();
        if (changes.length > 0) options.onChange(set.items(), changes);
      }
      const standing = error instanceof ForbiddenError ? "forbidden" : "absent";
      state.set(standing, standing === "absent" ? `The server has no ${options.kind} objects: ${error.message}` : error.message, Date.now() + wait);
      return sleep(wait, signal);
    }
    if (error instanceof GoneError) {
      gate.succeed();
      version = null;
      return pauseIfTroubled();
    }
    if (error instanceof UnauthorizedError) return waitForServer("forbidden", error.message);
    if (error instanceof TooManyRequestsError) return waitForServer(lost, error.message, error.retryAfter * 1000);
    if (error instanceof ServerError) return waitForServer("down", error.message, (error.retryAfter ?? 0) * 1000);
    if (error instanceof BadAnswerError || error instanceof InvalidError) {
      gate.succeed();
      if (troubled) state.set("down", error.message);
      return pauseIfTroubled();
    }
    // A server that comes back may have lost its history; asked to go on from a version it has not reached, it stays silent. So: list.
    version = null;
    if (error instanceof ClusterUnreachableError) return waitForServer("down", error.message);
    const problem = error instanceof KubernetesError ? error.message : `The watch of ${options.kind} objects broke: ${toTransportProblem(error)}`;
    return waitForServer(lost, problem);
  };

  while (!signal.aborted) {
    try {
      await gate.enter(signal);
      if (version === null || Date.now() - listedAt > timing.resyncMs * Math.max(1, set.size / PAGE)) await list();
      const startedAt = Date.now();
      if (version !== null) await follow(version);
      if (Date.now() - startedAt < timing.shortStreamMs) await pauseIfTroubled();
      else calm();
    } catch (error) {
      if (signal.aborted) break;
      await recover(error).catch(() => undefined);
    }
  }
  // Whoever was let through a closed gate must report, or nobody else gets a turn.
  if (!gate.open) gate.fail();
}

/** Watches a resource in the version its server prefers, in one namespace or in all. */
export function watchResource<T>(
  options: Omit<WatchOptions<T>, "path" | "kind"> & { discovery: Discovery; resource: ResourceType; namespace?: string; fieldSelector?: string },
): Promise<void> {
  const { discovery, resource, namespace, fieldSelector } = options;
  return watchObjects({
    ...options,
    kind: resource.kind,
    path: async (signal) => {
      const version = await discovery.versionOf(resource, signal);
      return toPath({ group: resource.group, version, plural: resource.plural, ...(namespace === undefined ? {} : { namespace }) }, { fieldSelector });
    },
    onState(state) {
      if (state.state === "absent") discovery.forget(resource);
      options.onState(state);
    },
  });
}
