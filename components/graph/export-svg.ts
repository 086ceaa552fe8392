import type { LockState } from "@/lib/mesh/lock";
import { LOCK_GRID, LOCK_SHAPES } from "../locks/lock-path";
import { toArrowhead } from "./draw-line";
import { toFaded } from "./draw-plate";
import { toFrameTitle, wordsOf } from "./frame-title";
import { type EdgePath, type Rect, toPointAt } from "./geometry";
import { CROSS_STEP, toCrosses, toStop } from "./marks";
import type { Measure } from "./metrics";
import type { ModelEdge, Plate } from "./model";
import { lockColour } from "./palette";
import { toMarks } from "./place-marks";
import { toLockSize, toMargin, toPartFont, toPartText, toShown } from "./plate-size";
import type { PlacedPlate } from "./plates";
import type { Scene } from "./scene";
import { type Forward, hasArrow, isDense, isQuiet, isVeiled, LAYERS, QUIET_WIDTH, toFaint, toForward, toLayer, VEILED } from "./standing";
import { DASHES, HOLLOW, toneColour } from "./strokes";
import { toSvgLegend } from "./svg-legend";
import { toNodeSvg } from "./svg-node";
import { escapeXml, number, tag } from "./svg-text";
import { toBounds } from "./viewport";

/** What stands above and below an exported picture. */
export interface Caption {
  lock: LockState;
  /** "istioinaction · STRICT" */
  title: string;
  /** "100 % mutual TLS · 4 plaintext calls refused · last 60 s" */
  facts: string;
  /** When, and of which target. */
  time: string;
}

const PAD = 28;
const HEAD = 76;
const FOOT = 12;
/** Nothing is cut off in a picture that is as large as it needs to be. */
const NONE = { width: 0, height: 0 };
const LEAST_WIDTH = 760;

/**
 * The whole picture as an SVG document at its own size (1 unit = 1 CSS pixel at zoom 1), with posture, time and legend: what the screen shows, drawn from the
 * same model, geometry and plates. Pure. Nothing moves in a picture, so it has no dots; those who were turned away stand before the lock as on the screen.
 */
export function toSvg(scene: Scene, caption: Caption, measure: Measure): string {
  const { palette, rects, frames } = scene;
  const { plates, corners } = toMarks({ ...scene, room: NONE }, 1, measure);
  const seen = toBounds([...rects.values(), ...frames.values(), ...plates, ...corners]) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  const width = Math.ceil(Math.max(LEAST_WIDTH, seen.right - seen.left + 2 * PAD));
  const legend = toSvgLegend(scene, PAD, width - 2 * PAD, measure);
  const height = Math.ceil(HEAD + seen.bottom - seen.top + PAD + legend.height + FOOT);
  const shift = { x: (width - (seen.right - seen.left)) / 2 - seen.left, y: HEAD - seen.top };
  const edges = new Map(scene.model.edges.map((edge) => [edge.key, edge]));
  const byEdge = new Map(plates.map((plate) => [plate.key, plate]));
  const forward = toForward(scene);
  const withVeil = (content: string, key: string) => (content !== "" && isVeiled(key, forward) ? tag("g", { opacity: VEILED }, content) : content);
  const graph = [
    ...scene.model.frames.map((frame) => toFrameSvg(scene, frame.key)),
    ...toStacked(scene, forward).map((edge) => withVeil(toEdgeSvg(scene, edge, forward) + toCrossesSvg(scene, edge, byEdge.get(edge.key)), edge.key)),
    // Behind boxes and plates alike.
    ...plates
      .filter(({ isAside }) => isAside)
      .map(({ anchor, x, y }) => tag("line", { x1: anchor.x, y1: anchor.y, x2: x, y2: y, stroke: palette.muted, "stroke-width": 1.4 })),
    ...scene.model.frames.map((frame) => toFrameTitleSvg(scene, frame, measure)),
    ...scene.model.nodes.map((node) => toNodeSvg(scene, node)),
    ...corners.map((corner) => toPlateSvg(scene, corner, corner.plate, 1)),
    ...plates.map((plate) => {
      const edge = edges.get(plate.key);
      return edge?.plate ? withVeil(toPlateSvg(scene, plate, toShown(edge.plate, plate.isShort), edge.presence), edge.key) : "";
    }),
  ];
  const title = `${caption.title} · ${caption.facts} · ${caption.time}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${escapeXml(FONT)}">`,
    tag("title", {}, escapeXml(title)),
    tag("rect", { width, height, fill: palette.ground }),
    toHead(scene, caption, width),
    tag("g", { transform: `translate(${number(shift.x)} ${number(shift.y)})` }, graph.join("")),
    legend.draw(height - FOOT - legend.height),
    "</svg>",
  ].join("\n");
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

