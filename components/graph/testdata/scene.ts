import { arrangeWithDagre } from "../arrange-dagre";
import { toBoxSizes } from "../arranger";
import { toFrameTitles } from "../frame-title";
import { toPaths, toRects } from "../geometry";
import { type Direction, type LayoutRequest, layout } from "../layout";
import { type StageSize, toFramePad, toMetrics } from "../metrics";
import type { GraphModel } from "../model";
import { PALETTES, type Theme } from "../palette";
import { toFrameRects } from "../positions";
import type { Scene } from "../scene";
import { INSET } from "../stage-view";
import { type Camera, toFit, toRoom } from "../viewport";
import { measureRoughly, screen, toRequest } from "./lab";

/** A model all the way to what is painted, without a browser. */
export function toScene(model: GraphModel, theme: Theme = "light", more: Partial<Scene> = {}): Scene {
  const { sizes, minWidths } = toBoxSizes(model, screen, measureRoughly);
  const rects = toRects(layout(toRequest(model), arrangeWithDagre), sizes);
  const frames = toFrameRects(model.nodes, rects, minWidths, toFramePad(screen, "right"));
  const paths = toPaths(model.edges, rects);
  return {
    model,
    rects,
    frames,
    paths,
    palette: PALETTES[theme],
    metrics: screen,
    direction: "right",
    room: { width: 0, height: 0 },
    stale: false,
    selected: null,
    hovered: null,
    ...more,
  };
}

export interface StageRoom {
  width: number;
  height: number;
  size: StageSize;
  direction: Direction;
}

/** As the page would show it when it is first fitted on a stage. */
export function toFitted(model: GraphModel, stage: StageRoom): { scene: Scene; camera: Camera } {
  const { direction, size } = stage;
  const metrics = toMetrics(size, stage.width);
  const { sizes, minWidths } = toBoxSizes(model, metrics, measureRoughly);
  const request: LayoutRequest = {
    nodes: model.nodes.map(({ key, place, frame }) => ({ key, place, frame, ...(sizes.get(key) ?? { width: 0, height: 0 }) })),
    edges: model.edges.map(({ source, target }) => [source, target]),
    frames: model.frames.map(({ key }) => ({ key, minWidth: minWidths.get(key) ?? 0 })),
    framePad: toFramePad(metrics, direction),
    direction,
    along: metrics.along,
    across: metrics.across,
    plate: metrics.plate,
    room: toRoom(stage, INSET[size], metrics),
  };
  const rects = toRects(layout(request, arrangeWithDagre), sizes);
  const frames = toFrameRects(model.nodes, rects, minWidths, request.framePad);
  const scene = toScene(model, "light", { rects, frames, paths: toPaths(model.edges, rects), metrics, direction, room: toRoom(stage, INSET[size], metrics) });
  const toTitles = (zoom: number) => toFrameTitles(scene, zoom, measureRoughly);
  return { scene, camera: toFit([...rects.values(), ...frames.values()], toTitles, stage, INSET[size], metrics) };
}
