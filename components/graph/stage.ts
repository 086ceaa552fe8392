import type { Core } from "cytoscape";
import type { Call } from "@/lib/mesh/calls";
import type { MeshGraph } from "@/lib/mesh/graph";
import { createCytoscapeSync } from "./cytoscape-sync";
import { toStylesheet } from "./cytoscape-style";
import { toElements } from "./elements";
import { toRoute } from "./flights";
import { type EdgePath, type Rect, toPaths, toRects } from "./geometry";
import type { Direction, LayoutRequest } from "./layout";
import type { LayoutClient } from "./layout-client";
import { METRICS, type Measure, type Metrics, type Size, type StageSize, toFramePad, toFrameTitleWidth, toNodeSize } from "./metrics";
import { type GraphModel, toModel } from "./model";
import { createOverlay, type OverlayNews } from "./overlay";
import { PALETTES, type Theme } from "./palette";
import { type Arrangement, decide, placeNew, toFrameRects, toTouched } from "./positions";
import { type Camera, type Inset, toCamera, toFit, toRoom, toViewport, toZoomed, type Viewport, ZOOM } from "./viewport";

/** What the stage shows; replaced as a whole at each update. */
export interface StageInput {
  graph: MeshGraph;
  showLocks: boolean;
  stale: boolean;
  theme: Theme;
  size: StageSize;
  /** Key of the selected element. */
  selected: string | null;
}

export interface StageNews {
  /** Key of what was pressed; null = the ground. */
  onPress(key: string | null): void;
  /** Key and place (CSS pixels of the stage) of what is pointed at. */
  onHover(key: string | null, at: { x: number; y: number }): void;
  /** The person moved the view, or it was fitted (null). */
  onViewport(viewport: Viewport): void;
  onOverlay(news: OverlayNews): void;
  /** A graph has been drawn; `elements` changed on Cytoscape's side. */
  onDrawn(drawn: { nodes: number; edges: number; changed: number; omitted: number }): void;
}

/** Joins the pipeline's stages around one Cytoscape instance and one overlay. No React here. */
export interface Stage {
  show(input: StageInput): void;
  fly(calls: Call[]): void;
  setMotion(allowed: boolean): void;
  setViewport(viewport: Viewport): void;
  zoomBy(factor: number): void;
  /** A fresh layout of everything, then fitted. */
  tidy(): void;
  /** Marks an element as pointed at or focused, bringing it into view when asked. */
  mark(key: string | null, reveal?: boolean): void;
  /** Where an element stands on the stage, CSS pixels. */
  placeOf(key: string): { x: number; y: number } | null;
  close(): void;
}

interface StageParts {
  cy: Core;
  container: HTMLElement;
  canvas: HTMLCanvasElement;
  measure: Measure;
  layouts: LayoutClient;
  news: StageNews;
}

/** Narrower than this and taller than wide: the flow goes down. */
const NARROW = 620;
/** The view is reported when it has come to rest: browsers allow few changes of the address. */
const REPORT_AFTER_MS = 200;
/** Zoom controls stand in the lower right corner. */
const INSET: Record<StageSize, Inset> = { screen: { top: 12, right: 0, bottom: 44, left: 0 }, projector: { top: 8, right: 0, bottom: 8, left: 0 } };

