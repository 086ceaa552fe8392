import type { Call } from "@/lib/mesh/calls";
import { createAir } from "./air";
import { createDotBudget } from "./dot-budget";
import { createDots, type Dots, isCoarse } from "./dots";
import { drawForward } from "./draw-line";
import type { Leg, Route } from "./flights";
import { type EdgePath, isInside, toPath, toPointAt } from "./geometry";
import { CROSS_STEP, drawMarks, toCrosses, toStop } from "./marks";
import type { Measure } from "./metrics";
import { type Corners, toCorners } from "./node-plates";
import { type Marks, toMarks } from "./place-marks";
import type { PlacedPlate } from "./plates";
import type { Scene } from "./scene";
import { type Forward, isDense, isQuiet, isVeiled, toForward } from "./standing";
import { createTraffic, type DotKind, MAX_DOTS, type Traffic } from "./traffic";
import type { Camera } from "./viewport";

/**
 * One canvas over Cytoscape's: dots and flights below, names and locks above them. Its animation loop runs only while something moves and may move;
 * nothing it does makes Cytoscape paint again.
 */
export interface Overlay {
  setScene(scene: Scene, toRoute: (call: Call) => Route | null): void;
  setCamera(camera: Camera): void;
  setStage(width: number, height: number, dpr: number): void;
  /** Whether anything may move: animation on, tab seen, data fresh, no wish for reduced motion. */
  setMotion(allowed: boolean): void;
  fly(calls: Call[]): void;
  /** Key of the edge whose plate is at a point of the stage. */
  plateAt(x: number, y: number): string | null;
  close(): void;
}

export interface OverlayNews {
  running: boolean;
  frames: number;
  dots: number;
  /** Own calls under way and waiting. */
  flying: number;
  waiting: number;
}

/** CSS pixels a second on a screen: constant, because speed would be read as latency. */
const DOT_SPEED = 84;
const FLIGHT_SPEED = 300;
const NEWS_EVERY_MS = 250;
/** Dots of a line that steps back are smaller, and as clear; those that are a few pixels anyhow stay. */
const QUIET_DOT = 0.6;

