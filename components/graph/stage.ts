import type { Core } from "cytoscape";
import type { Call } from "@/lib/mesh/calls";
import { type Arrangements, createArranger, type Picture } from "./arranger";
import { createCytoscapeSync } from "./cytoscape-sync";
import { toDirection } from "./direction";
import { type Caption, toSvg } from "./export-svg";
import { toFoldedRoute, toRoute } from "./flights";
import { toFrameTitles } from "./frame-title";
import { toPointAt } from "./geometry";
import type { Folded } from "./groups";
import type { Direction } from "./layout";
import type { LayoutClient } from "./layout-client";
import { type Style, toStyles } from "./legend-entries";
import { type Measure, type Metrics, toMetrics } from "./metrics";
import { type GraphModel, toModel } from "./model";
import { createModelMemory } from "./model-memory";
import { createOverlay, type OverlayNews } from "./overlay";
import { PALETTES } from "./palette";
import type { Arrangement } from "./positions";
import type { Scene } from "./scene";
import { createShaper, type Shapes } from "./shapes";
import { isSameButTime, type StageInput, toAges, toLook, toStyle } from "./stage-input";
import { createStageView } from "./stage-view";
import type { Viewport } from "./viewport";
import { watchDensity } from "./watch-density";

export interface StageNews {
  /** Key of what was pressed; null = the ground. */
  onPress(key: string | null): void;
  /** Key and place (CSS pixels of the stage) of what is pointed at. */
  onHover(key: string | null, at: { x: number; y: number }): void;
  /** The person moved the view, or it was fitted (null). */
  onViewport(viewport: Viewport): void;
  onOverlay(news: OverlayNews): void;
  /** A graph has been drawn; `elements` changed on Cytoscape's side. */
  onDrawn(drawn: { nodes: number; edges: number; changed: number; omitted: number; styles: ReadonlySet<Style> }): void;
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
  /** Brings an element to the middle of the stage, at the present zoom or the least at which its name reads. */
  centre(key: string): void;
  /** The picture as an SVG document; null while nothing is drawn. */
  toSvg(caption: Caption): string | null;
  /** Where an element stands on the stage, CSS pixels. */
  placeOf(key: string): { x: number; y: number } | null;
  close(): void;
}

interface StageParts {
  /** Not mounted yet: it takes its first style when it is. */
  cy: Core;
  /** Of that style. */
  look: string;
  container: HTMLElement;
  canvas: HTMLCanvasElement;
  measure: Measure;
  layouts: LayoutClient;
  arrangements: Arrangements;
  news: StageNews;
}

