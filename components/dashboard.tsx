"use client";

import dynamic from "next/dynamic";
import { useEffect, useMemo, useState } from "react";
import type { LiveState } from "@/lib/api/state";
import { Announcer } from "./frame/announcer";
import { Button, Key } from "./frame/button";
import { type Action, toAction } from "./frame/keys";
import { KeysDialog } from "./frame/keys-dialog";
import { Legend } from "./frame/legend";
import { Notice } from "./frame/notice";
import { PostureLine } from "./frame/posture-line";
import { TopBar } from "./frame/top-bar";
import { useView } from "./frame/use-view";
import { type Live, useLiveState } from "./live/use-live-state";
import { PolicyAct, useSwitch } from "./panel/policy-act";
import { ResetDialog } from "./panel/reset-dialog";
import { TrafficAct, useRuns } from "./panel/traffic-act";
import { useProbe, ValidateAct } from "./panel/validate-act";
import { Projector } from "./projector/projector";
import { TrafficTable } from "./table/traffic-table";
import { useResolvedTheme } from "./theme/use-resolved-theme";
import { toAge } from "./words/age";
import { useNow } from "./words/use-now";

/** The graph's code is half of all script: it comes after the first paint. */
const GraphStage = dynamic(() => import("./graph/graph-stage").then((module) => module.GraphStage), {
  ssr: false,
  loading: () => <p className="p-6 text-muted">Loading the graph …</p>,
});

export function Dashboard({ initialQuery }: { initialQuery: string }) {
  const [view, changeView] = useView(initialQuery);
  const streamView = useMemo(() => ({ namespaces: [view.namespace], window: view.window }), [view.namespace, view.window]);
  const live = useLiveState(streamView);
  const now = useNow(live.clockOffset);
  const theme = useResolvedTheme();
  const [dialog, setDialog] = useState<"keys" | "reset" | null>(null);
  const [fits, setFits] = useState(0);
  const { state } = live;
  const switching = useSwitch(state);
  const runs = useRuns(state, live.page);
  const withSidecar = useProbe(state, "with-sidecar");
  const withoutSidecar = useProbe(state, "without-sidecar");

  const actions: Record<Action, () => void> = {
    "send-calls": () => runs.sendCalls(),
    "keep-sending": runs.toggleSending,
    "toggle-mode": () => switching.press(state?.switch.position === "STRICT" ? "PERMISSIVE" : "STRICT"),
    "call-without-sidecar": withoutSidecar.call,
    "call-with-sidecar": withSidecar.call,
    reset: () => setDialog("reset"),
    fit: () => {
      changeView({ viewport: null });
      setFits((count) => count + 1);
    },
    "switch-view": () => changeView({ view: view.view === "graph" ? "table" : "graph" }),
    projector: () => changeView({ mode: view.mode === "page" ? "projector" : "page" }),
    keys: () => setDialog("keys"),
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const name = toAction(event);
      if (name === null || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      actions[name]();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  const stale = toStaleReason(live, now);
  const graph = state !== null && (
    <GraphStage
      graph={state.graph}
      calls={state.calls.recent}
      stale={stale !== null}
      animate={view.animation}
      showLocks={view.security}
      theme={theme}
      size={view.mode === "projector" ? "projector" : "screen"}
      selected={view.selected}
      onSelect={(selected) => changeView({ selected })}
      viewport={view.viewport}
      onViewport={(viewport) => changeView({ viewport })}
      fitRequest={fits}
    />
  );
  const dialogs = state !== null && (
    <>
      <ResetDialog namespace={view.namespace} state={state} open={dialog === "reset"} onClose={() => setDialog(null)} />
      <KeysDialog open={dialog === "keys"} onClose={() => setDialog(null)} />
      <Announcer entries={state.journal} />
    </>
  );

  if (view.mode === "projector" && state !== null) {
    return (
      <>
        <Projector state={state} stale={stale} now={now} onLeave={() => changeView({ mode: "page" })}>
          {graph}
        </Projector>
        {dialogs}
      </>
    );
  }
  return (
    <div className="flex min-h-full flex-col lg:h-full" data-ready={state !== null}>
      <TopBar live={live} view={view} onView={changeView} onKeys={() => setDialog("keys")} now={now} />
      {stale !== null && state !== null && (
        <div role="alert" className="border-b border-line bg-surface px-6 py-2">
          <Notice look="problem">{stale}</Notice>
        </div>
      )}
      {state === null ? (
        <Waiting live={live} />
      ) : (
        <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
          <main className="flex min-h-0 min-w-0 flex-1 flex-col">
            <PostureLine posture={state.posture} now={now} view={view} onView={changeView} />
            <div className="relative min-h-[420px] flex-1 lg:min-h-0">
              {view.view === "graph" ? (
                graph
              ) : (
                <TrafficTable graph={state.graph} now={now} selected={view.selected} onSelect={(selected) => changeView({ selected })} />
              )}
            </div>
            <Legend className="px-6 py-3 text-[12.5px]" />
          </main>
          <SidePanel
            state={state}
            live={live}
            switching={switching}
            runs={runs}
            probes={{ "with-sidecar": withSidecar, "without-sidecar": withoutSidecar }}
            now={now}
            onReset={() => setDialog("reset")}
          />
        </div>
      )}
      {dialogs}
    </div>
  );
}

interface SidePanelProps {
  state: LiveState;
  live: Live;
  switching: ReturnType<typeof useSwitch>;
  runs: ReturnType<typeof useRuns>;
  probes: Record<"with-sidecar" | "without-sidecar", ReturnType<typeof useProbe>>;
  now: number;
  onReset: () => void;
}

/** The lab's order: policy, traffic, validate, and back to the start. */
function SidePanel({ state, live, switching, runs, probes, now, onReset }: SidePanelProps) {
  const lineDown = live.down !== null;
  return (
    <aside
      aria-label="The lab"
      className="flex shrink-0 flex-col gap-3.5 overflow-y-auto border-t border-line bg-surface px-5 py-4 lg:w-96 lg:border-t-0 lg:border-l"
    >
      <PolicyAct state={state} lineDown={lineDown} switching={switching} />
      <TrafficAct state={state} lineDown={lineDown} runs={runs} />
      <ValidateAct state={state} lineDown={lineDown} probes={probes} now={now} />
      <div className="mt-auto flex items-center pt-2">
        <Button onClick={onReset} disabled={lineDown}>
          Reset the lab <Key>R</Key>
        </Button>
      </div>
    </aside>
  );
}

function Waiting({ live }: { live: Live }) {
  return (
    <main className="p-6 text-muted" role="status">
      {live.down === null
        ? "Asking Padlock's server for the first state …"
        : `${live.down.reason} It may have been stopped: run npm start in its folder; this page comes back by itself.`}
    </main>
  );
}

/** One sentence on what is old on the screen, the nearest cause first; null when everything answers. */
function toStaleReason({ state, down }: Live, now: number): string | null {
  if (down !== null) return `${down.reason} What you see is ${toAge(Date.now() - down.since)} old; run npm start again if it was stopped.`;
  if (state === null) return null;
  for (const [name, words] of [
    ["kubernetes", "Kubernetes"],
    ["kiali", "Kiali"],
  ] as const) {
    const status = state.sources[name];
    if (status.state === "ok" || status.state === "connecting") continue;
    const age = status.lastGood === null ? "never answered" : `last answered ${toAge(now - status.lastGood)} ago`;
    return `${words} is ${status.state}: ${status.reason ?? "no reason was given"} It ${age}.`;
  }
  return null;
}
