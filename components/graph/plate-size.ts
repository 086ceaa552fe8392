import type { Measure, Metrics } from "./metrics";
import type { Plate, PlatePart } from "./model";

/** Sizes of a plate on screen, CSS pixels: they follow from the lock's. */

/** Lock size: never below the metrics' least, growing when the view comes closer. */
export function toLockSize(metrics: Metrics, zoom: number): number {
  return metrics.lock * Math.min(1.6, Math.max(1, zoom));
}

/** Ground around a lock, in lock sizes: closer in when the nodes are small. */
export function toMargin(zoom: number): number {
  return zoom < 0.8 ? 0.14 : 0.25;
}

export function toPlateWidth(plate: Plate, lock: number, margin: number, measure: Measure): number {
  const words = plate.parts.reduce((sum, part, index) => sum + measure(toPartText(part, index), ...toPartFont(part, lock)), 0);
  if (plate.lock === null) return words + lock * 0.95;
  return lock * (1 + 2 * margin) + (words ? words + lock * (margin + 0.2) : 0);
}

/** Words alone need no room for a lock. */
export function toPlateHeight(plate: Plate, lock: number, margin: number): number {
  return lock * (plate.lock === null ? 1.2 : 1 + 2 * margin);
}

export function toPartText(part: PlatePart, index: number): string {
  return index === 0 ? part.text : ` · ${part.text}`;
}

/** A count or a share is a finding and strong; a remark is not. */
export function toPartFont(part: PlatePart, lock: number): [size: number, weight: number] {
  return part.token === "muted" ? [lock * 0.64, 400] : [lock * 0.7, 650];
}

/** What of a plate is written where it stands. */
export function toShown(plate: Plate, isShort: boolean): Plate {
  return isShort && plate.short !== undefined ? { lock: plate.lock, parts: plate.short } : plate;
}