function toHead({ palette, stale }: Scene, { lock, title, facts, time }: Caption, width: number): string {
  return [
    toLockSvg(lock, PAD, 18, 30, lockColour(palette, lock, stale)),
    toText(title, PAD + 42, 32, 18, 700, palette.ink),
    toText(facts, PAD + 42, 52, 13, 400, palette.muted),
    toText(time, width - PAD, 32, 13, 400, palette.muted, "end"),
  ].join("");
}

function toFrameSvg({ frames, palette, metrics }: Scene, key: string): string {
  const rect = frames.get(key);
  if (!rect) return "";
  return tag("rect", { ...toBox(rect), rx: metrics.frame.radius, fill: palette.sunken, stroke: palette.line, "stroke-width": metrics.border * 0.9 });
}

function toFrameTitleSvg(scene: Scene, frame: Scene["model"]["frames"][number], measure: Measure): string {
  const rect = scene.frames.get(frame.key);
  if (!rect) return "";
  const { palette, metrics, stale } = scene;
  const title = toFrameTitle(frame, rect, scene, 1, measure);
  const colours = { muted: palette.muted, ink: palette.ink, share: lockColour(palette, "mixed", stale) };
  let right = title.x + title.width / 2;
  const words = wordsOf(frame).map((word) => {
    const weight = word.strong ? metrics.frame.title.weight : 400;
    const text = toText(word.text, right, title.y + title.size * 0.35, title.size, weight, colours[word.token], "end");
    right -= measure(word.text, title.size, weight) + title.size * 0.45;
    return text;
  });
  const lock = frame.lock && toLockSvg(frame.lock, right - title.lock, title.y - title.lock / 2, title.lock, lockColour(palette, frame.lock, stale));
  return words.join("") + (lock ?? "");
}

/** The lowest first. */
function toStacked({ model }: Scene, forward: Forward | null): ModelEdge[] {
  const dense = isDense(model);
  const layerOf = (edge: ModelEdge) => toLayer(edge, isQuiet(edge, dense)) + (forward?.edges.has(edge.key) ? LAYERS : 0);
  return model.edges.toSorted((a, b) => layerOf(a) - layerOf(b));
}

function toEdgeSvg({ model, paths, palette, metrics, stale }: Scene, edge: ModelEdge, forward: Forward | null): string {
  const path = paths.get(edge.key);
  if (!path || path.length === 0) return "";
  const quiet = isQuiet(edge, isDense(model)) && !forward?.edges.has(edge.key);
  const faint = toFaint(model.edges.length);
  const colour = toneColour(palette, edge.tone, stale);
  const dash = DASHES[edge.pattern]?.map((value) => (value * metrics.line) / 3);
  const toLine = (stroke: string, width: number) =>
    tag("path", {
      d: toPathData(path),
      fill: "none",
      stroke,
      "stroke-width": metrics.line * width * (quiet ? QUIET_WIDTH : 1),
      "stroke-opacity": quiet ? faint : undefined,
      "stroke-linecap": "round",
      "stroke-dasharray": dash?.map(number).join(" "),
    });
  const line = edge.pattern === "not-measured" ? toLine(colour, HOLLOW.outer) + toLine(palette.surface, HOLLOW.inner) : toLine(colour, 1);
  const content = line + (quiet && !hasArrow(faint) ? "" : toArrow(path, metrics.arrow, colour, quiet ? faint : undefined));
  return edge.presence < 1 ? tag("g", { opacity: edge.presence }, content) : content;
}

