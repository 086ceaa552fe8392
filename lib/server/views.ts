import type { StreamPatch } from "@/lib/api/patch";
import type { View } from "@/lib/api/requests";
import type { LiveState, SourceStatus } from "@/lib/api/state";
import { createKialiConnector, type KialiConnector } from "@/lib/kiali/connector";
import { createGraphPoll } from "@/lib/kiali/poll";
import { toGraphChange } from "@/lib/mesh/graph-change";
import { addToHistory } from "@/lib/mesh/history";
import type { ObservedGraph } from "@/lib/mesh/observed";
import { createHub } from "@/lib/stream/hub";
import { type StateParts, toViewState, type ViewSource } from "./view-state";

/** The server's clock goes out this often, also as the sign of life, ms; ages and windows are looked at anew then. */
const CLOCK_INTERVAL = 5_000;
/** Changes within this time become one composition, ms: a hundred calls a second are not a hundred pictures. */
const GATHER = 60;

interface OpenView {
  view: View;
  source: ViewSource;
  publish(sections: Partial<LiveState>): void;
}

/** One composition per distinct view, whoever watches it; Kiali is polled only while somebody does. */
export function createViews({ parts, kialiUrl }: { parts: () => StateParts; kialiUrl: string | null }) {
  const kiali: KialiConnector | null = kialiUrl === null ? null : createKialiConnector({ url: kialiUrl });
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
      const entry: OpenView = { view, source: last.get(key) ?? toUnread(kialiUrl), publish };
      open.set(key, entry);
      const poll =
        kiali === null
          ? null
          : createGraphPoll({
              connect: (signal) => kiali.connect(signal),
              view: { namespaces: view.namespaces, windowSeconds: view.window },
              onGraph(observed: ObservedGraph) {
                entry.source = { ...entry.source, observed };
                publishAll();
              },
              onState(status) {
                const changed = status.state !== entry.source.status.state || status.reason !== entry.source.status.reason;
                entry.source = { ...entry.source, status };
                if (changed) publishAll();
              },
            });
      poll?.start();
      return {
        state: composeOpen(entry),
        close() {
          poll?.stop();
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
    get kiali() {
      return { url: kiali?.current?.url ?? null, version: kiali?.current?.version ?? null };
    },
    subscribe: (view: View) => hub.subscribe(toKey(view)),
    read: (view: View): LiveState => compose(view, open.get(toKey(view))?.source ?? last.get(toKey(view)) ?? toUnread(kialiUrl)),
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
      await kiali?.close();
    },
  };
}
export type Views = ReturnType<typeof createViews>;

const toKey = ({ namespaces, window }: View): string => `${namespaces.join(",")}@${window}`;

function parseKey(key: string): View {
  const [namespaces = "", window = ""] = key.split("@");
  return { namespaces: namespaces.split(","), window: Number(window) };
}

function toUnread(kialiUrl: string | null): ViewSource {
  return { observed: null, status: kialiUrl === null ? toAbsent() : toConnecting(), history: [] };
}

function toConnecting(): SourceStatus {
  return { state: "connecting", reason: null, since: Date.now(), lastGood: null, nextTry: null };
}

function toAbsent(): SourceStatus {
  return {
    state: "absent",
    reason: "No address of Kiali was given; the graph shows workloads and own calls only.",
    since: Date.now(),
    lastGood: null,
    nextTry: null,
  };
}
