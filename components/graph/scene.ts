import type { EdgePath, Rect } from "./geometry";
import type { Direction } from "./layout";
import type { Metrics, Size } from "./metrics";
import type { GraphModel } from "./model";
import type { Palette } from "./palette";

/** Everything the overlay paints, worked out; replaced as a whole when anything of it changes. */
export interface Scene {
  model: GraphModel;
  rects: Map<string, Rect>;
  frames: Map<string, Rect>;
  paths: Map<string, EdgePath>;
  palette: Palette;
  metrics: Metrics;
  direction: Direction;
  /** What a fitted picture may fill of the stage, CSS pixels. */
  room: Size;
  stale: boolean;
  /** Key of the selected, the pointed-at and the focused element. */
  selected: string | null;
  hovered: string | null;
}