export function createStage({ cy, container, canvas, measure, layouts, news }: StageParts): Stage {
  const sync = createCytoscapeSync(cy);
  const overlay = createOverlay(canvas, measure, news.onOverlay);
  let input: StageInput | null = null;
  let model: GraphModel = { nodes: [], edges: [], frames: [], omitted: 0 };
  let modelOf: { graph: MeshGraph; showLocks: boolean } | null = null;
  let arrangement: Arrangement | null = null;
  let laying: string | null = null;
  let isFitted = true;
  let wanted: Viewport = null;
  let reporting: ReturnType<typeof setTimeout> | null = null;
  // Viewports this stage reported itself: when they come back as props the person may have moved on already.
  const own = new WeakSet<object>();
  let hovered: string | null = null;
  let look = "";
  let closed = false;
  let rects = new Map<string, Rect>();
  let frames = new Map<string, Rect>();
  let paths = new Map<string, EdgePath>();
  let drawnWith: { model: GraphModel; arrangement: Arrangement; metrics: Metrics } | null = null;

  const stageSize = () => ({ width: container.clientWidth, height: container.clientHeight });
  const camera = (): Camera => ({ zoom: cy.zoom(), pan: { ...cy.pan() } });
  const metricsNow = (): Metrics => METRICS[input?.size ?? "screen"];

  function setCamera(next: Camera): void {
    cy.viewport({ zoom: next.zoom, pan: next.pan });
    overlay.setCamera(camera());
  }

  function fit(): void {
    isFitted = true;
    setCamera(toFit([...rects.values(), ...frames.values()], stageSize(), INSET[input?.size ?? "screen"], metricsNow()));
  }

  function applyViewport(): void {
    if (wanted === null) fit();
    else {
      isFitted = false;
      setCamera(toCamera(wanted, stageSize()));
    }
  }

  /** The person moved the view: from now on it stays where it was put. */
  function moved(): void {
    isFitted = false;
    wanted = toViewport(camera(), stageSize());
    if (reporting !== null) clearTimeout(reporting);
    reporting = setTimeout(report, REPORT_AFTER_MS);
  }

  function report(): void {
    reporting = null;
    if (wanted) own.add(wanted);
    news.onViewport(wanted);
  }

  function show(next: StageInput): void {
    const before = input;
    input = next;
    if (!modelOf || modelOf.graph !== next.graph || modelOf.showLocks !== next.showLocks) {
      model = toModel(next.graph, next);
      modelOf = { graph: next.graph, showLocks: next.showLocks };
    }
    const metrics = METRICS[next.size];
    const nextLook = `${next.theme}/${next.size}/${next.stale}`;
    if (nextLook !== look) {
      look = nextLook;
      cy.style(toStylesheet(PALETTES[next.theme], metrics, next.stale));
    }
    if (before && before.size !== next.size) wanted = null;
    arrange(metrics);
  }

  const directionNow = (): Direction => {
    const { width, height } = stageSize();
    return width < NARROW && width < height * 1.2 ? "down" : "right";
  };

  /** What this picture is of: another set of frames, another size or direction is another picture. */
  const subjectNow = (): string => JSON.stringify([input?.size, directionNow(), model.frames.map((frame) => frame.key).sort()]);

  function toSizes(metrics: Metrics): { sizes: Map<string, Size>; minWidths: Map<string, number> } {
    return {
      sizes: new Map(model.nodes.map((node) => [node.key, toNodeSize(node, metrics, measure)])),
      minWidths: new Map(model.frames.map((frame) => [frame.key, toFrameTitleWidth(frame, metrics, measure)])),
    };
  }

  function arrange(metrics: Metrics): void {
    const { width, height } = stageSize();
    if (width === 0 || height === 0) return;
    const decision = decide(arrangement, subjectNow(), model);
    if (decision.kind === "layout") {
      void layOut(metrics);
      return;
    }
    if (decision.kind === "place" && arrangement) {
      const { sizes, minWidths } = toSizes(metrics);
      const { zoom, pan } = camera();
      const view = { x: (width / 2 - pan.x) / zoom, y: (height / 2 - pan.y) / zoom, width: width / zoom, height: height / zoom };
      const placing = { model, sizes, minWidths, pad: toFramePad(metrics, directionNow()), direction: directionNow(), along: metrics.along, across: metrics.across, view };
      const touched = toTouched(model);
      const settled = new Set([...arrangement.settled, ...decision.keys.filter((key) => touched.has(key))]);
      arrangement = { ...arrangement, positions: placeNew(arrangement.positions, decision.keys, placing), settled };
    }
    draw(metrics);
  }

  async function layOut(metrics: Metrics): Promise<void> {
    const subject = subjectNow();
    // One at a time; what changed meanwhile is decided upon when it is back.
    if (laying !== null) return;
    laying = subject;
    const { sizes, minWidths } = toSizes(metrics);
    const asked = model;
    const request: LayoutRequest = {
      nodes: asked.nodes.map((node) => ({ key: node.key, place: node.place, frame: node.frame, ...(sizes.get(node.key) ?? { width: 0, height: 0 }) })),
      edges: asked.edges.map((edge) => [edge.source, edge.target]),
      frames: asked.frames.map((frame) => ({ key: frame.key, minWidth: minWidths.get(frame.key) ?? 0 })),
      framePad: toFramePad(metrics, directionNow()),
      direction: directionNow(),
      along: metrics.along,
      across: metrics.across,
      plate: metrics.plate,
      room: toRoom(stageSize(), INSET[input?.size ?? "screen"], metrics),
    };
    const positions = await layouts.layout(request);
    laying = null;
    if (closed || !input) return;
    arrangement = { subject, positions, settled: toTouched(asked) };
    if (subject !== subjectNow()) {
      arrange(metricsNow());
      return;
    }
    arrange(metricsNow());
    applyViewport();
  }

  function draw(metrics: Metrics): void {
    if (!input || !arrangement) return;
    if (drawnWith?.model !== model || drawnWith.arrangement !== arrangement || drawnWith.metrics !== metrics) {
      const { sizes, minWidths } = toSizes(metrics);
      const placed = toRects(arrangement.positions, sizes);
      rects = isSameRects(rects, placed) ? rects : placed;
      frames = toFrameRects(model.nodes, rects, minWidths, toFramePad(metrics, directionNow()));
      paths = toPaths(model.edges, rects);
      const changed = sync.show(toElements(model, rects, frames, paths));
      drawnWith = { model, arrangement, metrics };
      news.onDrawn({ nodes: rects.size, edges: paths.size, changed, omitted: model.omitted });
    }
    overlay.setScene({ model, rects, frames, paths, palette: PALETTES[input.theme], metrics, direction: directionNow(), stale: input.stale, selected: input.selected, hovered }, (call) =>
      input ? toRoute(call, input.graph) : null,
    );
  }

  function resize(): void {
    const { width, height } = stageSize();
    if (width === 0 || height === 0) return;
    overlay.setStage(width, height, window.devicePixelRatio || 1);
    cy.resize();
    if (!input) return;
    if (arrangement && arrangement.subject !== subjectNow()) wanted = null;
    arrange(metricsNow());
    if (arrangement && laying === null) {
      if (isFitted) fit();
      else applyViewport();
    }
  }

  function mark(key: string | null, reveal = false): void {
    if (reveal && key !== null) bringIntoView(key);
    if (key === hovered) return;
    hovered = key;
    draw(metricsNow());
  }

  function placeOf(key: string): { x: number; y: number } | null {
    const path = paths.get(key);
    const rect = rects.get(key) ?? (path ? { x: (path.start.x + path.end.x) / 2, y: (path.start.y + path.end.y) / 2 } : undefined);
    if (!rect) return null;
    const { zoom, pan } = camera();
    return { x: rect.x * zoom + pan.x, y: rect.y * zoom + pan.y };
  }

  /** Only when it is out of sight, and only because somebody went there by keyboard. */
  function bringIntoView(key: string): void {
    const at = placeOf(key);
    const { width, height } = stageSize();
    if (!at || (at.x > 0 && at.y > 0 && at.x < width && at.y < height)) return;
    const { zoom, pan } = camera();
    setCamera({ zoom, pan: { x: pan.x + width / 2 - at.x, y: pan.y + height / 2 - at.y } });
    moved();
  }

  cy.minZoom(ZOOM.least);
  cy.maxZoom(ZOOM.most);
  cy.on("render", () => overlay.setCamera(camera()));
  cy.on("dragpan scrollzoom pinchzoom", moved);
  cy.on("tap", (event) => {
    const plate = overlay.plateAt(event.renderedPosition.x, event.renderedPosition.y);
    news.onPress(plate ?? (event.target === cy ? null : String(event.target.id())));
  });
  cy.on("mousemove", (event) => {
    const key = overlay.plateAt(event.renderedPosition.x, event.renderedPosition.y) ?? (event.target === cy ? null : String(event.target.id()));
    container.style.cursor = key === null ? "" : "pointer";
    news.onHover(key, event.renderedPosition);
    mark(key);
  });
  cy.on("mouseout", (event) => {
    if (event.target !== cy) return;
    news.onHover(null, { x: 0, y: 0 });
    mark(null);
  });
  const observer = new ResizeObserver(resize);
  observer.observe(container);
  // Moving to a screen of another density changes no size, so nothing else would tell.
  const density = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  density.addEventListener("change", resize);
  resize();

  return {
    show,
    fly: (calls) => overlay.fly(calls),
    setMotion: (allowed) => overlay.setMotion(allowed),
    setViewport(viewport) {
      if (viewport !== null && own.has(viewport)) return;
      if (viewport === null && reporting !== null) clearTimeout(reporting);
      wanted = viewport;
      if (arrangement && laying === null) applyViewport();
    },
    zoomBy(factor) {
      const { width, height } = stageSize();
      setCamera(toZoomed(camera(), factor, { x: width / 2, y: height / 2 }));
      moved();
    },
    tidy() {
      wanted = null;
      news.onViewport(null);
      if (input) void layOut(metricsNow());
    },
    mark,
    placeOf,
    close() {
      closed = true;
      if (reporting !== null) clearTimeout(reporting);
      observer.disconnect();
      density.removeEventListener("change", resize);
      overlay.close();
      layouts.close();
      cy.destroy();
    },
  };
}

function isSameRects(a: Map<string, Rect>, b: Map<string, Rect>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, rect] of b) {
    const other = a.get(key);
    if (!other || other.x !== rect.x || other.y !== rect.y || other.width !== rect.width || other.height !== rect.height) return false;
  }
  return true;
}
