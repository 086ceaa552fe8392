import type cytoscape from "cytoscape";

/** What Cytoscape's drawing loop is made of (3.34). It has no setting for this; whoever raises its version looks here. */
interface CanvasRenderer {
  cy: { batching(): boolean };
  destroyed?: boolean;
  /** Something has changed since the last drawing. */
  requestedFrame?: boolean;
  renderOptions?: object;
  beforeRenderCallbacks: { fn(draws: boolean, time: number): void }[];
  /** ms; how much time Cytoscape spends on its caches is measured against these. */
  lastRedrawTime?: number;
  averageRedrawTime?: number;
  render(options?: object): void;
  redraw(options?: object): void;
  startRenderLoop(): void;
}

interface Loop {
  request: number | null;
  idle: number;
}

/** Cytoscape refines its caches in frames in which nothing changes, and asks for a drawing when it has; after so many without one there is nothing left. */
const IDLE_FRAMES = 30;

const rested = new WeakSet<object>();

/**
 * Lets Cytoscape's canvas rest: its own loop asks the browser for a frame after every frame, for ever, which keeps a picture that stands still at a
 * twentieth of a processor. Here the loop runs from a change until shortly after the last. Cytoscape's animations would not wake it; none are used.
 * A renderer that is made otherwise keeps its own loop.
 */
export function letRendererRest(library: typeof cytoscape): void {
  const { prototype } = (library("renderer", "canvas") ?? {}) as { prototype?: CanvasRenderer };
  if (typeof prototype?.startRenderLoop !== "function" || typeof prototype.redraw !== "function" || rested.has(prototype)) return;
  rested.add(prototype);
  const loops = new WeakMap<CanvasRenderer, Loop>();
  const { redraw } = prototype;

  function wake(renderer: CanvasRenderer): void {
    const loop = loops.get(renderer);
    if (!loop) return;
    loop.idle = 0;
    loop.request ??= requestAnimationFrame((time) => frame(renderer, loop, time));
  }

  function frame(renderer: CanvasRenderer, loop: Loop, time: number): void {
    loop.request = null;
    if (renderer.destroyed) return;
    const draws = renderer.requestedFrame === true && !renderer.cy.batching();
    for (const { fn } of renderer.beforeRenderCallbacks) fn(draws, time);
    if (draws) draw(renderer);
    loop.idle = draws ? 0 : loop.idle + 1;
    if (loop.idle < IDLE_FRAMES) loop.request ??= requestAnimationFrame((next) => frame(renderer, loop, next));
  }

  prototype.startRenderLoop = function () {
    if (!loops.has(this)) loops.set(this, { request: null, idle: 0 });
    wake(this);
  };
  prototype.redraw = function (options) {
    redraw.call(this, options);
    wake(this);
  };
}

function draw(renderer: CanvasRenderer): void {
  const started = performance.now();
  renderer.render(renderer.renderOptions);
  const took = performance.now() - started;
  renderer.lastRedrawTime = took;
  renderer.averageRedrawTime = renderer.averageRedrawTime === undefined ? took : (renderer.averageRedrawTime + took) / 2;
  // What drawing itself asked for is drawn.
  renderer.requestedFrame = false;
}
