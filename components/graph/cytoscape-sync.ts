import type { Core, ElementDefinition } from "cytoscape";
import { type ElementDiff, isEmptyDiff, toDiff } from "./element-diff";
import type { ElementSpec } from "./elements";

/** Keeps a Cytoscape instance equal to the last element list it was given, touching only what differs. */
export interface CytoscapeSync {
  /** Returns the number of elements that were added, removed or changed. */
  show(elements: ElementSpec[]): number;
}

export function createCytoscapeSync(cy: Core): CytoscapeSync {
  let shown = new Map<string, ElementSpec>();
  return {
    show(elements) {
      const diff = toDiff(shown, elements);
      shown = new Map(elements.map((spec) => [spec.id, spec]));
      if (isEmptyDiff(diff)) return 0;
      cy.batch(() => applyDiff(cy, diff));
      return diff.remove.length + diff.add.length + diff.update.length;
    },
  };
}

/** Ids reach Cytoscape only through `getElementById`, never inside a selector: a name is not a query. */
function applyDiff(cy: Core, diff: ElementDiff): void {
  for (const id of diff.remove) cy.getElementById(id).remove();
  for (const update of diff.update) {
    const element = cy.getElementById(update.id);
    if (update.data) element.data(update.data);
    if (update.classes !== null) element.classes(update.classes);
    if (update.position && element.isNode()) element.position(update.position);
  }
  cy.add(diff.add.map(toDefinition));
}

function toDefinition(spec: ElementSpec): ElementDefinition {
  return {
    group: spec.group,
    data: { ...spec.data, id: spec.id },
    classes: spec.classes,
    // Dragging a node pans like dragging the ground; nothing is moved by accident in front of an audience.
    grabbable: false,
    pannable: true,
    selectable: false,
    ...(spec.position ? { position: { ...spec.position } } : {}),
  };
}