export function createOverlay(canvas: HTMLCanvasElement, measure: Measure, onNews: (news: OverlayNews) => void): Overlay {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gave no 2D canvas, so the graph cannot be drawn; the table shows the same content.");
  const marks = document.createElement("canvas");
  const marksContext = marks.getContext("2d") as CanvasRenderingContext2D;
  let scene: Scene | null = null;
  let toRoute: (call: Call) => Route | null = () => null;
  let camera: Camera = { zoom: 1, pan: { x: 0, y: 0 } };
  let stage = { width: 0, height: 0, dpr: 1 };
  let placed: Marks = { names: null, corners: [], plates: [] };
  let plateByKey = new Map<string, PlacedPlate>();
  let platesZoom = 0;
  let corners: Corners = new Map();
  let forward: Forward | null = null;
  let dots: Dots | null = null;
  let quietDots: Dots | null = null;
  let flightDots: Dots | null = null;
  let dotsLook = "";
  let marksDirty = true;
  let allowed = false;
  let traffic: Traffic = createTraffic(DOT_SPEED);
  const budget = createDotBudget(MAX_DOTS);
  let request: number | null = null;
  let isLooping = false;
  let last = 0;
  let frames = 0;
  let toldAt = 0;

  const air = createAir({
    get speed() {
      return scene ? (toSpeed(scene, camera.zoom) * FLIGHT_SPEED) / DOT_SPEED : FLIGHT_SPEED;
    },
    toRoute: (call) => toRoute(call),
    toLength: (leg) => {
      const path = toLegPath(leg);
      if (!path) return null;
      if (leg.kind !== "refused") return path.length;
      // The cross stands before the plate, not half under it.
      const reach = ((scene?.metrics.dot ?? 0) * 2) / Math.min(1, camera.zoom);
      return Math.max(0, toStop(path, leg.edge === null ? undefined : plateByKey.get(leg.edge)) - reach);
    },
  });

  function toLegPath(leg: Leg): EdgePath | null {
    const known = leg.edge === null ? undefined : scene?.paths.get(leg.edge);
    if (known) return known;
    const [from, to] = [scene?.rects.get(leg.from), scene?.rects.get(leg.to)];
    return from && to ? toPath(from, to, 0) : null;
  }

  function tell(running: boolean): void {
    onNews({ running, frames, dots: traffic.count, flying: air.flying, waiting: air.waiting });
  }

  function placeMarks(): void {
    if (!scene) return;
    // Plates keep their size on screen, so they are placed anew when the zoom has changed by more than a glance.
    if (marksDirty && Math.abs(Math.log2(camera.zoom / (platesZoom || 1e-9))) > 0.04) {
      platesZoom = camera.zoom;
      placed = toMarks(scene, camera.zoom, measure, corners);
      corners = new Map([...corners, ...toCorners(placed.corners)]);
      plateByKey = new Map(placed.plates.map((plate) => [plate.key, plate]));
    }
    traffic.setSpeed(toSpeed(scene, camera.zoom));
    const radius = scene.metrics.dot * Math.min(1.5, Math.max(0.6, Math.round(camera.zoom * 10) / 10));
    const coarse = isCoarse(radius, traffic.count);
    const look = `${radius}/${scene.palette.ground}/${stage.dpr}/${coarse}`;
    if (look === dotsLook) return;
    dotsLook = look;
    dots = createDots(scene.palette, radius, stage.dpr, coarse);
    quietDots = coarse ? dots : createDots(scene.palette, radius * QUIET_DOT, stage.dpr, false);
    flightDots = createDots(scene.palette, Math.max(4.5, radius * 1.45), stage.dpr, false);
  }

  function draw(): void {
    if (!context || !scene || stage.width === 0) return;
    placeMarks();
    if (marksDirty) {
      marksContext.setTransform(1, 0, 0, 1, 0, 0);
      marksContext.clearRect(0, 0, marks.width, marks.height);
      drawMarks(marksContext, scene, camera, stage.dpr, stage, placed, measure, forward);
      marksDirty = false;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (forward) drawForward(context, scene, camera, stage, forward);
    context.setTransform(stage.dpr, 0, 0, stage.dpr, 0, 0);
    if (!scene.stale) drawTraffic(context);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(marks, 0, 0);
  }

  function drawAt(target: CanvasRenderingContext2D, sprites: Dots, path: EdgePath, distance: number, kind: DotKind): void {
    const point = toPointAt(path, distance);
    const x = point.x * camera.zoom + camera.pan.x;
    const y = point.y * camera.zoom + camera.pan.y;
    if (x > -20 && y > -20 && x < stage.width + 20 && y < stage.height + 20) sprites.draw(target, kind, x, y);
  }

  function drawTraffic(target: CanvasRenderingContext2D): void {
    if (!scene || !dots || !quietDots || !flightDots) return;
    const [small, quiet, large] = [dots, quietDots, flightDots];
    // What steps back first, so that it lies under the rest.
    for (const layer of isDense(scene.model) ? [true, false] : [false]) {
      traffic.forEach((edge, distance, kind) => {
        if ((edge.quiet ?? false) !== layer || isVeiled(edge.key, forward)) return;
        drawAt(target, layer && !forward?.edges.has(edge.key) ? quiet : small, edge.path, distance, kind);
      });
    }
    drawTurnedAway(target, small);
    small.flush(target);
    air.forEach((leg, distance, kind, fade) => {
      const path = toLegPath(leg);
      if (!path) return;
      target.globalAlpha = fade;
      drawAt(target, large, path, distance, kind);
      large.flush(target);
      target.globalAlpha = 1;
    });
  }

  /** Refused callers of the window stand before the lock, whether anything moves or not. */
  function drawTurnedAway(target: CanvasRenderingContext2D, sprites: Dots): void {
    if (!scene) return;
    for (const edge of scene.model.edges) {
      const path = edge.flow.refused > 0 && !isVeiled(edge.key, forward) ? scene.paths.get(edge.key) : undefined;
      if (!path) continue;
      const stop = toStop(path, plateByKey.get(edge.key));
      if (edge.presence < 1) sprites.flush(target);
      target.globalAlpha = edge.presence;
      const step = (scene.metrics.dot * CROSS_STEP) / Math.min(1, camera.zoom);
      for (const at of toCrosses(stop, edge.flow.refused, step)) drawAt(target, sprites, path, at, "refused");
      // What is only collected is painted now, with this line's presence.
      if (edge.presence < 1) sprites.flush(target);
      target.globalAlpha = 1;
    }
  }

  const moves = () => scene !== null && !scene.stale && (traffic.flows || air.flying > 0 || air.waiting > 0);

  function frame(now: number): void {
    request = null;
    const elapsed = now - last;
    last = now;
    if (budget.frame(elapsed)) traffic.setLimit(budget.limit);
    traffic.step(elapsed);
    air.step(elapsed, now);
    draw();
    frames++;
    isLooping = allowed && moves();
    if (now - toldAt > NEWS_EVERY_MS || !isLooping) {
      toldAt = now;
      tell(isLooping);
    }
    if (isLooping) request = requestAnimationFrame(frame);
  }

  /** Starts or stops the loop; a picture that stands still is painted once, in the next frame: its first camera comes right after its first scene. */
  function run(): void {
    const goesOn = allowed && moves();
    if (goesOn && isLooping) return;
    cancel();
    isLooping = goesOn;
    last = performance.now();
    request = requestAnimationFrame(goesOn ? frame : drawOnce);
    if (!goesOn) tell(false);
  }

  function drawOnce(): void {
    request = null;
    draw();
  }

  function cancel(): void {
    if (request !== null) cancelAnimationFrame(request);
    request = null;
    isLooping = false;
  }

  return {
    setScene(next, route) {
      const before = scene;
      scene = next;
      forward = toForward(next);
      toRoute = route;
      marksDirty = true;
      // Where boxes have moved, each lock looks for its corner anew.
      if (before?.rects !== next.rects) corners = new Map();
      const isSameRoom = before?.room.width === next.room.width && before.room.height === next.room.height;
      if (before?.paths !== next.paths || before?.model !== next.model || before?.metrics !== next.metrics || !isSameRoom) platesZoom = 0;
      if (before?.paths !== next.paths || before?.model !== next.model) {
        const speed = toSpeed(next, camera.zoom);
        // What stands still shows each line's density afresh; what moves goes on.
        // A still picture costs no frames, so it has all its dots.
        if (!allowed) traffic = createTraffic(speed);
        else traffic.setLimit(budget.limit);
        traffic.setSpeed(speed);
        const dense = isDense(next.model);
        traffic.setEdges(
          next.model.edges.flatMap((edge) => {
            const path = next.paths.get(edge.key);
            return path ? [{ key: edge.key, path, flow: edge.flow, quiet: isQuiet(edge, dense) }] : [];
          }),
        );
      }
      run();
    },
    setCamera(next) {
      if (next.zoom === camera.zoom && next.pan.x === camera.pan.x && next.pan.y === camera.pan.y) return;
      camera = { zoom: next.zoom, pan: { ...next.pan } };
      marksDirty = true;
      // At once, in the frame in which Cytoscape painted: names must not trail behind their lines.
      if (!isLooping) cancel();
      draw();
    },
    setStage(width, height, dpr) {
      stage = { width, height, dpr };
      for (const target of [canvas, marks]) {
        target.width = Math.round(width * dpr);
        target.height = Math.round(height * dpr);
      }
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
      marksDirty = true;
      draw();
    },
    setMotion(next) {
      allowed = next;
      if (!next) air.clear();
      run();
    },
    fly(calls) {
      if (!allowed) return;
      for (const call of calls) air.add(call);
      run();
    },
    plateAt(x, y) {
      const point = { x: (x - camera.pan.x) / camera.zoom, y: (y - camera.pan.y) / camera.zoom };
      return placed.plates.find((plate) => isInside(plate, point))?.key ?? null;
    },
    close() {
      cancel();
      scene = null;
    },
  };
}

/** In model units a second. The same on screen however small a large graph is shown; a closer look makes everything larger, way and dots alike. */
function toSpeed({ metrics }: Scene, zoom: number): number {
  return (DOT_SPEED * (metrics.line / 3)) / Math.min(1, Math.max(0.1, zoom));
}