/** Who was turned away, as on the overlay: before the lock, over a ground of their own. */
function toCrossesSvg({ paths, palette, metrics: { dot }, stale }: Scene, { key, flow, presence }: ModelEdge, plate: PlacedPlate | undefined): string {
  const path = flow.refused > 0 && !stale ? paths.get(key) : undefined;
  if (!path) return "";
  const crosses = toCrosses(toStop(path, plate), flow.refused, dot * CROSS_STEP).map((at) => {
    const { x, y } = toPointAt(path, at);
    const [left, top, size] = [number(x - dot), number(y - dot), number(2 * dot)];
    const d = `M${left} ${top}l${size} ${size}M${number(x + dot)} ${top}l-${size} ${size}`;
    const toStroke = (stroke: string, width: number) => tag("path", { d, fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round" });
    return toStroke(palette.ground, dot * 1.1) + toStroke(palette.refused, dot * 0.54);
  });
  return tag("g", { opacity: presence < 1 ? presence : undefined }, crosses.join(""));
}

function toPathData({ xs, ys }: EdgePath): string {
  return Array.from(xs, (x, index) => `${index === 0 ? "M" : "L"}${number(x)} ${number(ys[index] ?? 0)}`).join("");
}

function toArrow(path: EdgePath, size: number, colour: string, opacity?: number): string {
  const corners = toArrowhead(path, size).map(({ x, y }) => `${number(x)} ${number(y)}`);
  return tag("path", { d: `M${corners.join("L")}Z`, fill: colour, "fill-opacity": opacity });
}

function toPlateSvg({ palette, metrics, stale }: Scene, rect: Rect, plate: Plate, presence: number): string {
  const lock = toLockSize(metrics, 1);
  const margin = toMargin(1);
  const box = toBox(rect);
  const ground = tag("rect", { ...box, rx: rect.height / 2, fill: palette.surface, stroke: palette.line, "stroke-width": lock * 0.06 });
  const colour = plate.lock && lockColour(palette, plate.lock, stale);
  const icon =
    plate.lock && colour
      ? toLockSvg(plate.lock, box.x + lock * margin, box.y + lock * margin, lock, plate.lock === "refused" ? toFaded(palette, colour, presence) : colour)
      : "";
  if (plate.parts.length === 0) return ground + icon;
  // One text with a span a part: the reader's font may be another than the one that was measured.
  const spans = plate.parts.map((part, index) => {
    const [size, weight] = toPartFont(part, lock);
    const fill = stale ? palette.muted : part.token === "refused" ? toFaded(palette, palette.refused, presence) : palette[part.token];
    return tag("tspan", { "font-size": size, "font-weight": weight, fill }, escapeXml(toPartText(part, index)));
  });
  const x = box.x + (plate.lock === null ? lock * 0.475 : lock * (1.15 + margin));
  return ground + icon + tag("text", { x, y: rect.y + lock * 0.25, "xml:space": "preserve" }, spans.join(""));
}

function toLockSvg(state: LockState, x: number, y: number, size: number, colour: string): string {
  const shapes = LOCK_SHAPES[state].map(({ d, stroke, dash }) =>
    stroke === null
      ? tag("path", { d, fill: colour, "fill-rule": "evenodd" })
      : tag("path", {
          d,
          fill: "none",
          stroke: colour,
          "stroke-width": stroke,
          "stroke-linecap": dash ? "butt" : "round",
          "stroke-linejoin": "round",
          "stroke-dasharray": dash?.join(" "),
        }),
  );
  return tag("g", { transform: `translate(${number(x)} ${number(y)}) scale(${number4(size / LOCK_GRID)})` }, shapes.join(""));
}

const number4 = (value: number): string => String(Math.round(value * 10_000) / 10_000);

function toText(text: string, x: number, y: number, size: number, weight: number, fill: string, anchor?: "end"): string {
  return tag("text", { x, y, "font-size": size, "font-weight": weight, fill, "text-anchor": anchor }, escapeXml(text));
}

function toBox(rect: Rect): { x: number; y: number; width: number; height: number } {
  return { x: rect.x - rect.width / 2, y: rect.y - rect.height / 2, width: rect.width, height: rect.height };
}
