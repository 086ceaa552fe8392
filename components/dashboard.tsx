"use client";

import { startTransition, useMemo, useState } from "react";
import { FindBar } from "./find/find-bar";
import { FindButton, NeighboursButton } from "./find/find-buttons";
import { toFilterWords } from "./find/find-words";
import { useFinding } from "./find/use-finding";
import { Announcer } from "./frame/announcer";
import { ConfirmTarget } from "./frame/confirm-target";
import { FailureBoundary } from "./frame/failure-boundary";
import { GraphBar } from "./frame/graph-bar";
import { GraphFailure } from "./frame/graph-failure";
import type { Action } from "./frame/keys";
import { KeysDialog } from "./frame/keys-dialog";
import { KialiLogin } from "./frame/kiali-login";
import { PostureLine } from "./frame/posture-line";
import { StaleBanner } from "./frame/stale-banner";
import { TargetLine } from "./frame/target-line";
import { TopBar } from "./frame/top-bar";
import { useKeys } from "./frame/use-keys";
import { useSingleKeys } from "./frame/use-single-keys";
import { useView } from "./frame/use-view";
import { Waiting } from "./frame/waiting";
import { toFoldPath } from "./graph/groups";
import { LazyGraphStage, prepareGraph } from "./graph/lazy-graph-stage";
import { isSameStyles, USUAL_STYLES } from "./graph/legend-entries";
import { Inspector } from "./inspector/inspector";
import { useLiveState } from "./live/use-live-state";
import { ResetDialog } from "./panel/reset-dialog";
import { SidePanel } from "./panel/side-panel";
import { useProbe } from "./panel/use-probe";
import { useRuns } from "./panel/use-runs";
import { useSwitch } from "./panel/use-switch";
import { enterFullScreen, leaveFullScreen } from "./projector/full-screen";
import { Projector } from "./projector/projector";
import { Strip } from "./strip/strip";
import { TrafficTable } from "./table/traffic-table";
import { useResolvedTheme } from "./theme/use-resolved-theme";
import { isTrafficStale, toStaleness } from "./words/stale-reason";
import { useNow } from "./words/use-now";

if (typeof window !== "undefined") setTimeout(prepareGraph);

/** The last that was there, while the next is on its way. */
function useLatest<T>(value: T | null): T | null {
  const [latest, setLatest] = useState(value);
  if (value !== null && value !== latest) setLatest(value);
  return value ?? latest;
}

