import type cytoscape from "cytoscape";
import type { SingularElementReturnValue } from "cytoscape";

/** What of Cytoscape's canvas renderer (3.34) draws one element. It has no setting for this; whoever raises its version looks here. */
interface CanvasRenderer {
  drawElement(context: CanvasRenderingContext2D, element: SingularElementReturnValue, shift: null, withLabel: boolean, withOverlay: boolean): void;
  drawCachedElement(context: CanvasRenderingContext2D, element: SingularElementReturnValue): void;
}

const direct = new WeakSet<object>();

/**
 * Lets Cytoscape draw each element itself instead of a picture of it. Its textures are for boxes with names, shadows and images; looking for those of an
 * element (its bounding box, and one for each label it could have) takes three times as long as drawing one of our lines, which have none. Boxes, which the
 * overlay draws, are left out altogether. A renderer that is made otherwise goes on as it does.
 */
export function letRendererDrawDirectly(library: typeof cytoscape): void {
  const { prototype } = (library("renderer", "canvas") ?? {}) as { prototype?: CanvasRenderer };
  if (typeof prototype?.drawCachedElement !== "function" || typeof prototype.drawElement !== "function" || direct.has(prototype)) return;
  direct.add(prototype);
  prototype.drawCachedElement = function (context, element) {
    if (!element.transparent()) this.drawElement(context, element, null, false, false);
  };
}
