import type { StreamPatch } from "@/lib/api/patch";
import type { View } from "@/lib/api/requests";
import type { LiveState } from "@/lib/api/state";
import { createGraphPoll, type GraphPoll, type GraphPollState } from "@/lib/kiali/poll";
import { toGraphChange } from "@/lib/mesh/graph-change";
import { addToHistory } from "@/lib/mesh/history";
import type { ObservedGraph } from "@/lib/mesh/observed";
import { createHub } from "@/lib/stream/hub";
import type { KialiSource } from "./kiali-source";
import { type StateParts, toViewState, type ViewSource } from "./view-state";

/** The server's clock goes out this often, also as the sign of life, ms; ages and windows are looked at anew then. */
const CLOCK_INTERVAL = 5_000;
/** Changes within this time become one composition, ms: a hundred calls a second are not a hundred pictures. */
const GATHER = 60;

interface OpenView {
  view: View;
  source: ViewSource;
  poll: GraphPoll;
  publish(sections: Partial<LiveState>): void;
}

/** One composition per distinct view, whoever watches it; Kiali is polled only while somebody does. */
export function createViews({ parts, kiali }: { parts: () => StateParts; kiali: KialiSource }) {
  const open = new Map<string, OpenView>();
  const last = new Map<string, ViewSource>();
  let gathering: NodeJS.Timeout | undefined;

  const compose = (view: View, source: ViewSource): LiveState => toViewState(parts(), view, source, Date.now());
  /** Whoever watches a view also writes its history. */
  const composeOpen = (entry: OpenView): LiveState => {
    const state = compose(entry.view, entry.source);
    const history = addToHistory(entry.source.history, state.graph);
    entry.source = { ...entry.source, history };
    return { ...state, history };
  };
  const publishAll = () => {
    clearTimeout(gathering);
    gathering = undefined;
    for (const each of open.values()) each.publish(composeOpen(each));
  };
  const hub = createHub<LiveState>({
    changes: { graph: { as: "graphChange" satisfies keyof StreamPatch, toChange: toGraphChange } },
    open(key, publish) {
      const view = parseKey(key);
      const poll = createGraphPoll({
        connect: (signal) => kiali.connector.connect(signal),
        view: { namespaces: view.namespaces, windowSeconds: view.window },
        gate: kiali.gate,
        onGraph(observed: ObservedGraph) {
          entry.source = { ...entry.source, observed };
          publishAll();
        },
        onState(status) {
          const changed = status.state !== entry.source.poll.state || status.reason !== entry.source.poll.reason;
          entry.source = { ...entry.source, poll: status };
          if (changed) publishAll();
        },
        onFailure(error) {
          for (const other of open.values()) if (other !== entry) other.poll.hear(error);
        },
      });
      const entry: OpenView = { view, source: last.get(key) ?? toUnread(), poll, publish };
      open.set(key, entry);
      poll.start();
      return {
        state: composeOpen(entry),
        close() {
          poll.stop();
          open.delete(key);
          // Kept for who comes back soon: better old figures with their age than none.
          last.set(key, entry.source);
          if (last.size > 50) last.delete(last.keys().next().value ?? "");
        },
      };
    },
  });
  const ticking = setInterval(publishAll, CLOCK_INTERVAL);
  ticking.unref();

  return {
    hub,
    subscribe: (view: View) => hub.subscribe(toKey(view)),
    read: (view: View): LiveState => compose(view, open.get(toKey(view))?.source ?? last.get(toKey(view)) ?? toUnread()),
    /** Something has changed: composed once for all that happened in the next moment. */
    changed(): void {
      gathering ??= setTimeout(publishAll, GATHER);
    },
    /** A change people wait for, like a policy: composed now. */
    changedNow: publishAll,
    async close(reason: string): Promise<void> {
      clearInterval(ticking);
      clearTimeout(gathering);
      await hub.closeAll(reason);
      await kiali.close();
    },
  };
}
export type Views = ReturnType<typeof createViews>;

const toKey = ({ namespaces, window }: View): string => `${namespaces.join(",")}@${window}`;

function parseKey(key: string): View {
  const [namespaces = "", window = ""] = key.split("@");
  return { namespaces: namespaces.split(","), window: Number(window) };
}

function toUnread(): ViewSource {
  const poll: GraphPollState = { state: "connecting", reason: null, culprit: null, since: Date.now(), lastGood: null, lastAnswer: null, nextTry: null };
  return { observed: null, poll, history: [] };
}