export function Dashboard({ initialQuery }: { initialQuery: string }) {
  const [view, changeView] = useView(initialQuery);
  const streamView = useMemo(() => ({ namespaces: [view.namespace], window: view.window }), [view.namespace, view.window]);
  const live = useLiveState(streamView);
  const now = useNow(live.clockOffset);
  const theme = useResolvedTheme();
  const [singleKeys] = useSingleKeys();
  const [dialog, setDialog] = useState<"keys" | "reset" | null>(null);
  const [fits, setFits] = useState(0);
  const state = useLatest(live.state);
  // What is on screen is another view's until the first state of the chosen one comes: it may be looked at, not acted on.
  const lineDown = live.down !== null || live.state === null;
  const finding = useFinding(state?.graph ?? null, view);
  const [styles, setStyles] = useState(USUAL_STYLES);
  const [reveal, setReveal] = useState<{ id: string } | null>(null);
  const switching = useSwitch(live.state);
  const runs = useRuns(live.state, live.page);
  const withSidecar = useProbe(live.state, "with-sidecar");
  const withoutSidecar = useProbe(live.state, "without-sidecar");
  const closeDialog = () => setDialog(null);

  const enterProjector = () => {
    enterFullScreen();
    changeView({ mode: "projector" });
  };
  const leaveProjector = () => {
    leaveFullScreen();
    changeView({ mode: "page" });
  };
  const isProjector = view.mode === "projector";
  const fitAll = () => {
    changeView({ viewport: null });
    setFits((count) => count + 1);
  };
  const selectedNode = state?.graph.nodes.find(({ id }) => id === view.selected)?.id ?? null;
  const focusOn = (focus: string | null) => {
    changeView({ focus });
    fitAll();
  };
  const actions: Record<Action, () => void> = {
    "send-calls": () => runs.sendCalls(),
    "keep-sending": runs.toggleSending,
    "toggle-mode": () => switching.press(state?.switch.position === "STRICT" ? "PERMISSIVE" : "STRICT"),
    "call-without-sidecar": withoutSidecar.call,
    "call-with-sidecar": withSidecar.call,
    reset: () => setDialog("reset"),
    fit: fitAll,
    find: () => isProjector || finding.ask(),
    neighbours: () => (view.focus !== null ? focusOn(null) : selectedNode !== null && focusOn(selectedNode)),
    // The projector is the graph; its view is not changed behind it.
    "switch-view": () => isProjector || changeView({ view: view.view === "graph" ? "table" : "graph" }),
    projector: isProjector ? leaveProjector : enterProjector,
    close: () => (view.selected !== null ? changeView({ selected: null }) : isProjector && leaveProjector()),
    keys: () => setDialog("keys"),
  };
  useKeys(actions, singleKeys);

  const down = live.down === null ? null : { ...live.down, since: live.down.since + live.clockOffset };
  const staleness = toStaleness(state, down);
  const keysDialog = <KeysDialog open={dialog === "keys"} onClose={closeDialog} />;
  if (state === null) {
    return (
      <div className="flex min-h-dvh flex-col" data-ready="false">
        <TopBar state={state} down={live.down} view={view} onView={changeView} onProjector={enterProjector} onKeys={() => setDialog("keys")} now={now} />
        <Waiting down={live.down} />
        {keysDialog}
      </div>
    );
  }

  const trafficStale = isTrafficStale(state, live.down);
  const select = (selected: string | null) => changeView({ selected });
  const graph = (
    <FailureBoundary instead={(message, again) => <GraphFailure message={message} onAgain={again} />}>
      <LazyGraphStage
        graph={finding.filtered.graph}
        folded={finding.folded}
        now={now}
        posture={state.posture}
        note={toFilterWords(view, finding.focusName)}
        reveal={reveal}
        calls={state.calls.recent}
        stale={trafficStale}
        animate={view.animation}
        showLocks={view.security}
        theme={theme}
        size={isProjector ? "projector" : "screen"}
        selected={view.selected}
        onSelect={(id) => (id !== null && finding.folded.groups.has(id) ? changeView({ unfolded: [...view.unfolded, id] }) : select(id))}
        viewport={view.viewport}
        onViewport={(viewport) => changeView({ viewport })}
        fitRequest={fits}
        onStyles={(next) => startTransition(() => setStyles((before) => (isSameStyles(before, next) ? before : next)))}
      />
    </FailureBoundary>
  );
  const problem = switching.error ?? runs.problem ?? withoutSidecar.error ?? withSidecar.error;
  const overlays = (
    <>
      <ResetDialog namespace={view.namespace} state={state} open={dialog === "reset"} onClose={closeDialog} />
      {keysDialog}
      <ConfirmTarget target={state.target} />
      <Announcer entries={state.journal} problem={staleness?.reason ?? problem?.message ?? null} />
    </>
  );
  if (isProjector) {
    return (
      <div className="contents" data-ready="true">
        <Projector
          state={state}
          styles={styles}
          security={view.security}
          staleness={staleness}
          trafficStale={trafficStale}
          now={now}
          onLeave={leaveProjector}
          onKeys={() => setDialog("keys")}
        >
          {graph}
        </Projector>
        {overlays}
      </div>
    );
  }
  return (
    <div className="flex min-h-dvh flex-col lg:h-dvh" data-ready="true">
      <TopBar state={state} down={live.down} view={view} onView={changeView} onProjector={enterProjector} onKeys={() => setDialog("keys")} now={now} />
      <TargetLine target={state.target} className="border-b px-4 py-1.5 text-[13px]/[18px] sm:px-6" />
      {staleness !== null && <StaleBanner staleness={staleness} now={now} className="border-b px-4 py-2 text-[13px]/[18px] sm:px-6" />}
      <KialiLogin target={state.target} className="border-b px-4 py-2 text-[13px]/[18px] sm:px-6" />
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <main className="flex min-h-0 min-w-0 flex-1 flex-col">
          <PostureLine posture={state.posture} now={now} stale={trafficStale} view={view} onView={changeView}>
            <FindButton finding={finding} />
          </PostureLine>
          {finding.isOpen && (
            <FindBar
              view={view}
              onView={changeView}
              finding={finding}
              onFound={(id) => {
                const path = toFoldPath(finding.filtered.graph, view.groups, id);
                changeView({ selected: id, unfolded: [...new Set([...view.unfolded, ...path])] });
                setReveal({ id });
              }}
            />
          )}
          <div className="relative min-h-[540px] flex-1 lg:min-h-0">
            {view.view === "graph" ? graph : <TrafficTable graph={finding.filtered.graph} now={now} stale={trafficStale} view={view} onView={changeView} />}
          </div>
          <GraphBar styles={styles} view={view} onView={changeView} />
          <Strip observed={state.history} calls={state.calls} journal={state.journal} now={now} />
        </main>
        <SidePanel
          state={state}
          lineDown={lineDown}
          switching={switching}
          runs={runs}
          probes={{ "with-sidecar": withSidecar, "without-sidecar": withoutSidecar }}
          now={now}
          onReset={() => setDialog("reset")}
          inspector={
            <Inspector
              state={state}
              graph={finding.folded.bundles.has(view.selected ?? "") ? finding.folded.graph : state.graph}
              selected={view.selected}
              stale={trafficStale}
              now={now}
              onSelect={select}
              actions={
                selectedNode !== null && (
                  <NeighboursButton on={view.focus === selectedNode} onPress={() => focusOn(view.focus === selectedNode ? null : selectedNode)} />
                )
              }
            />
          }
        />
      </div>
      {overlays}
    </div>
  );
}
