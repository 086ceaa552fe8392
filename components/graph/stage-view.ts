import type { Core } from "cytoscape";
import type { Rect } from "./geometry";
import type { Metrics, StageSize } from "./metrics";
import { type Camera, type Inset, toCamera, toFit, toRoom, toView, toViewport, toZoomed, type Viewport, ZOOM } from "./viewport";

/**
 * Who holds the camera. It is fitted when first shown, when asked, and when the stage changes its size while still fitted; from the moment the person moves
 * it, it stays where it was put.
 */
export interface StageView {
  readonly camera: Camera;
  readonly stage: { width: number; height: number };
  /** What of the model is in view, and what a fitted graph may fill. */
  viewOf(metrics: Metrics, size: StageSize): Rect;
  roomOf(metrics: Metrics, size: StageSize): { width: number; height: number };
  /** Fitted, or where it was put. */
  apply(rects: Rect[], toTitles: (zoom: number) => readonly Rect[], metrics: Metrics, size: StageSize): void;
  /** What the page wants; false when it is only what this view reported itself. */
  want(viewport: Viewport): boolean;
  /** Fitted again, and the page told. */
  forget(): void;
  zoomBy(factor: number): void;
  centreOn(at: { x: number; y: number }): void;
  close(): void;
}

/** The view is reported when it has come to rest: browsers allow few changes of the address. */
const REPORT_AFTER_MS = 200;
/** Zoom controls stand in the lower right corner. */
export const INSET: Record<StageSize, Inset> = { screen: { top: 12, right: 0, bottom: 44, left: 0 }, projector: { top: 8, right: 0, bottom: 8, left: 0 } };

export function createStageView(cy: Core, container: HTMLElement, onCamera: (camera: Camera) => void, onViewport: (viewport: Viewport) => void): StageView {
  let wanted: Viewport = null;
  let reporting: ReturnType<typeof setTimeout> | null = null;
  // Viewports reported from here: when they come back as the page's wish, the person may have moved on already.
  const reported = new WeakSet<object>();

  const stage = () => ({ width: container.clientWidth, height: container.clientHeight });
  const camera = (): Camera => ({ zoom: cy.zoom(), pan: { ...cy.pan() } });

  function setCamera(next: Camera): void {
    cy.viewport({ zoom: next.zoom, pan: next.pan });
    onCamera(camera());
  }

  function moved(): void {
    wanted = toViewport(camera(), stage());
    stopReporting();
    reporting = setTimeout(() => {
      reporting = null;
      if (wanted) reported.add(wanted);
      onViewport(wanted);
    }, REPORT_AFTER_MS);
  }

  function stopReporting(): void {
    if (reporting !== null) clearTimeout(reporting);
    reporting = null;
  }

  cy.minZoom(ZOOM.least);
  cy.maxZoom(ZOOM.most);
  cy.on("render", () => onCamera(camera()));
  cy.on("dragpan scrollzoom pinchzoom", moved);

  return {
    get camera() {
      return camera();
    },
    get stage() {
      return stage();
    },
    viewOf: (metrics, size) => toView(camera(), stage(), INSET[size], metrics),
    roomOf: (metrics, size) => toRoom(stage(), INSET[size], metrics),
    apply(rects, toTitles, metrics, size) {
      setCamera(wanted === null ? toFit(rects, toTitles, stage(), INSET[size], metrics) : toCamera(wanted, stage()));
    },
    want(viewport) {
      if (viewport !== null && reported.has(viewport)) return false;
      stopReporting();
      wanted = viewport;
      return true;
    },
    forget() {
      stopReporting();
      if (wanted !== null) onViewport(null);
      wanted = null;
    },
    zoomBy(factor) {
      const { width, height } = stage();
      setCamera(toZoomed(camera(), factor, { x: width / 2, y: height / 2 }));
      moved();
    },
    centreOn(at) {
      const { zoom, pan } = camera();
      const { width, height } = stage();
      setCamera({ zoom, pan: { x: pan.x + width / 2 - at.x, y: pan.y + height / 2 - at.y } });
      moved();
    },
    close: stopReporting,
  };
}
