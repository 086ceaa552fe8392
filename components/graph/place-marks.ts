import { toFrameTitles } from "./frame-title";
import { isOverlappingRect, type Rect, toArrowRects } from "./geometry";
import type { Measure } from "./metrics";
import type { Plate } from "./model";
import { type Corners, type NodePlate, toNodePlates } from "./node-plates";
import type { PlacedName } from "./place-names";
import { toLockSize, toMargin, toPlateHeight, toPlateWidth, toShown } from "./plate-size";
import { COST, type Obstacle, type PlacedPlate, type PlateRequest, placePlates } from "./plates";
import type { Scene } from "./scene";
import { toSmallNames } from "./small-name";
import { isDense } from "./standing";
import { toLimits } from "./viewport";

/** What must be read, each in its place at a zoom, model units: the same for the screen and for the exported picture. Worked out when view or data change. */
export interface Marks {
  /** Names over their boxes; null = boxes hold their names, or nothing can be read. */
  names: PlacedName[] | null;
  /** Nodes' locks. */
  corners: NodePlate[];
  /** Lines' locks and words. */
  plates: PlacedPlate[];
}

/** @param kept the corners that nodes' locks had */
export function toMarks(scene: Scene, zoom: number, measure: Measure, kept?: Corners): Marks {
  const names = toSmallNames(scene, zoom, measure);
  const corners = toNodePlates(scene, zoom, measure, kept, names ?? []);
  const boxes = [...scene.rects.values()];
  const titles = toFrameTitles(scene, zoom, measure);
  const dense = isDense(scene.model);
  const arrows = dense ? [] : toArrowRects(scene.paths.values(), scene.metrics.arrow);
  const withCost = (rects: readonly Rect[], cost: number): Obstacle[] => rects.map(({ x, y, width, height }) => ({ x, y, width, height, cost }));
  const plates = placePlates(
    toRequests(scene, zoom, measure),
    [
      ...withCost(names ? [...boxes, ...arrows] : arrows, COST.shape),
      ...withCost([...(names ?? boxes), ...corners], COST.words),
      ...withCost(titles, COST.title),
    ],
    { gap: 3 / zoom, bounds: toLimits(scene, zoom, titles), isDense: dense },
  );
  // Among sixty locks on a phone some find no free place; a name of which they hide letters, and not only the rim, is better left out.
  const crowded = plates.filter(({ isCrowded }) => isCrowded);
  return { names: names?.filter((name) => !crowded.some((plate) => isOverlappingRect(plate, name, -name.height / 8))) ?? null, corners, plates };
}

function toRequests(scene: Scene, zoom: number, measure: Measure): PlateRequest[] {
  const lock = toLockSize(scene.metrics, zoom);
  const margin = toMargin(zoom);
  const toWidth = (plate: Plate) => toPlateWidth(plate, lock, margin, measure) / zoom;
  return scene.model.edges.flatMap(({ key, plate }) => {
    const path = scene.paths.get(key);
    if (!plate || !path) return [];
    const short = plate.short && { shortWidth: toWidth(toShown(plate, true)) };
    return [{ key, path, lock: plate.lock, width: toWidth(plate), height: toPlateHeight(plate, lock, margin) / zoom, ...short }];
  });
}