export function createStage({ cy, look: firstLook, container, canvas, measure, layouts, arrangements, news }: StageParts): Stage {
  const sync = createCytoscapeSync(cy);
  const overlay = createOverlay(canvas, measure, news.onOverlay);
  const view = createStageView(cy, container, overlay.setCamera, news.onViewport);
  const arranger = createArranger(layouts, measure, arrangements, onLaidOut);
  const toShapes = createShaper(measure);
  const memory = createModelMemory();
  let input: StageInput | null = null;
  let model: GraphModel = { nodes: [], edges: [], frames: [], subject: "", omitted: 0, security: true };
  let modelOf: { folded: Folded; showLocks: boolean; ages: string } | null = null;
  let measured: { key: string; metrics: Metrics } | null = null;
  let hovered: string | null = null;
  let look = firstLook;
  let closed = false;
  let drawn: { model: GraphModel; arrangement: Arrangement; shapes: Shapes } | null = null;

  const directionNow = (): Direction => toDirection(view.stage, model);

  /** The same object as long as nothing of it changes. */
  function metricsOf({ size }: StageInput): Metrics {
    const key = `${size}/${view.stage.width}`;
    if (measured?.key !== key) measured = { key, metrics: toMetrics(size, view.stage.width) };
    return measured.metrics;
  }

  function toPicture(current: StageInput): Picture {
    const { size } = current;
    const metrics = metricsOf(current);
    return { model, metrics, direction: directionNow(), room: view.roomOf(metrics, size), view: view.viewOf(metrics, size), filtered: current.filtered };
  }

  function show(next: StageInput): void {
    const onlyTimePassed = input !== null && toAges(next) === modelOf?.ages && isSameButTime(input, next);
    if (onlyTimePassed) return;
    if (input && input.size !== next.size) view.forget();
    input = next;
    const ages = toAges(next);
    if (!modelOf || modelOf.folded !== next.folded || modelOf.showLocks !== next.showLocks || modelOf.ages !== ages) {
      model = toModel(next.folded.graph, next, memory);
      modelOf = { folded: next.folded, showLocks: next.showLocks, ages };
    }
    arrange();
  }

  function arrange(): void {
    if (!input || view.stage.width === 0 || view.stage.height === 0) return;
    const arrangement = arranger.arrange(toPicture(input));
    if (!arrangement) {
      // While the worker lays out, the page is painted and Cytoscape begins, in this order: together they take as long.
      requestAnimationFrame(() => setTimeout(mount));
      return;
    }
    mount();
    dress(input);
    const subject = drawn?.arrangement.subject;
    draw(input, arrangement);
    // A picture that was there before needs no layout to wait for.
    if (subject !== arrangement.subject) applyView();
  }

  function mount(): void {
    if (closed || cy.container() !== null) return;
    cy.mount(container);
    cy.resize();
  }

  function dress(current: StageInput): void {
    const next = toLook(current);
    if (next === look) return;
    look = next;
    cy.style(toStyle(current));
  }

  function onLaidOut(): void {
    if (closed || !input) return;
    arrange();
    applyView();
  }

  function applyView(): void {
    const scene = toScene();
    if (!input || !scene || arranger.isBusy) return;
    view.apply([...scene.rects.values(), ...scene.frames.values()], (zoom) => toFrameTitles(scene, zoom, measure), scene.metrics, input.size);
  }

  function draw(current: StageInput, arrangement: Arrangement): void {
    if (drawn?.model !== model || drawn.arrangement !== arrangement) {
      const shapes = toShapes(model, arrangement.positions, metricsOf(current), directionNow());
      const changed = sync.show(shapes.elements);
      drawn = { model, arrangement, shapes };
      news.onDrawn({ nodes: shapes.rects.size, edges: shapes.paths.size, changed, omitted: model.omitted, styles: toStyles(model) });
    }
    paint();
  }

  function toScene(): Scene | null {
    if (!input || !drawn) return null;
    const { theme, stale, selected } = input;
    return {
      model: drawn.model,
      rects: drawn.shapes.rects,
      frames: drawn.shapes.frames,
      paths: drawn.shapes.paths,
      palette: PALETTES[theme],
      metrics: metricsOf(input),
      direction: directionNow(),
      room: view.roomOf(metricsOf(input), input.size),
      stale,
      selected,
      hovered,
    };
  }

  function paint(): void {
    const scene = toScene();
    if (!input || !scene) return;
    const { graph, folded } = input;
    overlay.setScene(scene, (call) => toFoldedRoute(toRoute(call, graph), folded.homes));
  }

  function resize(): void {
    const { width, height } = view.stage;
    if (width === 0 || height === 0) return;
    overlay.setStage(width, height, window.devicePixelRatio || 1);
    cy.resize();
    arrange();
    if (arranger.isBusy && drawn) view.forget();
    applyView();
  }

  function mark(key: string | null, reveal = false): void {
    const at = reveal && key !== null ? placeOf(key) : null;
    const { width, height } = view.stage;
    // Only when it is out of sight, and only because somebody went there by keyboard.
    if (at && !(at.x > 0 && at.y > 0 && at.x < width && at.y < height)) view.centreOn(at);
    if (key === hovered) return;
    hovered = key;
    paint();
  }

  function placeOf(key: string): { x: number; y: number } | null {
    const path = drawn?.shapes.paths.get(key);
    const point = drawn?.shapes.rects.get(key) ?? (path && toPointAt(path, path.length / 2));
    if (!point) return null;
    const { zoom, pan } = view.camera;
    return { x: point.x * zoom + pan.x, y: point.y * zoom + pan.y };
  }

  /** A plate is larger than its line: it counts as the line wherever it stands. */
  function toKey(target: unknown, at: { x: number; y: number }): string | null {
    const plate = overlay.plateAt(at.x, at.y);
    if (plate !== null || target === cy) return plate;
    return isElement(target) ? target.id() : null;
  }

  cy.on("tap", (event) => news.onPress(toKey(event.target, event.renderedPosition)));
  cy.on("mousemove", (event) => {
    const key = toKey(event.target, event.renderedPosition);
    container.style.cursor = key === null ? "" : "pointer";
    news.onHover(key, event.renderedPosition);
    mark(key);
  });
  const leave = () => {
    news.onHover(null, { x: 0, y: 0 });
    mark(null);
  };
  container.addEventListener("pointerleave", leave);
  const observer = new ResizeObserver(resize);
  observer.observe(container);
  const stopWatching = watchDensity(resize);
  resize();

  return {
    show,
    fly: overlay.fly,
    setMotion: overlay.setMotion,
    setViewport(viewport) {
      if (view.want(viewport)) applyView();
    },
    zoomBy: view.zoomBy,
    tidy() {
      view.forget();
      if (input) arranger.tidy(toPicture(input));
    },
    mark,
    centre(key) {
      const zoom = Math.max(0.7, view.camera.zoom);
      if (zoom > view.camera.zoom) view.zoomBy(zoom / view.camera.zoom);
      const at = placeOf(key);
      if (at) view.centreOn(at);
    },
    toSvg(caption) {
      const scene = toScene();
      return scene && toSvg(scene, caption, measure);
    },
    placeOf,
    close() {
      closed = true;
      container.removeEventListener("pointerleave", leave);
      observer.disconnect();
      stopWatching();
      view.close();
      overlay.close();
      layouts.close();
      cy.destroy();
    },
  };
}

function isElement(target: unknown): target is { id(): string } {
  return typeof target === "object" && target !== null && "id" in target && typeof target.id === "function";
}
