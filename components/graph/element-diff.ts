import type { ElementSpec } from "./elements";

/** What has to change so that `before` becomes `after`; anything else on the canvas is left alone. */
export interface ElementDiff {
  remove: string[];
  add: ElementSpec[];
  update: { id: string; classes: string | null; position: { x: number; y: number } | null; data: Record<string, string | number> | null }[];
}

export function toDiff(before: Map<string, ElementSpec>, after: ElementSpec[]): ElementDiff {
  const kept = new Set(after.map((spec) => spec.id));
  const diff: ElementDiff = { remove: [...before.keys()].filter((id) => !kept.has(id)), add: [], update: [] };
  for (const spec of after) {
    const old = before.get(spec.id);
    if (old === spec) continue;
    if (!old) {
      diff.add.push(spec);
      continue;
    }
    // An edge's ends cannot be changed in place.
    if (old.group !== spec.group || old.data.source !== spec.data.source || old.data.target !== spec.data.target) {
      diff.remove.push(spec.id);
      diff.add.push(spec);
      continue;
    }
    const update = {
      id: spec.id,
      classes: old.classes === spec.classes ? null : spec.classes,
      position: old.position?.x === spec.position?.x && old.position?.y === spec.position?.y ? null : spec.position,
      data: isSame(old.data, spec.data) ? null : spec.data,
    };
    if (update.classes !== null || update.position || update.data) diff.update.push(update);
  }
  return diff;
}

export function isEmptyDiff(diff: ElementDiff): boolean {
  return diff.remove.length + diff.add.length + diff.update.length === 0;
}

function isSame(a: Record<string, string | number>, b: Record<string, string | number>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
