import { arrangeWithDagre } from "../arrange-dagre";
import { toBoxSizes } from "../arranger";
import { toPaths, toRects } from "../geometry";
import { layout } from "../layout";
import { toFramePad } from "../metrics";
import type { GraphModel } from "../model";
import { PALETTES, type Theme } from "../palette";
import { toFrameRects } from "../positions";
import type { Scene } from "../scene";
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
    stale: false,
    selected: null,
    hovered: null,
    ...more,
  };
}
