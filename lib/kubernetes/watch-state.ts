/** How a watch stands with its source. The last good objects stay whatever the state. */
export interface WatchState {
  /** `stale`: the stream ended and is being opened again; `down`: opening it failed; `absent`: the server has no such resource. */
  state: "connecting" | "ok" | "stale" | "down" | "forbidden" | "absent";
  /** A sentence a person can act on; null when connecting or ok. */
  reason: string | null;
  /** Epoch ms at which this state began. */
  since: number;
  /** Epoch ms at which the source was last heard; null = never. */
  lastGood: number | null;
  /** Epoch ms of the next try; null when none is planned. */
  nextTry: number | null;
  /** Lines and objects that could not be used, since the start. */
  skipped: number;
}

export interface StateKeeper {
  readonly current: WatchState;
  /** Notes that the source was heard, without telling anybody. */
  heard(): void;
  set(state: WatchState["state"], reason?: string, nextTry?: number | null): void;
}

/** @param skipped asked whenever a state is told */
export function createStateKeeper(skipped: () => number, tell: (state: WatchState) => void): StateKeeper {
  let current: WatchState = { state: "connecting", reason: null, since: Date.now(), lastGood: null, nextTry: null, skipped: 0 };
  return {
    get current() {
      return { ...current, skipped: skipped() };
    },
    heard() {
      current.lastGood = Date.now();
    },
    set(state, reason, nextTry = null) {
      const next = { ...current, state, reason: reason ?? null, nextTry, since: state === current.state ? current.since : Date.now() };
      const same = next.state === current.state && next.reason === current.reason && next.nextTry === current.nextTry;
      current = next;
      if (!same) tell({ ...next, skipped: skipped() });
    },
  };
}
