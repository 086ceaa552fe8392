"use client";

import { type RefObject, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { Posture } from "@/lib/api/state";
import type { Call } from "@/lib/mesh/calls";
import type { MeshGraph } from "@/lib/mesh/graph";
import type { Arrangements } from "./arranger";
import { toFileName, toPictureCaption } from "./caption";
import { download, toPngBlob, toSvgBlob } from "./download";
import { type Explanation, toExplanation, toExplanations } from "./explain";
import { GraphOutline, OUTLINE_AT_MOST } from "./graph-outline";
import { type Folded, toUnfolded } from "./groups";
import { createLayoutClient } from "./layout-client";
import type { Style } from "./legend-entries";
import { loadEngine, takeLayoutWorker } from "./load-engine";
import { createMeasure } from "./measure-text";
import type { StageSize } from "./metrics";
import { edgeKey, nodeKey, toId } from "./model";
import type { OverlayNews } from "./overlay";
import type { Theme } from "./palette";
import { createStage, type Stage } from "./stage";
import { StageControls } from "./stage-controls";
import { toLook, toStyle } from "./stage-input";
import { StageTooltip } from "./stage-tooltip";
import { Arranging, StageNote, StageWords } from "./stage-words";
import { useMotionAllowed } from "./use-motion";
import { useFit, useFlights, useViewport } from "./use-stage";
import { type Viewport, ZOOM } from "./viewport";

export interface GraphStageProps {
  graph: MeshGraph;
  /** The same graph folded to groups; absent = it is drawn as it is. Pressing a group selects its id. */
  folded?: Folded;
  /** The server's clock, epoch ms, by which refusals age; 0 = not known yet. */
  now?: number;
  /** Own calls, newest last; those that come after the first drawing fly one by one along their path. */
  calls: Call[];
  /** A source is down: the picture keeps its shapes, loses its colours, and nothing moves. */
  stale: boolean;
  /** The switch "Traffic animation". */
  animate: boolean;
  /** The switch "Security": locks, patterns of protection, rings. */
  showLocks: boolean;
  theme: Theme;
  size: StageSize;
  /** Id of the selected node or edge. */
  selected: string | null;
  onSelect(id: string | null): void;
  /** What is seen; null = fitted. */
  viewport: Viewport;
  onViewport(viewport: Viewport): void;
  /** Counted up by whoever wants everything in view again. */
  fitRequest?: number;
  /** A node to bring to the middle: each new object asks once. */
  reveal?: { id: string } | null;
  /** What the picture is filtered to, in words; empty = nothing is left out. On the page it stands above, else in the picture. */
  note?: string;
  /** The first line of an exported picture; absent = there is no export. */
  posture?: Posture;
  /** The first graph stands on the canvas. */
  onReady?(): void;
  /** The marks the picture is drawn with, told at each drawing. */
  onStyles?(styles: ReadonlySet<Style>): void;
}

/** The table and the projector take the stage away; whoever comes back finds everything where it was. */
const arrangements: Arrangements = new Map();

/** Panning drops lines meanwhile when there are very many: 57 instead of 25 frames/s. */
const HIDE_EDGES_ABOVE = 800;

/** The graph with its locks and its traffic. It fills the box it is put into. */
export function GraphStage(props: GraphStageProps) {
  const {
    graph,
    calls,
    stale,
    animate,
    showLocks,
    theme,
    size,
    selected,
    onSelect,
    viewport,
    onViewport,
    fitRequest = 0,
    now = 0,
    reveal = null,
    note = "",
    posture,
    onReady,
    onStyles,
  } = props;
  const whole = useMemo(() => toUnfolded(graph), [graph]);
  const folded = props.folded ?? whole;
  const root = useRef<HTMLElement>(null);
  const container = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage | null>(null);
  const [started, setStarted] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [exportFailure, setExportFailure] = useState<string | null>(null);
  const [hover, setHover] = useState<{ key: string; at: { x: number; y: number } } | null>(null);
  const [flying, setFlying] = useState({ flying: 0, waiting: 0 });
  const motion = useMotionAllowed() && animate && !stale;
  const hoveredKey = hover?.key ?? null;
  const explained = useMemo(() => (hoveredKey === null ? null : toExplanation(folded, hoveredKey)), [folded, hoveredKey]);
  const selectedKey = useMemo(() => (selected === null ? null : toDrawnKey(folded, selected)), [folded, selected]);

  const filtered = note !== "";
  const input = useMemo(
    () => ({ graph, folded, filtered, now, showLocks, stale, theme, size, selected: selectedKey }),
    [graph, folded, filtered, now, showLocks, stale, theme, size, selectedKey],
  );

  // The stage outlives renders: what it tells and asks goes through the latest props.
  const latest = useRef({ onSelect, onViewport, onReady, onStyles, input });
  useEffect(() => {
    latest.current = { onSelect, onViewport, onReady, onStyles, input };
  });

  /** Test hooks on the element itself, without a render per frame. */
  const tell = useCallback((news: OverlayNews) => {
    const data = root.current?.dataset;
    if (data) Object.assign(data, { frames: String(news.frames), animating: String(news.running), dots: String(news.dots), flying: String(news.flying) });
    setFlying((before) => (before.flying === news.flying && before.waiting === news.waiting ? before : { flying: news.flying, waiting: news.waiting }));
  }, []);

  useEffect(() => {
    let ended = false;
    void (async () => {
      try {
        const cytoscape = await loadEngine();
        if (ended || !container.current || !canvas.current) return;
        const first = latest.current.input;
        const cy = cytoscape({
          headless: true,
          style: toStyle(first),
          autoungrabify: true,
          autounselectify: true,
          boxSelectionEnabled: false,
          hideEdgesOnViewport: first.folded.graph.edges.length > HIDE_EDGES_ABOVE,
          pixelRatio: "auto",
          layout: { name: "preset" },
        });
        let isFirst = true;
        stage.current = createStage({
          cy,
          look: toLook(first),
          container: container.current,
          canvas: canvas.current,
          measure: createMeasure(),
          layouts: createLayoutClient(takeLayoutWorker, (busy) => {
            if (root.current) root.current.dataset["arranging"] = String(busy);
          }),
          arrangements,
          news: {
            onPress: (key) => latest.current.onSelect(key === null ? null : toId(key)),
            onHover: (key, at) => setHover(key === null ? null : { key, at }),
            onViewport: (next) => latest.current.onViewport(next),
            onOverlay: tell,
            onDrawn: (drawn) => {
              if (root.current)
                Object.assign(root.current.dataset, { nodes: String(drawn.nodes), edges: String(drawn.edges), changed: String(drawn.changed), ready: "true" });
              latest.current.onStyles?.(drawn.styles);
              if (isFirst) latest.current.onReady?.();
              isFirst = false;
            },
          },
        });
        // At once: the layout is asked for while React renders again.
        stage.current.show(latest.current.input);
        setStarted(true);
      } catch (error) {
        if (!ended) setFailure(error instanceof Error ? error.message : String(error));
      }
    })();
    return () => {
      ended = true;
      stage.current?.close();
      stage.current = null;
      setStarted(false);
    };
  }, [tell]);

  useEffect(() => {
    if (started) stage.current?.show(input);
  }, [started, input]);

  useEffect(() => {
    if (started) stage.current?.setMotion(motion);
  }, [started, motion]);

  useEffect(() => {
    if (started && reveal !== null) stage.current?.centre(nodeKey(reveal.id));
  }, [started, reveal]);

  useViewport(stage, started, viewport, fitRequest);
  useFit(stage, started && viewport === null, `${folded.groups.size > 0} ${folded.unfolded.map(({ id }) => id).join(" ")}`);
  useFlights(stage, started, calls);

  // The picture first: two hundred buttons take longer than its beginning.
  const outlined = useDeferredValue<Folded | null>(folded, null);
  const outline = useMemo(
    () =>
      outlined && (
        <GraphOutline
          explanations={toExplanations(outlined, OUTLINE_AT_MOST)}
          total={outlined.graph.nodes.length + outlined.graph.edges.length}
          selected={selected}
          onSelect={(id) => latest.current.onSelect(id)}
          onFocus={(key) => {
            stage.current?.mark(key, true);
            const at = key === null ? null : stage.current?.placeOf(key);
            setHover(key !== null && at ? { key, at } : null);
          }}
        />
      ),
    [outlined, selected],
  );

  async function exportAs(kind: "png" | "svg"): Promise<void> {
    const at = now || Date.now();
    const svg = posture && stage.current?.toSvg(toPictureCaption(posture, stale, at, note));
    if (!posture || !svg) return;
    try {
      download(kind === "svg" ? toSvgBlob(svg) : await toPngBlob(svg), `${toFileName(posture.namespace, at)}.${kind}`);
      setExportFailure(null);
    } catch (error) {
      setExportFailure(`${error instanceof Error ? error.message : String(error)} Save it as SVG.`);
    }
  }

  return (
    <section
      ref={root}
      aria-label="Graph"
      className="group/stage relative h-full min-h-[540px] w-full overflow-hidden lg:min-h-0"
      data-graph-stage=""
      data-stale={stale}
      data-fitted={viewport === null}
      onKeyDown={(event) => {
        if (event.key === "Escape" && selected !== null) onSelect(null);
      }}
    >
      {/* Cytoscape makes its container `position: relative`; the box around it gives it its size. The outline says in words what is painted here. */}
      <div className="absolute inset-0" aria-hidden="true">
        <div ref={container} className="h-full w-full" />
        <canvas ref={canvas} className="pointer-events-none absolute inset-0" />
      </div>
      {outline}
      <Arranging count={folded.graph.nodes.length} size={size} />
      {failure !== null && <StageWords cause="The graph could not be drawn." next={`${failure} The table shows the same content.`} />}
      {graph.empty !== null && graph.nodes.length === 0 && <StageWords {...graph.empty} />}
      {graph.empty !== null && graph.nodes.length > 0 && <StageNote text={`${graph.empty.cause} ${graph.empty.next}`} size={size} />}
      {graph.empty === null && flying.flying + flying.waiting === 0 && note !== "" && size === "projector" && <StageNote text={note} size={size} />}
      {graph.empty === null && flying.flying + flying.waiting > 0 && <StageNote text={flightWords(flying.waiting)} size={size} />}
      {exportFailure !== null && (
        <p role="alert" className="absolute right-3 bottom-12 max-w-80 rounded-lg border border-line bg-surface px-3 py-2 text-[13px]">
          {exportFailure}
        </p>
      )}
      {size === "screen" && (
        <StageControls
          onZoomIn={() => stage.current?.zoomBy(ZOOM.step)}
          onZoomOut={() => stage.current?.zoomBy(1 / ZOOM.step)}
          onFit={() => {
            onViewport(null);
            stage.current?.setViewport(null);
          }}
          onTidy={() => stage.current?.tidy()}
          onExport={posture === undefined ? undefined : exportAs}
        />
      )}
      {hover !== null && explained !== null && <Tooltip explanation={explained} at={hover.at} container={container} />}
    </section>
  );
}

/** Key of an element, or of the group or bundle it is folded into. */
function toDrawnKey({ graph, homes }: Folded, id: string): string {
  const drawn = homes.get(id) ?? id;
  return graph.edges.some((edge) => edge.id === drawn) ? edgeKey(drawn) : nodeKey(drawn);
}

function flightWords(waiting: number): string {
  return `Your own calls, slower than they were${waiting > 0 ? ` · ${waiting} waiting` : ""}`;
}

function Tooltip({ explanation, at, container }: { explanation: Explanation; at: { x: number; y: number }; container: RefObject<HTMLDivElement | null> }) {
  const box = container.current;
  return box && <StageTooltip explanation={explanation} at={at} stage={{ width: box.clientWidth, height: box.clientHeight }} />;
}
